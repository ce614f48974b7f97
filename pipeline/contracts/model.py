"""What a contract is made of: columns with types and bounds, hard rules, soft rules.

The entity modules beside this one say what their rows look like and nothing else; how text
becomes a value is `landing`'s, and findings that need more than one row are the models'. A rule's
`broken` is a polars expression over the *typed* columns that is true for a row that breaks it (null
counts as kept), so one statement serves a row, a block and the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import polars as pl

# Raised when a column or a rule changes; every batch's metadata says under which it landed.
CONTRACT_VERSION = 2

MONEY = pl.Decimal(18, 2)
PERCENT = pl.Decimal(9, 4)
# How columns end that name a record of another entity.
_REFERENCES = ("_id", "assigned_to", "created_by", "visited_by")
COORDINATE = pl.Decimal(10, 7)
INSTANT = pl.Datetime("us", "UTC")


class Type(Enum):
    """What a column holds: the polars type of its raw Parquet column, and its name for people."""

    TEXT = (pl.String(), "text")
    MONEY = (MONEY, "money")
    AREA = (pl.Decimal(18, 2), "area")
    PERCENT = (PERCENT, "percent")
    COORDINATE = (COORDINATE, "coordinate")
    INTEGER = (pl.Int32(), "whole number")
    BOOLEAN = (pl.Boolean(), "yes/no")
    DATE = (pl.Date(), "date")
    CLOCK = (pl.String(), "clock time")
    TIMESTAMP = (INSTANT, "timestamp")
    JSON = (pl.String(), "JSON")

    def __init__(self, dtype: pl.DataType, words: str) -> None:
        self.dtype = dtype
        self.words = words


@dataclass(frozen=True)
class Column:
    """One column. `low` and `high` are inclusive bounds; `values` the whole enumeration.

    What does not fit a `descriptive` one is kept and flagged: no figure stands on it.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    descriptive: bool = False


@dataclass(frozen=True)
class HardRule:
    """A row for which `broken` is true goes to quarantine, with `says` as the reason."""

    name: str
    column: str
    says: str
    broken: pl.Expr


@dataclass(frozen=True)
class SoftRule:
    """A row for which `broken` is true is kept and carries `name` in `quality_flags`.

    `broken` is None where a row alone cannot tell (orphans, running balances): the models decide.
    """

    name: str
    says: str
    broken: pl.Expr | None = None


@dataclass(frozen=True)
class Contract:
    """One entity: what its rows are, which columns they have, and what they must obey."""

    entity: str
    source_table: str | None
    about: str
    own_columns: tuple[Column, ...]
    hard_rules: tuple[HardRule, ...] = ()
    soft_rules: tuple[SoftRule, ...] = ()
    optional: bool = False
    requires_created_at: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The entity's own columns, then those that every entity may have."""
        return self.own_columns + common_columns(created_at_required=self.requires_created_at)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def flags(self) -> tuple[SoftRule, ...]:
        """The soft rules, with one for each list of which a row may be outside."""
        return self.soft_rules + tuple(
            SoftRule(
                f"{column.name}_not_in_list",
                f"the {column.name} is none of its list; it is kept as it is, and counts as other",
                ~pl.col(column.name).is_in(column.values),
            )
            for column in self.columns
            if column.descriptive and column.values
        )

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns that hold the ids of records, of this entity or another."""
        return tuple(
            name for name in self.column_names if name == "id" or name.endswith(_REFERENCES)
        )

    @property
    def money(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.type is Type.MONEY)


def common_columns(*, created_at_required: bool) -> tuple[Column, ...]:
    return (
        timestamp("created_at", "when the record was made", required=created_at_required),
        timestamp("updated_at", "when it was last changed"),
        timestamp("deleted_at", "when it was deleted; a deleted record counts nowhere"),
        text("created_by", "who made it: a users.id or a name"),
    )


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.TEXT, meaning, required)


def choice(
    name: str,
    meaning: str,
    values: tuple[str, ...],
    *,
    required: bool = False,
    descriptive: bool = False,
) -> Column:
    return Column(name, Type.TEXT, meaning, required, values, descriptive=descriptive)


def money(name: str, meaning: str, *, required: bool = False, signed: bool = False) -> Column:
    low = None if signed else Decimal(0)
    return Column(name, Type.MONEY, meaning, required, low=low)


def area(name: str, meaning: str) -> Column:
    return Column(name, Type.AREA, meaning, low=Decimal(0))


def percent(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.PERCENT, meaning, required, low=Decimal(0), high=Decimal(100))


def integer(name: str, meaning: str) -> Column:
    return Column(name, Type.INTEGER, meaning)


def boolean(name: str, meaning: str) -> Column:
    return Column(name, Type.BOOLEAN, meaning)


def date(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.DATE, meaning, required)


def timestamp(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.TIMESTAMP, meaning, required)


def identifier() -> Column:
    return text("id", "the record's key, unique within the tenant, never reused", required=True)
