"""The hard rules as checks: for each, the rows that break it and the reason in words.

A check works on a frame that has each contract column typed under its name and each delivered one
as trimmed text under `text_of(name)`, so a reason can quote what stands in the source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from pipeline.contracts import Column, Contract, Type
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.values import number_pattern

EARLIEST = date(1970, 1, 1)
YEARS_AHEAD = 50
# The column of a block with the tenant of each row. No header has such a name.
OWNER = "\0owner"

# A cell of ten megabytes must not make a reason of ten megabytes.
_QUOTED = 80
_REQUIRED = pl.lit("a value is required")
_SHORT_YEAR = r"^\d{1,2}[./-](?:\d{1,2}|[A-Za-z]{3})[./-]\d{2}(?:\D|$)"
_TWO_PLACES = (Type.MONEY, Type.AREA)
_NUMBERS = (*_TWO_PLACES, Type.PERCENT, Type.COORDINATE)
_EXPECTED = {
    Type.INTEGER: "a whole number",
    Type.BOOLEAN: "one of true/false, t/f, yes/no, y/n, 1/0",
    Type.CLOCK: "a time of day (HH:MM or HH:MM:SS)",
    Type.JSON: "JSON",
}


@dataclass(frozen=True)
class Context:
    """What the rows of one block have in common.

    They are all `tenant`'s; or they are of several tenants' files, which the column `OWNER` tells
    (`by_file`); or `tenant_id` says whose each is: one of `tenants` (theirs -> ours).
    """

    tenant: str | None
    dialect: Dialect
    now: datetime
    tenants: Mapping[str, str] = field(default_factory=dict)
    by_file: bool = False

    @property
    def by_row(self) -> bool:
        return self.tenant is None and not self.by_file

    @property
    def owner(self) -> pl.Expr:
        """The tenant of each row, for `OWNER`; null where it is none of ours."""
        if not self.by_row:
            return pl.lit(self.tenant)
        theirs, ours = list(self.tenants), list(self.tenants.values())
        return pl.col(text_of("tenant_id")).replace_strict(
            theirs, ours, default=None, return_dtype=pl.String
        )


@dataclass(frozen=True)
class RowCheck:
    """True where a row breaks something (null counts as kept), and what to say of it."""

    column: str
    rule: str
    broken: pl.Expr
    message: pl.Expr


def text_of(name: str) -> str:
    return f"text:{name}"


def checks(
    contract: Contract,
    present: Collection[str],
    context: Context,
    *,
    may_have_nul: bool,
    typed: Collection[str] = (),
) -> Iterator[RowCheck]:
    """Everything that can be wrong with a row that has the columns `present`.

    Those in `typed` came with their type, so that they cannot be unreadable.
    """
    if "tenant_id" in present or context.by_row:
        yield _tenant(context)
    for column in contract.columns:
        if column.name not in present:
            if column.required:
                # Whatever the mapping says: no row lands without it.
                yield RowCheck(column.name, "required", pl.lit(True), _REQUIRED)
            continue
        if column.name in typed:
            if column.required:
                yield RowCheck(column.name, "required", pl.col(column.name).is_null(), _REQUIRED)
            yield from _range(column, context.now)
            continue
        yield from _presence(column, may_have_nul=may_have_nul)
        if column.type in _NUMBERS:
            yield from _key_file(column, context.dialect)
        elif column.type is not Type.TEXT:
            yield _unreadable(column, _expected(column, context.dialect))
        yield from _range(column, context.now)
    for rule in contract.hard_rules:
        yield RowCheck(rule.column, rule.name, rule.broken, pl.lit(rule.says))


def _tenant(context: Context) -> RowCheck:
    # Whether the other name is a tenant's is nobody's business who reads this tenant's quarantine.
    text, owner = pl.col(text_of("tenant_id")), pl.col(OWNER)
    if context.by_row:
        message = pl.format("{} is no tenant of this workspace", _quote(text.fill_null("")))
        return RowCheck("tenant_id", "tenant", owner.is_null(), message)
    message = pl.format("{} is not the tenant of this folder ({})", _quote(text), owner)
    return RowCheck("tenant_id", "tenant", text != owner, message)


def _presence(column: Column, *, may_have_nul: bool) -> Iterator[RowCheck]:
    text = pl.col(text_of(column.name))
    if column.required:
        yield RowCheck(column.name, "required", text.is_null(), _REQUIRED)
    if may_have_nul:
        has_nul = text.str.contains("\0", literal=True)
        yield RowCheck(column.name, "nul", has_nul, pl.lit("contains a NUL character"))


def _key_file(column: Column, dialect: Dialect) -> Iterator[RowCheck]:
    """What cannot be read is no number, or too long behind the mark, or too long before it."""
    text = pl.col(text_of(column.name))
    unread = text.is_not_null() & pl.col(column.name).is_null()
    number = text.str.contains(number_pattern(dialect.decimal))
    small = pl.lit(True)
    if column.type in _TWO_PLACES:
        small = text.str.contains(number_pattern(dialect.decimal, places=2))
        message = pl.format("{} has more than two decimals", _quote(text))
        yield RowCheck(column.name, "decimals", unread & number & ~small, message)
    message = pl.format("{} is too large", _quote(text))
    yield RowCheck(column.name, "out_of_range", unread & number & small, message)
    point = "" if dialect.decimal == "." else " with a decimal comma"
    message = pl.format(f"{{}} is not a number{point}", _quote(text))
    if not column.descriptive:
        yield RowCheck(column.name, "unreadable", unread & ~number, message)


def _unreadable(column: Column, expected: str) -> RowCheck:
    text = pl.col(text_of(column.name))
    unread = text.is_not_null() & pl.col(column.name).is_null()
    message = pl.format(f"{{}} is not {expected}", _quote(text))
    if column.type in (Type.DATE, Type.TIMESTAMP):
        short = pl.concat_str(message, pl.lit(": write its year with four digits"))
        message = pl.when(text.str.contains(_SHORT_YEAR)).then(short).otherwise(message)
    return RowCheck(column.name, "unreadable", unread, message)


def _expected(column: Column, dialect: Dialect) -> str:
    other = "" if dialect.date_format == "ISO" else f" or {dialect.date_format}"
    if column.type is Type.TIMESTAMP:
        time = f"{other} HH:MM:SS" if other else ""
        return f"a timestamp (YYYY-MM-DDTHH:MM:SS{time}, with or without a zone)"
    if column.type is Type.DATE:
        return f"a date (YYYY-MM-DD{other})"
    return _EXPECTED[column.type]


def _range(column: Column, now: datetime) -> Iterator[RowCheck]:
    value = pl.col(column.name)
    quoted = _quote(pl.col(text_of(column.name)))
    if column.values and not column.descriptive:
        message = pl.format(f"{{}} is not one of {', '.join(column.values)}", quoted)
        like = value.str.to_lowercase().str.replace_all(r"[ -]+", "_")
        near = pl.format("{} (did you mean {}?)", message, like)
        message = pl.when(like.is_in(column.values)).then(near).otherwise(message)
        yield RowCheck(column.name, "not_in_list", ~value.is_in(column.values), message)
    if column.type in _TWO_PLACES and column.low is not None:
        yield RowCheck(column.name, "negative", value < 0, pl.format("{} is negative", quoted))
    elif column.low is not None and column.high is not None:
        outside = ~value.is_between(column.low, column.high)
        message = pl.format(f"{{}} is outside {column.low} to {column.high}", quoted)
        yield RowCheck(column.name, "out_of_range", outside, message)
    if column.type in (Type.DATE, Type.TIMESTAMP):
        end = pl.lit(now.date()).dt.offset_by(f"{YEARS_AHEAD}y").dt.offset_by("1d")
        first, end = (each.cast(column.type.dtype) for each in (pl.lit(EARLIEST), end))
        message = pl.format(f"{{}} is before 1970 or more than {YEARS_AHEAD} years ahead", quoted)
        yield RowCheck(column.name, "date_range", (value < first) | (value >= end), message)


def _quote(text: pl.Expr) -> pl.Expr:
    cut = pl.concat_str(text.str.head(_QUOTED), pl.lit("…"))
    short = pl.when(text.str.len_chars() > _QUOTED).then(cut).otherwise(text)
    return pl.concat_str(pl.lit("'"), short, pl.lit("'"))
