"""Write docs/metrics.md from the YAML beside the models and the catalogue of checks: `make docs`.

The YAML is where a figure is defined; this only lays it out for people. A test holds the file
against it.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "dbt_project"
TARGET = ROOT / "docs" / "metrics.md"
HEAD = """# Metric reference

<!-- Written by `make docs` from the YAML in dbt_project/models. Change it there. -->

Every published table, column by column: `milepost query --tenant T "SELECT …"` reads them. Days
are the tenant's local days; everything is as of one day, and nothing later counts. Money is in
the tenant's currency, to the cent. A `_rate` is a fraction from 0 to 1, a `_pct` a percentage;
both are empty where there is nothing to divide by. `_asof` and plain names are what stands at the
end of the day, `_mtd` and `_in_period` what a period brought. A column that ends in `_legacy` is
counted as the old views counted it, for comparison; the column without the suffix is the right one.

Terms are in the [glossary](glossary.md); why a definition is as it is, in
[decisions](decisions/index.md).
"""
Model = Mapping[str, Any]


def main() -> None:
    TARGET.write_text(reference(), encoding="utf-8")


def reference() -> str:
    """The whole page."""
    reporting = models("reporting/*.yml")
    marts = models("marts/*/*.yml", "quality/data_checks.yml")
    dashboard = next(model for model in reporting if model["name"] == "v_kpi_dashboard")
    parts = [
        HEAD,
        "\n".join(figures(dashboard)),
        "\n".join(differences(reporting)),
        "\n".join(metrics()),
        *("\n".join(table(model)) for model in (*reporting, *marts)),
        "\n".join(checks()),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def models(*patterns: str) -> list[Model]:
    """The models whose YAML the patterns find, by name; `file` is where the SQL is."""
    folder = PROJECT / "models"
    files = [file for pattern in patterns for file in folder.glob(pattern)]
    return [
        yaml.safe_load(file.read_text(encoding="utf-8"))["models"][0]
        | {"file": file.with_suffix(".sql").relative_to(ROOT)}
        for file in sorted(files, key=lambda file: file.stem)
    ]


def figures(dashboard: Model) -> Iterator[str]:
    """The figures of the dashboard that have a formula."""
    yield "## The figures of the dashboard\n"
    yield "| figure | formula | higher is better | beware |"
    yield "|---|---|---|---|"
    words = {True: "yes", False: "no", None: ""}
    for column in dashboard["columns"]:
        meta = meta_of(column)
        if "formula" in meta:
            better = words[meta.get("higher_is_better")]
            yield row(f"`{column['name']}`", meta["formula"], better, meta.get("pitfall", ""))


def differences(reporting: Iterable[Model]) -> Iterator[str]:
    """Every old figure beside the one that replaces it."""
    yield "## Where the old views counted otherwise\n"
    yield "| table | column | counts | the old one | counts |"
    yield "|---|---|---|---|---|"
    for model in reporting:
        told = {column["name"]: column["description"] for column in model["columns"]}
        for name, old in told.items():
            right = name.removesuffix("_legacy")
            if name != right:
                old = re.sub(r"^As in the old \w+: ", "", old)
                yield row(f"`{model['name']}`", f"`{right}`", told[right], f"`{name}`", old)


def metrics() -> Iterator[str]:
    """How each figure is asked for of the semantic layer."""
    yield "## The metrics of the semantic layer\n"
    yield "MetricFlow's models in `dbt_project/models/semantic` hold these, and [the analyst's"
    yield "guide](analysts.md) says how it is set up. Every metric can also be grouped by"
    yield "`metric_time`, which is the time named here, and by the `tenant_id` of its entity."
    yield "`engagement_` metrics are of a month each: filter to the one that you mean.\n"
    yield "| metric | figure | by time | by | ask |"
    yield "|---|---|---|---|---|"
    for file in sorted((PROJECT / "models" / "semantic").glob("sem_*.yml")):
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        [model] = told["semantic_models"]
        for metric in told["metrics"]:
            yield _metric(metric, model)


def _metric(metric: Model, model: Model) -> str:
    """One metric: the published figure that it equals, its time and dimensions, the command."""
    entity = model["entities"][0]["name"]
    named = metric["type_params"].get("measure", {}).get("name")
    times = [m.get("agg_time_dimension") for m in model["measures"] if m["name"] == named]
    time = (times or [None])[0] or model["defaults"]["agg_time_dimension"]
    dimensions = [one["name"] for one in model["dimensions"] if one["type"] == "categorical"]
    by = [f"`{entity}__{name}`" for name in dimensions if name != "tenant_id"]
    grouped = by[0].strip("`") if by else "metric_time__month"
    ask = f"`mf query --metrics {metric['name']} --group-by {grouped}`"
    figure = metric["config"]["meta"]["figure"]
    return row(f"`{metric['name']}`", f"`{figure}`", f"`{time}`", ", ".join(by), ask)


def table(model: Model) -> Iterator[str]:
    """One published table: what it is, its grain, what to beware of, its columns."""
    description, _, grain = model["description"].partition(" Grain: ")
    yield f"## {model['name']}\n"
    yield f"{description} {grain[:1].upper()}{grain[1:]}"
    yield f"Model: `{model['file']}`.\n"
    for pitfall in meta_of(model).get("pitfalls", []):
        yield f"* {pitfall}"
    if "pitfalls" in meta_of(model):
        yield ""
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in model["columns"]:
        formula = meta_of(column).get("formula")
        meaning = column["description"] + (f" = {formula}." if formula else "")
        yield row(f"`{column['name']}`", column["data_type"], meaning)


def checks() -> Iterator[str]:
    """The catalogue of data_checks."""
    yield "## The checks\n"
    yield "Each is a row of `data_checks` for every tenant. A failed one that blocks keeps the"
    yield "tenant's previous figures in place.\n"
    yield "| check | severity | blocks | what it says | what to do |"
    yield "|---|---|---|---|---|"
    with (PROJECT / "seeds" / "data_check_catalogue.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        for check in csv.DictReader(file):
            blocks = "yes" if check["is_blocking"] == "true" else ""
            name, told = f"`{check['check_name']}`", check["description"]
            yield row(name, check["severity"], blocks, told, check["owner_hint"])


def meta_of(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = node.get("config", {}).get("meta", {})
    return meta


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    main()
