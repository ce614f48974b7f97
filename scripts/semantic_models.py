"""Write dbt_project/models/semantic/ from what the models' YAML says of measures: `make docs`.

A published table's `meta.semantic` names its entity, times, dimensions and measures; a figure's
words come from where it is published. What results are MetricFlow's semantic models and metrics. A
test holds the files against this, and each metric's SQL against the published figure.
"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pipeline.config.settings import DBT_PROJECT_DIR
from pipeline.publish.dictionary import DefinedColumn, DefinedTable, dictionary
from pipeline.publish.export.content import label

FOLDER = DBT_PROJECT_DIR / "models" / "semantic"
HEAD = "# Written by `make docs` from `meta.semantic` of {table}.yml. Change it there.\n"
FIGURES = "v_kpi_dashboard"
Semantic = Mapping[str, Any]


def main() -> None:
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """The files by name."""
    return {f"sem_{table.name}.yml": _file(table) for table in semantic_tables()}


def semantic_tables() -> list[DefinedTable]:
    """The tables that say what can be measured in them."""
    return [table for table in dictionary().values() if "semantic" in table.meta]


def _file(table: DefinedTable) -> str:
    semantic = table.meta["semantic"]
    content = {
        "version": 2,
        "semantic_models": [_semantic_model(table, semantic)],
        "metrics": [*_simple_metrics(semantic), *_ratios(semantic)],
    }
    text = yaml.dump(content, sort_keys=False, allow_unicode=True, width=120)
    return HEAD.format(table=table.name) + text


def _semantic_model(table: DefinedTable, semantic: Semantic) -> Mapping[str, Any]:
    first, *_ = semantic["time"]
    grain = semantic.get("grain", "day")
    columns = {column.name: column for column in table.columns}
    return {
        "name": table.name,
        "description": table.meaning,
        "model": f"ref('{table.name}')",
        "defaults": {"agg_time_dimension": _time_name(first)},
        "entities": [
            {"name": semantic["entity"], "type": "primary", "expr": _key(table.keys)},
            *(
                {"name": name, "type": "foreign", "expr": _key(("tenant_id", column))}
                for name, column in semantic.get("foreign", {}).items()
            ),
        ],
        "dimensions": [
            {
                "name": _time_name(name),
                "type": "time",
                "expr": name,
                "description": columns[name].meaning,
                "type_params": {"time_granularity": grain},
            }
            for name in semantic["time"]
        ]
        + [
            {"name": name, "type": "categorical", "description": columns[name].meaning}
            for name in ("tenant_id", *semantic.get("dimensions", ()))
        ],
        "measures": [_measure(name, told, first) for name, told in semantic["measures"].items()],
    }


def _key(columns: tuple[str, ...]) -> str:
    """One text that tells rows apart; a tenant's ids are unique in the tenant only."""
    return " || '/' || ".join(f"coalesce(cast({column} as varchar), '')" for column in columns)


def _time_name(column: str) -> str:
    """MetricFlow keeps the names of granularities for itself."""
    return f"{column}_start" if column in ("day", "week", "month", "quarter", "year") else column


def _measure(name: str, told: Mapping[str, Any], first: str) -> Mapping[str, Any]:
    measure = {"name": name, "agg": "sum", "expr": told["expr"]}
    if told.get("time", first) != first:
        measure["agg_time_dimension"] = _time_name(told["time"])
    if told.get("last_day"):
        # What stands at the end of a day cannot be added up over days: the last day's counts.
        measure["non_additive_dimension"] = {
            "name": _time_name(first),
            "window_choice": "max",
            "window_groupings": [],
        }
    return measure


def _simple_metrics(semantic: Semantic) -> Iterator[Mapping[str, Any]]:
    for name, told in semantic["measures"].items():
        figure = told.get("figure", name)
        yield {
            "name": name,
            "label": label(DefinedColumn(name, "", "", "")),
            "description": told.get("description") or _words(name),
            "type": "simple",
            "type_params": {"measure": {"name": name, "fill_nulls_with": 0}},
            "config": {"meta": {"figure": figure, "newest": bool(told.get("newest"))}},
        }


def _ratios(semantic: Semantic) -> Iterator[Mapping[str, Any]]:
    for name, (numerator, denominator) in semantic.get("ratios", {}).items():
        yield {
            "name": name,
            "label": label(DefinedColumn(name, "", "", "")),
            "description": _words(name),
            "type": "ratio",
            "type_params": {"numerator": numerator, "denominator": denominator},
            "config": {"meta": {"figure": name, "newest": False}},
        }


def _words(figure: str) -> str:
    """What the dashboard's YAML says of the figure."""
    [column] = [one for one in dictionary()[FIGURES].columns if one.name == figure]
    return textwrap.shorten(column.told, 1_000)


if __name__ == "__main__":
    main()
