"""Text to values: how each type of the contract is written, and nothing guessed.

A reader takes a column of trimmed text without empty strings and gives the typed column, null where
the text does not parse; `validate` turns those nulls into reasons. The usual spelling is tried on
the whole column at once, the rarer ones on what is left, so a clean column costs one pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import partial

import polars as pl

from pipeline.contracts.model import COORDINATE, MONEY, PERCENT, Type
from pipeline.landing.validation.dialect import (
    EXCEL_EPOCH,
    ISO_DAY,
    TIMES,
    Dialect,
    fill,
    nothing,
    only,
)
from pipeline.landing.validation.timestamps import read_timestamps

_MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?$"
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_EXCEL_DAY = r"^\d{5}(?:\.0+)?$"


def read_values(kind: Type, text: pl.Series, dialect: Dialect) -> pl.Series:
    """`text` as the polars type of `kind`; null where it is null or does not parse."""
    if text.null_count() == len(text):
        return nothing(text, kind.dtype)
    return _READERS[kind](text, dialect)


def number_pattern(decimal: str, digits: int = 400, places: int = 400) -> str:
    """A regular expression for a number.

    It has at most so many digits before the decimal mark, and so many places after it that are not
    zeros at the end.
    """
    mark = re.escape(decimal)
    return rf"^[+-]?(?:0*\d{{1,{digits}}}(?:{mark}\d{{0,{places}}}0*)?|{mark}\d{{1,{places}}}0*)$"


def _read_money(text: pl.Series, dialect: Dialect) -> pl.Series:
    return _read_decimal(text, dialect, MONEY, number_pattern(dialect.decimal, 16, 2))


def _read_percent(text: pl.Series, dialect: Dialect) -> pl.Series:
    return _read_decimal(text, dialect, PERCENT, number_pattern(dialect.decimal, 5))


def _read_coordinate(text: pl.Series, dialect: Dialect) -> pl.Series:
    return _read_decimal(text, dialect, COORDINATE, number_pattern(dialect.decimal, 3))


def _read_decimal(text: pl.Series, dialect: Dialect, dtype: pl.Decimal, pattern: str) -> pl.Series:
    """Cast the texts that match `pattern`; decimals beyond the type's are rounded."""
    good = text.str.contains(pattern)
    usable = text if good.all() else text.set(~good.fill_null(False), None)
    if dialect.decimal != ".":
        usable = usable.str.replace(dialect.decimal, ".", literal=True)
    return usable.cast(dtype, strict=False)


def _read_integer(text: pl.Series, dialect: Dialect) -> pl.Series:
    """Whole numbers, also as spreadsheets write those of a column with gaps: 3.0."""
    zeros = rf"{re.escape(dialect.decimal)}0*$"
    whole = text.cast(pl.Int32, strict=False)
    return fill(whole, text, lambda rest: rest.str.replace(zeros, "").cast(pl.Int32, strict=False))


def _read_boolean(text: pl.Series, _: Dialect) -> pl.Series:
    is_true = text == "true"
    if (is_true | (text == "false")).all():
        return is_true
    return text.str.to_lowercase().replace_strict(
        list(_BOOLEANS), list(_BOOLEANS.values()), default=None, return_dtype=pl.Boolean
    )


def read_day(text: pl.Series, dialect: Dialect) -> pl.Series:
    """Dates, also with a midnight behind them."""
    if text.null_count() == len(text):
        return nothing(text, pl.Date())
    days = text.str.to_date(ISO_DAY, strict=False)
    return fill(days, text, partial(_rarer_day, forms=dialect.days))


def _rarer_day(text: pl.Series, forms: tuple[str, ...]) -> pl.Series:
    """Days with a midnight behind them, as databases export them, in basic ISO, and as Excel's."""
    bare = text.str.replace(_MIDNIGHT, "")
    basic = only(bare, r"^\d{8}$").str.to_date("%Y%m%d", strict=False)
    serial = only(text, _EXCEL_DAY).str.head(5).cast(pl.Int32)
    days = (serial + (EXCEL_EPOCH.date() - date(1970, 1, 1)).days).cast(pl.Date)
    for found in (basic, *(bare.str.to_date(form, strict=False) for form in forms)):
        days = days.fill_null(found)
    return days


def _read_clock(text: pl.Series, _: Dialect) -> pl.Series:
    clock = text.str.to_time("%H:%M:%S", strict=False)
    for form in TIMES:
        clock = fill(clock, text, partial(_time, form=form))
    return clock.dt.to_string("%H:%M:%S")


def _time(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_time(form, strict=False)


def _read_json(text: pl.Series, _: Dialect) -> pl.Series:
    unique = text.drop_nulls().unique()
    bad = [value for value in unique if not _is_json(value)]
    return text.set(text.is_in(bad), None) if bad else text


def _is_json(value: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        json.loads(value, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


_READERS: dict[Type, Callable[[pl.Series, Dialect], pl.Series]] = {
    Type.TEXT: lambda text, _: text,
    Type.MONEY: _read_money,
    Type.AREA: _read_money,
    Type.PERCENT: _read_percent,
    Type.COORDINATE: _read_coordinate,
    Type.INTEGER: _read_integer,
    Type.BOOLEAN: _read_boolean,
    Type.DATE: read_day,
    Type.CLOCK: _read_clock,
    Type.TIMESTAMP: read_timestamps,
    Type.JSON: _read_json,
}
