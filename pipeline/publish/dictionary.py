"""What the published tables mean, from the YAML that stands beside each model.

The YAML is where a figure is defined; this reads it without dbt and without a build, so that the
command and an export say the same words. What a build holds is the manifest's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.config.settings import DBT_PROJECT_DIR

# Where the YAML of published models is below models/, in the order of what a reader wants first.
PUBLISHED = (
    ("reporting", "reporting/*.yml"),
    ("marts", "marts/**/*.yml"),
    ("marts", "quality/data_checks.yml"),
)
_REF = re.compile(r"""\bref\(\s*['"](\w+)['"]""")
_EXAMPLE_ROWS = 10
_MOST_FIGURES = 4

# What a column counts in, by its name or else its type; the first that fits.
_UNITS: tuple[tuple[str, str, str], ...] = (
    (r"_rate_legacy$|_pct$", r"double.*", "percent"),
    (r"_rate(_|$)|_share$|_probability$", r"double.*", "fraction, 0 to 1"),
    (r"_hours$", r".*", "hours"),
    (r"_minutes$", r".*", "minutes"),
    (r"_seconds$", r".*", "seconds"),
    (r"^months_of_", r".*", "months"),
    (r"(^|_)days(_|$)", r"double.*|integer", "days"),
    (r"", r"decimal\(\d+,2\)", "money"),
    (r"(^|_)month$", r"date", "month, as its first day"),
    (r"", r"date", "local day"),
    (r"", r"timestamptz", "instant"),
    (r"", r"boolean", "yes or no"),
    (r"", r"bigint", "count"),
    (r"", r"varchar", "text"),
)

# A unit that `meta` names in one word, in words for people.
_SAID: Mapping[str | None, str | None] = {"fraction": "fraction, 0 to 1"}


@dataclass(frozen=True)
class DefinedColumn:
    """One column as its YAML defines it. `unit` is empty where it is a bare number."""

    name: str
    type: str
    unit: str
    meaning: str
    formula: str | None = None
    pitfall: str | None = None

    @property
    def told(self) -> str:
        """Meaning, formula and what to beware of, in one piece."""
        formula = f"= {self.formula}." if self.formula else None
        return " ".join(part for part in (self.meaning, formula, self.pitfall) if part)


@dataclass(frozen=True)
class DefinedTable:
    """One published table: what a row is, which columns tell rows apart, what it is made from."""

    name: str
    layer: str
    meaning: str
    grain: str
    keys: tuple[str, ...]
    columns: tuple[DefinedColumn, ...]
    reads: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Meaning, grain and what to beware of, in one piece."""
        return " ".join((self.meaning, f"Grain: {self.grain}", *self.pitfalls))

    @property
    def example(self) -> str:
        """A query that shows what the table is for: the YAML's own, else one made of its key."""
        if "example" in self.meta:
            return str(self.meta["example"])
        keys = [key for key in self.keys if key != "tenant_id"]
        if not keys:
            return f"SELECT * FROM {self.name}"  # noqa: S608 - a text for people
        shown = [*keys, *self._figures(keys)]
        days = [column.name for column in self.columns if column.type == "date"]
        order = f" ORDER BY {days[0]} DESC" if days else ""
        return f"SELECT {', '.join(shown)} FROM {self.name}{order} LIMIT {_EXAMPLE_ROWS}"  # noqa: S608

    def _figures(self, keys: Sequence[str]) -> list[str]:
        telling = ("_id", "_code")
        others = [c for c in self.columns if c.name not in keys and c.name != "tenant_id"]
        names = [c.name for c in others if not c.name.endswith(telling)]
        return names[:_MOST_FIGURES]


@cache
def dictionary(project: Path = DBT_PROJECT_DIR) -> Mapping[str, DefinedTable]:
    """Every published table by name, reporting views first."""
    tables = (table for layer, files in PUBLISHED for table in _tables(project, layer, files))
    return {table.name: table for table in tables}


def _tables(project: Path, layer: str, files: str) -> Iterator[DefinedTable]:
    for path in sorted((project / "models").glob(files), key=lambda path: path.name):
        # libyaml reads the forty files in a tenth of a second, the other loader in two.
        loaded = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for model in loaded.get("models", ()):
            yield _table(model, layer, path.with_name(f"{model['name']}.sql"))


def _table(model: Mapping[str, Any], layer: str, sql: Path) -> DefinedTable:
    meaning, _, grain = model["description"].partition(" Grain: ")
    meta = _meta(model)
    return DefinedTable(
        name=model["name"],
        layer=layer,
        meaning=meaning,
        grain=grain,
        keys=tuple(_keys(model)),
        columns=tuple(map(_column, model["columns"])),
        reads=tuple(sorted(set(_REF.findall(sql.read_text(encoding="utf-8"))))),
        pitfalls=tuple(meta.get("pitfalls", ())),
        meta=meta,
    )


def _column(column: Mapping[str, Any]) -> DefinedColumn:
    meta = _meta(column)
    said = meta.get("unit")
    unit = _SAID.get(said, said) or unit_of(column["name"], column["data_type"])
    return DefinedColumn(
        column["name"],
        column["data_type"],
        unit,
        column["description"],
        meta.get("formula"),
        meta.get("pitfall"),
    )


def unit_of(name: str, type_: str) -> str:
    """What a column counts in; empty for a bare number."""
    for names, types, unit in _UNITS:
        if re.search(names, name) and re.fullmatch(types, type_):
            return unit
    return ""


def _keys(model: Mapping[str, Any]) -> list[str]:
    """The columns that tell rows apart, as the test of the grain has them.

    The largest tables are not tested at each build; their key is in `meta`.
    """
    for test in model.get("data_tests", ()):
        if isinstance(test, dict) and "grain" in test:
            return list(test["grain"]["arguments"]["columns"])
    return list(_meta(model).get("key", ()))


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = node.get("config", {}).get("meta", {})
    return meta
