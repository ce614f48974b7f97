"""Rows of text against a contract: typed rows with flags, and refused rows with every reason.

Works on a block at a time, column by column. What a value looks like is `values`'; where a block
comes from and where its two halves go is `land`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from pipeline.contracts import Column, Contract, Type
from pipeline.landing.schema import EXTRA, FLAGS
from pipeline.landing.values import Dialect, number_pattern, read_values

EARLIEST = date(1970, 1, 1)
YEARS_AHEAD = 50

# A cell of ten megabytes must not make a reason of ten megabytes.
_QUOTED = 80
_TEXT = "text:{}"
_EXPECTED = {
    Type.MONEY: "a number",
    Type.PERCENT: "a number",
    Type.COORDINATE: "a number",
    Type.INTEGER: "a whole number",
    Type.BOOLEAN: "one of true/false, t/f, yes/no, y/n, 1/0",
    Type.CLOCK: "a time of day (HH:MM or HH:MM:SS)",
    Type.TIMESTAMP: "a timestamp",
    Type.JSON: "JSON",
}


@dataclass(frozen=True)
class Context:
    """What the rows of one file have in common."""

    tenant: str
    dialect: Dialect
    now: datetime


@dataclass(frozen=True)
class Validated:
    """The two halves of a block.

    `good` has `tenant_id`, the contract's columns typed, `extra`, `quality_flags` and `position`;
    `bad` has `position`, `record_key`, `original`, `reasons`, `reason_text`, and the money columns
    as far as they can be read. `position` is the row's place in the block, from 0.
    """

    good: pl.DataFrame
    bad: pl.DataFrame


@dataclass(frozen=True)
class _Check:
    """True where a row breaks something, and what to say of it."""

    column: str
    rule: str
    broken: pl.Expr
    message: pl.Expr


def validate(rows: pl.DataFrame, contract: Contract, context: Context) -> Validated:
    """Split `rows`, all text as it stands in the source, into good and bad ones.

    A column that the contract does not know goes to `extra`, one that is absent is null.
    """
    frame = _typed(rows, contract, context.dialect)
    checks = tuple(_checks(rows.columns, contract, context))
    broken = frame.select(
        check.broken.fill_null(False).alias(str(i)) for i, check in enumerate(checks)
    )
    hit = [i for i, any_ in enumerate(broken.select(pl.all().any()).row(0)) if any_]
    if not hit:
        return Validated(_good(frame, rows, contract, context), _no_bad(contract))
    is_bad = broken.select(pl.any_horizontal(str(i) for i in hit)).to_series()
    return Validated(
        _good(frame.filter(~is_bad), rows.filter(~is_bad), contract, context),
        _bad(frame.filter(is_bad), rows.filter(is_bad), contract, [checks[i] for i in hit]),
    )


def _typed(rows: pl.DataFrame, contract: Contract, dialect: Dialect) -> pl.DataFrame:
    """Each contract column twice: as trimmed text (`text:<name>`) and as its type."""
    text = tidy(rows)
    columns: list[pl.Series] = [
        pl.int_range(len(rows), dtype=pl.Int64, eager=True).alias("position")
    ]
    for column in contract.columns:
        if column.name in text.columns:
            series = text[column.name]
        else:
            series = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        columns.append(series.alias(_TEXT.format(column.name)))
        columns.append(read_values(column.type, series, dialect).alias(column.name))
    if "tenant_id" in text.columns:
        columns.append(text["tenant_id"].alias(_TEXT.format("tenant_id")))
    return pl.DataFrame(columns)


def tidy(rows: pl.DataFrame) -> pl.DataFrame:
    """Every text without white space around it, and null where nothing is left."""
    trimmed = pl.all().str.strip_chars()
    return rows.select(pl.when(trimmed != "").then(trimmed))


def _good(
    frame: pl.DataFrame, rows: pl.DataFrame, contract: Contract, context: Context
) -> pl.DataFrame:
    extra = _extra(rows, _unknown(rows.columns, contract))
    flags = [
        pl.when(rule.broken).then(pl.lit(rule.name))
        for rule in contract.soft_rules
        if rule.broken is not None
    ]
    joined = pl.concat_str(flags, separator=",", ignore_nulls=True) if flags else pl.lit("")
    return frame.select(
        pl.lit(context.tenant).alias("tenant_id"),
        *contract.column_names,
        extra.alias(EXTRA),
        pl.when(joined != "").then(joined).alias(FLAGS),
        "position",
    )


def _unknown(columns: list[str], contract: Contract) -> list[str]:
    return sorted(set(columns) - set(contract.column_names) - {"tenant_id"})


def _extra(rows: pl.DataFrame, unknown: list[str]) -> pl.Series:
    """Columns that nobody knows as one JSON object a row, without nulls; null where none is left."""
    if not unknown:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    members = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.struct(pl.col(name)).struct.json_encode().str.head(-1).str.slice(1)
        )
        for name in unknown
    ]
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    return (
        tidy(rows.select(unknown))
        .select(
            pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).alias(EXTRA)
        )
        .to_series()
    )


def _bad(
    frame: pl.DataFrame, rows: pl.DataFrame, contract: Contract, checks: list[_Check]
) -> pl.DataFrame:
    reasons = pl.concat_list(
        pl.when(check.broken).then(
            pl.struct(column=pl.lit(check.column), rule=pl.lit(check.rule), message=check.message)
        )
        for check in checks
    ).list.drop_nulls()
    texts = [
        pl.when(check.broken).then(pl.concat_str(pl.lit(f"{check.column}: "), check.message))
        for check in checks
    ]
    originals = rows.select(pl.struct(pl.all()).struct.json_encode().alias("original"))
    return frame.select(
        "position",
        pl.col(_TEXT.format("id")).alias("record_key"),
        originals.to_series(),
        # The encoder takes structs only, so the list is wrapped in one and unwrapped again.
        pl.struct(r=reasons).struct.json_encode().str.slice(5).str.head(-1).alias("reasons"),
        pl.concat_str(texts, separator="; ", ignore_nulls=True).alias("reason_text"),
        *contract.money,
    )


def _no_bad(contract: Contract) -> pl.DataFrame:
    texts = ("record_key", "original", "reasons", "reason_text")
    money = dict.fromkeys(contract.money, Type.MONEY.dtype)
    return pl.DataFrame(schema={"position": pl.Int64, **dict.fromkeys(texts, pl.String), **money})


def _checks(present: list[str], contract: Contract, context: Context) -> Iterator[_Check]:
    if "tenant_id" in present:
        yield _tenant_check(context)
    for column in contract.columns:
        if column.name in present:
            yield from _column_checks(column, context)
    for rule in contract.hard_rules:
        yield _Check(rule.column, rule.name, rule.broken, pl.lit(rule.says))


def _tenant_check(context: Context) -> _Check:
    # Whether the other name is a tenant's is nobody's business who reads this tenant's quarantine.
    text = pl.col(_TEXT.format("tenant_id"))
    message = pl.format(f"{{}} is not the tenant of this folder ({context.tenant})", _quote(text))
    return _Check("tenant_id", "tenant", text != context.tenant, message)


def _column_checks(column: Column, context: Context) -> Iterator[_Check]:
    text, value = pl.col(_TEXT.format(column.name)), pl.col(column.name)
    quoted = _quote(text)
    if column.required:
        yield _Check(column.name, "required", text.is_null(), pl.lit("a value is required"))
    yield _Check(
        column.name,
        "nul",
        text.str.contains("\0", literal=True),
        pl.lit("contains a NUL character"),
    )
    if column.type is not Type.TEXT:
        yield from _unreadable(column, context, text.is_not_null() & value.is_null())
    if column.values:
        yield _Check(
            column.name,
            "not_in_list",
            ~value.is_in(column.values),
            pl.format(f"{{}} is not one of {', '.join(column.values)}", quoted),
        )
    if column.low is not None or column.high is not None:
        yield _bounds(column, value, quoted)
    if column.type in (Type.DATE, Type.TIMESTAMP):
        yield _date_range(column, value, quoted, context.now)


def _unreadable(column: Column, context: Context, broken: pl.Expr) -> Iterator[_Check]:
    text = pl.col(_TEXT.format(column.name))
    quoted = _quote(text)
    if column.type in (Type.MONEY, Type.PERCENT, Type.COORDINATE):
        number = text.str.contains(number_pattern(context.dialect.decimal))
        if column.type is Type.MONEY:
            fine = text.str.contains(number_pattern(context.dialect.decimal, places=2))
            yield _Check(
                column.name,
                "decimals",
                broken & number & ~fine,
                pl.format("{} has more than two decimals", quoted),
            )
            number_but_large = number & fine
        else:
            number_but_large = number
        yield _Check(
            column.name,
            "out_of_range",
            broken & number_but_large,
            pl.format("{} is too large", quoted),
        )
        broken = broken & ~number
    yield _Check(
        column.name,
        "unreadable",
        broken,
        pl.format(f"{{}} is not {_expected(column, context)}", quoted),
    )


def _expected(column: Column, context: Context) -> str:
    if column.type is Type.DATE:
        form = context.dialect.date_format
        return "a date (YYYY-MM-DD)" if form == "ISO" else f"a date (YYYY-MM-DD or {form})"
    if column.type is Type.MONEY and context.dialect.decimal == ",":
        return "a number (decimal comma, no thousands separators)"
    return _EXPECTED[column.type]


def _bounds(column: Column, value: pl.Expr, quoted: pl.Expr) -> _Check:
    if column.type is Type.MONEY:
        return _Check(column.name, "negative", value < 0, pl.format("{} is negative", quoted))
    return _Check(
        column.name,
        "out_of_range",
        (value < column.low) | (value > column.high),
        pl.format(f"{{}} is outside {column.low} to {column.high}", quoted),
    )


def _date_range(column: Column, value: pl.Expr, quoted: pl.Expr, now: datetime) -> _Check:
    latest = pl.lit(now.date()).dt.offset_by(f"{YEARS_AHEAD}y")
    day = value.dt.date() if column.type is Type.TIMESTAMP else value
    return _Check(
        column.name,
        "date_range",
        (day < EARLIEST) | (day > latest),
        pl.format(f"{{}} is before 1970 or more than {YEARS_AHEAD} years ahead", quoted),
    )


def _quote(text: pl.Expr) -> pl.Expr:
    short = (
        pl.when(text.str.len_chars() > _QUOTED)
        .then(pl.concat_str(text.str.slice(0, _QUOTED), pl.lit("…")))
        .otherwise(text)
    )
    return pl.concat_str(pl.lit("'"), short, pl.lit("'"))
