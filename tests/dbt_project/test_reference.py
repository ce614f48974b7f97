"""The pages about the models: docs/metrics.md and dbt's own."""

import importlib.util
from pathlib import Path

import pytest

from pipeline.config.settings import DBT_PROJECT_DIR
from pipeline.config.workspace import Workspace
from pipeline.publish.build import target_dir
from tests.dbt_project.project import PUBLISHED, REPORTING, entry_of

ROOT = DBT_PROJECT_DIR.parent
SCRIPT = ROOT / "scripts" / "metric_reference.py"


def the_reference() -> str:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.reference())


def test_the_reference_is_what_the_yaml_says() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert text == the_reference(), "run `make docs`"


def test_every_published_column_is_in_it() -> None:
    text = the_reference()
    for name in PUBLISHED:
        part = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for column in entry_of(name)["columns"]:
            assert f"| `{column['name']}` | {column['data_type']} |" in part


def test_every_figure_of_the_dashboard_has_a_formula() -> None:
    columns = entry_of("v_kpi_dashboard")["columns"]
    told = {column["name"]: column.get("config", {}).get("meta", {}) for column in columns}
    for name in told:
        if f"{name}_previous_day" in told:
            assert {"formula", "pitfall", "higher_is_better"} <= set(told[name]), name


def test_old_columns_stand_beside_right_ones() -> None:
    for table in REPORTING:
        names = [column["name"] for column in entry_of(table)["columns"]]
        old = [name for name in names if name.endswith("_legacy")]
        assert {name.removesuffix("_legacy") for name in old} <= set(names), table


@pytest.mark.models
def test_dbt_documents_the_models(home: Path) -> None:
    page = (target_dir(Workspace(home)) / "static_index.html").read_text(encoding="utf-8")
    assert "v_owner_performance" in page
    assert "Leads that the owner has." in page
