"""What an export holds, whatever its form: the tables of one build, and what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import duckdb

from pipeline.config.tenant import Tenant
from pipeline.core.errors import ConfigError
from pipeline.publish.dictionary import DefinedColumn, DefinedTable, dictionary
from pipeline.publish.reader import Published

_WORDS: Mapping[str, str] = {
    "mtd": "month to date",
    "pct": "%",
    "asof": "as of the day",
    "avg": "average",
    "p90": "90th percentile of",
    "roi": "ROI",
    "roas": "ROAS",
    "kpi": "KPI",
    "1h": "1 h",
    "24h": "24 h",
}


@dataclass(frozen=True)
class Content:
    """One build's tables, in the order of the dictionary, and whose they are."""

    published: Published
    tenant: Tenant
    tables: tuple[DefinedTable, ...]

    @property
    def as_of(self) -> date:
        return self.published.as_of

    @property
    def zone(self) -> ZoneInfo:
        return self.tenant.zone

    def rows(self, table: str) -> int:
        return self.published.manifest.tables[table].rows

    def read(self, table: str) -> duckdb.DuckDBPyConnection:
        """All of a table; fetch it before the next one is read."""
        return self.published.query(f'SELECT * FROM "{table}"')  # noqa: S608 - of the manifest

    def unit(self, column: DefinedColumn) -> str:
        return self.tenant.currency if column.unit == "money" else column.unit

    def about(self) -> Iterator[tuple[str, str]]:
        """Whose figures these are, as of when and from which build."""
        yield "Organisation", self.tenant.legal_name or self.tenant.name
        yield "Tenant", self.tenant.id
        yield "As of", self.as_of.isoformat()
        yield "Data build", self.published.build_id
        yield "Currency", self.tenant.currency
        yield "Time zone", self.tenant.timezone

    def columns(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        """Table, column, label, type, unit and meaning of every column that is explained."""
        for table in self.tables:
            for column in table.columns:
                unit = self.unit(column)
                yield table.name, column.name, label(column), column.type, unit, column.told


COLUMN_HEADS = ("table", "column", "label", "type", "unit", "meaning")


def content_of(published: Published, tenant: Tenant, names: Sequence[str] | None) -> Content:
    """The named tables, or all. ConfigError names those that the build does not have."""
    there = published.manifest.tables
    missing = [name for name in names or () if name not in there]
    if missing:
        known = ", ".join(there)
        raise ConfigError(f"no table {', '.join(missing)} of {tenant.id}; there are {known}")
    wanted = set(names or there)
    explained = [table for name, table in dictionary().items() if name in wanted]
    # A build of other code may hold tables that no YAML of this one explains.
    others = sorted(wanted - {table.name for table in explained})
    unknown = [DefinedTable(name, "", "", "", (), ()) for name in others]
    return Content(published, tenant, (*explained, *unknown))


def label(column: DefinedColumn) -> str:
    """The column's name as a heading for people."""
    words = " ".join(_WORDS.get(word, word) for word in column.name.split("_"))
    return words[:1].upper() + words[1:]
