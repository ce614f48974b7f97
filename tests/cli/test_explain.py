"""`milepost tables` and `milepost describe`: what there is, what it means, how to ask for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.publish.publish import publish
from tests.publish.test_publish import write_warehouse


def said(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture
def published(workspace: Workspace) -> Path:
    write_warehouse(workspace, {"skyline": 3})
    (workspace.tenants_dir / "skyline.yaml").write_text("name: Skyline\ncurrency: INR\n")
    (workspace.tenants_dir / "new.yaml").write_text("name: New\n")
    publish(workspace, Settings(home=workspace.root))
    return workspace.root


def test_tables_needs_no_workspace(tmp_path: Path) -> None:
    result = said("tables", "--home", str(tmp_path))
    told = {row["table"]: row["meaning"] for row in result["tables"]}
    assert told["leads"].startswith("Leads that came by the as-of day")
    assert "Grain: one row per tenant and lead." in told["leads"]


def test_tables_of_a_tenant_are_those_that_its_build_has_with_their_rows(published: Path) -> None:
    result = said("tables", "--home", str(published), "--tenant", "skyline")
    assert result["as_of"] == "2026-03-31"
    rows = {row["table"]: row["rows"] for row in result["tables"]}
    assert rows == {"tenants": 1, "leads": 3, "data_checks": 1}


def test_describe_says_grain_key_columns_and_an_example(published: Path) -> None:
    result = said("describe", "leads", "--home", str(published), "--tenant", "skyline")
    assert result["grain"] == "one row per tenant and lead."
    assert result["key"] == "tenant_id, lead_id"
    assert result["rows"] == 3
    assert result["example"].startswith('milepost query --tenant skyline "SELECT ')
    columns = {column["column"]: column for column in result["columns"]}
    assert columns["booked_value"]["unit"] == "INR"
    assert columns["lead_month"]["meaning"] == "First day of the month of lead_date."


def test_describe_of_a_column_says_where_it_is_how_it_is_counted_and_from_what() -> None:
    result = said("describe", "conversion_rate")
    found = {row["table"]: row for row in result["tables"]}
    assert "= converted_leads ÷ total_leads." in found["v_kpi_dashboard"]["meaning"]
    assert "int_kpi_comparisons" in found["v_kpi_dashboard"]["made_from"]
    assert {"v_kpi_daily", "v_owner_performance"} <= set(found)


def test_what_there_is_not_is_told_with_what_is_near() -> None:
    with pytest.raises(ConfigError, match="Did you mean conversion_rate") as raised:
        CliRunner().invoke(app, ["describe", "convertion_rate"], catch_exceptions=False)
    assert "The tables are: receivables, " in str(raised.value)


def test_an_unknown_tenant_and_one_without_a_build_are_told_apart(published: Path) -> None:
    for tenant, error, words in (
        ("sky", ConfigError, "no tenant 'sky'; there are new, skyline"),
        ("new", MilepostError, "run `milepost refresh`"),
    ):
        with pytest.raises(error, match=words):
            CliRunner().invoke(
                app,
                ["tables", "--home", str(published), "--tenant", tenant],
                catch_exceptions=False,
            )
