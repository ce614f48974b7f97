"""Text to values: how each type of the contract is written, and nothing guessed.

A reader takes a column of trimmed text without empty strings and gives the typed column, null where
the text does not parse; `validate` turns those nulls into reasons. The usual spelling is tried on
the whole column at once, the rarer ones on what is left, so a clean column costs one pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.contracts.model import COORDINATE, MONEY, PERCENT, Type
from pipeline.contracts.model import UTC as UTC_TIMESTAMP

# 0001-02-03 reads as a date here and is then out of range: better said than "not a date".
_DATE_FORMATS = {
    "ISO": (),
    "DD/MM/YYYY": ("%d/%m/%Y",),
    "MM/DD/YYYY": ("%m/%d/%Y",),
    "DD-MM-YYYY": ("%d-%m-%Y",),
    "DD.MM.YYYY": ("%d.%m.%Y",),
}
_TIMES = ("%H:%M:%S%.f", "%H:%M")
_MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?$"
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
# Excel's day 1 is 1 January 1900 and it believes in 29 February 1900, hence 30 December 1899.
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAY = r"^\d{5}(?:\.0+)?$"
_EXCEL_TIMESTAMP = r"^\d{5}(?:\.\d+)?$"
_ZONE = re.compile(r"Z|z|([+-])(\d\d)(?::?(\d\d))?")
# More distinct endings than this after the seconds means fractions, not zones.
_FEW = 64


@dataclass(frozen=True)
class Dialect:
    """How one source writes values; zone-less timestamps are local times of `zone`."""

    zone: ZoneInfo
    date_format: str = "ISO"
    decimal: str = "."


def read_values(kind: Type, text: pl.Series, dialect: Dialect) -> pl.Series:
    """`text` as the polars type of `kind`; null where it is null or does not parse."""
    if text.null_count() == len(text):
        return pl.Series(text.name, [], dtype=kind.dtype).extend_constant(None, len(text))
    return _READERS[kind](text, dialect)


def number_pattern(decimal: str, digits: int = 400, places: int = 400) -> str:
    """A regular expression for a number with at most so many digits, and so many places that are

    not zeros at the end, before and after the decimal mark.
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


def _read_integer(text: pl.Series, _: Dialect) -> pl.Series:
    whole = text.cast(pl.Int32, strict=False)
    return _fill(
        whole, text, lambda rest: rest.str.replace(r"[.,]0*$", "").cast(pl.Int32, strict=False)
    )


def _read_boolean(text: pl.Series, _: Dialect) -> pl.Series:
    return text.str.to_lowercase().replace_strict(
        list(_BOOLEANS), list(_BOOLEANS.values()), default=None, return_dtype=pl.Boolean
    )


def _read_date(text: pl.Series, dialect: Dialect) -> pl.Series:
    days = text.str.to_date("%Y-%m-%d", strict=False)
    for form in ("%Y%m%d", *_DATE_FORMATS[dialect.date_format]):
        days = _fill(days, text, lambda rest, f=form: _day(rest, f))
    return _fill(days, text, _excel_day)


def _day(text: pl.Series, form: str) -> pl.Series:
    """Dates that may carry a midnight, as database tools and spreadsheets export them."""
    bare = text.str.replace(_MIDNIGHT, "")
    if form == "%Y%m%d":
        iso = bare.str.to_date("%Y-%m-%d", strict=False)
        bare = bare.set(~bare.str.contains(r"^\d{8}$").fill_null(False), None)
        return iso.zip_with(iso.is_not_null(), bare.str.to_date(form, strict=False))
    return bare.str.to_date(form, strict=False)


def _excel_day(text: pl.Series) -> pl.Series:
    serial = text.set(~text.str.contains(_EXCEL_DAY).fill_null(False), None)
    days = serial.str.slice(0, 5).cast(pl.Int32)
    return (days + (_EXCEL_EPOCH - date(1970, 1, 1)).days).cast(pl.Date)


def _read_clock(text: pl.Series, _: Dialect) -> pl.Series:
    clock = text.str.to_time("%H:%M:%S", strict=False)
    for form in _TIMES:
        clock = _fill(clock, text, lambda rest, f=form: rest.str.to_time(f, strict=False))
    return clock.dt.to_string("%H:%M:%S")


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


def _read_timestamp(text: pl.Series, dialect: Dialect) -> pl.Series:
    instants = _iso_seconds(text, dialect.zone)
    readers: list[Callable[[pl.Series], pl.Series]] = [_iso_with_zone]
    days = ("%Y-%m-%d", *_DATE_FORMATS[dialect.date_format])
    forms = [f"{day} {time}" for day in days for time in _TIMES] + list(days)
    readers += [lambda rest, f=form: _local(rest, f, dialect.zone) for form in forms]
    readers.append(lambda rest: _excel_timestamp(rest, dialect.zone))
    for reader in readers:
        instants = _fill(instants, text, reader)
    return instants


def _iso_seconds(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    """YYYY-MM-DDTHH:MM:SS with one of a few zones behind it: nearly every file, and the quick way."""
    ending = text.str.slice(19)
    endings = ending.unique().drop_nulls()
    if len(endings) > _FEW:
        return _nothing(text, UTC_TIMESTAMP)
    local = text.str.slice(0, 19).str.replace(" ", "T", literal=True)
    naive = local.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    offsets = {value: _offset(value) for value in endings if value}
    known = {value: offset for value, offset in offsets.items() if offset is not None}
    shift = ending.replace_strict(
        list(known), list(known.values()), default=None, return_dtype=pl.Duration("us")
    )
    instants = (naive - shift).dt.replace_time_zone("UTC")
    if "" in endings:
        instants = instants.zip_with(ending != "", _to_utc(naive.set(ending != "", None), zone))
    return instants


def _offset(text: str) -> timedelta | None:
    match = _ZONE.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -offset if sign == "-" else offset


def _iso_with_zone(text: pl.Series) -> pl.Series:
    joined = text.str.replace(r" ([Zz]|[+-]\d\d:?\d{0,2})$", "${1}").str.replace(
        " ", "T", literal=True
    )
    form = "%Y-%m-%dT%H:%M:%S%.f%#z"
    instants = joined.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    minutes = joined.str.replace(r"(T\d\d:\d\d)([Zz]|[+-]\d\d:?\d{0,2})$", "${1}:00${2}")
    return instants.fill_null(
        minutes.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    )


def _local(text: pl.Series, form: str, zone: ZoneInfo) -> pl.Series:
    spaced = text.str.replace("T", " ", literal=True)
    if "%H" not in form:
        spaced, form = spaced + " 00:00", f"{form} %H:%M"
    return _to_utc(spaced.str.to_datetime(form, strict=False, time_unit="us"), zone)


def _to_utc(naive: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Local times as instants: the earlier one where a clock hour came twice, and shifted forward

    by the gap where the clock skipped it (02:30 becomes 03:30), as PostgreSQL and Java do.
    """
    instants = naive.dt.replace_time_zone(
        zone.key, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")
    skipped = naive.filter(instants.is_null() & naive.is_not_null()).unique()
    if skipped.is_empty():
        return instants
    moved = [at.replace(tzinfo=zone).astimezone(UTC) for at in skipped]
    return instants.fill_null(
        naive.replace_strict(skipped, moved, default=None, return_dtype=UTC_TIMESTAMP)
    )


def _excel_timestamp(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    serial = text.set(~text.str.contains(_EXCEL_TIMESTAMP).fill_null(False), None)
    milliseconds = (serial.cast(pl.Float64) * 86_400_000).round().cast(pl.Int64)
    epoch = datetime(_EXCEL_EPOCH.year, _EXCEL_EPOCH.month, _EXCEL_EPOCH.day)
    return _to_utc(milliseconds.cast(pl.Duration("ms")).cast(pl.Duration("us")) + epoch, zone)


def _fill(
    values: pl.Series, text: pl.Series, reader: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """`values` with `reader` tried on the texts that gave none yet."""
    missing = values.is_null() & text.is_not_null()
    where = missing.arg_true()
    if where.is_empty():
        return values
    return values.scatter(where, reader(text.gather(where)))


def _nothing(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.Series(text.name, [], dtype=dtype).extend_constant(None, len(text))


_READERS: dict[Type, Callable[[pl.Series, Dialect], pl.Series]] = {
    Type.TEXT: lambda text, _: text,
    Type.MONEY: _read_money,
    Type.PERCENT: _read_percent,
    Type.COORDINATE: _read_coordinate,
    Type.INTEGER: _read_integer,
    Type.BOOLEAN: _read_boolean,
    Type.DATE: _read_date,
    Type.CLOCK: _read_clock,
    Type.TIMESTAMP: _read_timestamp,
    Type.JSON: _read_json,
}
