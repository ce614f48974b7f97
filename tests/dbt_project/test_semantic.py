"""The semantic layer: each metric of it gives the figure that is published."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.settings import DBT_PROJECT_DIR
from pipeline.config.workspace import Workspace
from pipeline.publish.build import target_dir
from tests.dbt_project.conftest import Rows

SCRIPT = Path(__file__).parents[2] / "scripts" / "semantic_models.py"


def the_script() -> Any:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SEMANTIC = the_script()
METRICS = {
    name: told
    for table in SEMANTIC.semantic_tables()
    for name, told in table.meta["semantic"]["measures"].items()
}
RATIOS = [
    name
    for table in SEMANTIC.semantic_tables()
    for name in table.meta["semantic"].get("ratios", ())
]


def test_the_files_are_what_the_models_yaml_says() -> None:
    folder = DBT_PROJECT_DIR / "models" / "semantic"
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("sem_*.yml")}
    assert there == SEMANTIC.files(), "run `make docs`"


@pytest.fixture(scope="session")
def manifest(home: Path) -> dict[str, Any]:
    """What dbt understood of it, offline, when it parsed the project."""
    file = target_dir(Workspace(home)) / "semantic_manifest.json"
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


@pytest.mark.models
def test_dbt_accepts_every_metric_and_says_what_it_means(manifest: dict[str, Any]) -> None:
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    assert set(metrics) == {*METRICS, *RATIOS}
    assert len(metrics) > 30
    assert all(metric["description"] and metric["label"] for metric in metrics.values())


@pytest.fixture(scope="session")
def value(
    manifest: dict[str, Any], query: Callable[..., Rows]
) -> Callable[[str, bool], dict[str, Any]]:
    """`value(metric, newest)`: each tenant's value, from SQL that says what the manifest says."""
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    measures = {
        measure["name"]: (model, measure)
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }

    def of(name: str, newest: bool) -> dict[str, Any]:
        parts = metrics[name]["type_params"]
        if metrics[name]["type"] == "ratio":
            above, below = (of(parts[end]["name"], newest) for end in ("numerator", "denominator"))
            return {
                tenant: float(above.get(tenant, 0)) / float(count) if count else None
                for tenant, count in below.items()
            }
        model, measure = measures[parts["measure"]["name"]]
        rows = query(_sql(model, measure, newest))
        return {row["tenant_id"]: row["value"] for row in rows}

    return of


def _sql(model: dict[str, Any], measure: dict[str, Any], newest: bool) -> str:
    times = {one["name"]: one["expr"] for one in model["dimensions"] if one["type"] == "time"}
    relation = f"{model['node_relation']['schema_name']}.{model['node_relation']['alias']}"
    held = []
    if newest:
        time = times[measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]]
        held.append(
            f"date_trunc('month', t.{time}) = (select date_trunc('month', s.as_of_date)"
            " from marts.tenants s where s.tenant_id = t.tenant_id)"
        )
    if last := measure["non_additive_dimension"]:
        time = times[last["name"]]
        held.append(
            f"t.{time} = (select {last['window_choice']}(s.{time}) from {relation} s"
            " where s.tenant_id = t.tenant_id)"
        )
    where = f" where {' and '.join(held)}" if held else ""
    return (
        f"select t.tenant_id, {measure['agg']}({measure['expr']}) as value"
        f" from {relation} t{where} group by t.tenant_id"
    )


@pytest.mark.parametrize("metric", [*METRICS, *RATIOS])
def test_a_metric_gives_every_tenant_its_published_figure(
    metric: str, value: Callable[[str, bool], dict[str, Any]], query: Callable[..., Rows]
) -> None:
    told = METRICS.get(metric, {})
    figure = told.get("figure", metric)
    found = value(metric, bool(told.get("newest")))
    rows = query(f"select tenant_id, {figure} as figure from v_kpi_dashboard order by 1")
    assert len(rows) > 20
    assert any(row["figure"] for row in rows), "a figure that is nowhere anything proves nothing"
    for row in rows:
        expected = row["figure"] or 0
        assert (found.get(row["tenant_id"]) or 0) == pytest.approx(expected), row["tenant_id"]
