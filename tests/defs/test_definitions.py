"""The graph that people browse, and what the command line makes of a job's result."""

import json
from collections import Counter
from datetime import date
from typing import Any

import dagster as dg
import pytest

from pipeline.contracts import CONTRACTS
from pipeline.core.errors import ConfigError
from pipeline.reports.selection import Selection

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    from pipeline.definitions import defs

    return defs


def test_the_graph_goes_from_raw_to_deliveries(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {f"raw/{entity}" for entity in CONTRACTS} <= keys
    assert {"marts/leads", "reporting/v_kpi_dashboard", "published", "deliveries"} <= keys
    ancestors = graph.get_ancestor_asset_keys(dg.AssetKey("deliveries"))
    assert dg.AssetKey(["raw", "engagement"]) in ancestors
    assert dg.AssetKey(["raw", "tenants"]) in ancestors


@pytest.mark.parametrize("name", ["refresh", "daily", "catch_up"])
def test_a_refresh_builds_every_model(defs: dg.Definitions, name: str) -> None:
    from pipeline.defs.models import models

    built = defs.resolve_job_def(name).asset_layer.selected_asset_keys
    # MetricFlow's calendar is built by whoever asks with MetricFlow, in a copy of the warehouse.
    assert set(models.keys) - set(built) == {dg.AssetKey(["semantic", "time_spine"])}


def test_reports_are_partitioned_by_tenant(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for report in ("daily_summary", "sales_dashboard", "customer_statement"):
        partitions = graph.get(dg.AssetKey(["reports", report])).partitions_def
        assert isinstance(partitions, dg.DynamicPartitionsDefinition)


def test_the_daily_job_does_not_run_the_buttons(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("daily")
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert "deliveries" in keys
    assert not [key for key in keys if key.startswith("reports/")]


def test_every_table_that_dbt_reads_from_raw_is_an_asset_of_ours(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    raw = [key for key in graph.get_all_asset_keys() if key.path[0] == "raw"]
    assert raw
    assert [key for key in raw if not graph.get(key).is_executable] == []


def test_no_two_dbt_tests_of_a_model_are_one_check_to_dagster(defs: dg.Definitions) -> None:
    """dagster-dbt cuts the hash off generated names; two alike stop the run in mid-build."""
    from pipeline.defs.models import MANIFEST

    nodes = json.loads(MANIFEST.read_text())["nodes"].values()
    tests = [node for node in nodes if node["resource_type"] == "test"]
    names = Counter((node["attached_node"], node["name"]) for node in tests)
    assert len(names) > 50
    assert [name for name, count in names.items() if count > 1] == []


def test_an_unknown_entity_is_named(defs: dg.Definitions) -> None:
    from pipeline.defs.run import _without_other_entities

    with pytest.raises(ConfigError, match="no entity lead; there are leads"):
        _without_other_entities(defs.resolve_job_def("refresh"), ["lead"])


def test_results_of_steps_are_joined() -> None:
    from pipeline.defs.run import _merged

    results: list[dict[str, Any]] = [{"landed": [1]}, {"landed": [2], "held": []}, {"unsettled": 3}]
    assert _merged(results) == {"landed": [1, 2], "held": [], "unsettled": 3}


def test_the_launchpad_asks_for_reports_with_typed_fields() -> None:
    from pipeline.defs.reports import RenderConfig, report_job

    asked = {"customer": "C-1", "from_day": "2025-04-01", "to_day": "2025-09-18"}
    config = RenderConfig.model_validate({**asked, "unit_type": "2 BHK"})
    assert config.selection() == Selection(
        first=date(2025, 4, 1), last=date(2025, 9, 18), unit_type="2 BHK"
    )
    assert config.day("customer_statement") == date(2025, 9, 18)  # a statement is as of its end
    assert config.day("booking_register") is None
    with pytest.raises(ConfigError, match="'18/09/2025' is not a day; write it as YYYY-MM-DD"):
        RenderConfig.model_validate({"to_day": "18/09/2025"}).selection()
    node: Any = report_job.nodes[0].definition
    fields = node.config_schema.config_type.fields
    assert {"tenants", "reports", "customer", "lead", "as_of", "owner"} <= set(fields)
