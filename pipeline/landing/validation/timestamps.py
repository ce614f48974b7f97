"""Text to instants: ISO 8601 with or without a zone, the source's own format, Excel's numbers.

Without a zone a time is the tenant's local one: of an hour that the clock has twice the first, and
of one that it skips the same time after the gap, as PostgreSQL and Java do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.contracts.model import INSTANT
from pipeline.core import zones
from pipeline.landing.validation.dialect import EXCEL_EPOCH, TIMES, Dialect, fill, nothing, only

_EXCEL_TIMESTAMP = r"^\d{5}(?:\.\d+)?$"
_ZONE = re.compile(r"Z|z|([+-])(\d\d)(?::?(\d\d))?")
# More distinct endings than this after the seconds means fractions, not zones.
_FEW = 64
# "2026-01-05T10:00", the shortest that Arrow reads as we do.
_MINUTES = 16


def read_timestamps(text: pl.Series, dialect: Dialect) -> pl.Series:
    """Instants; a day alone is its first moment."""
    at_once = _iso(text, dialect.zone)
    if at_once is not None:
        return at_once
    forms = [f"{day} {time}" for day in dialect.days for time in TIMES] + list(dialect.days)
    instants = _iso_seconds(text, dialect.zone)
    instants = fill(instants, text, _iso_with_zone)
    for form in forms:
        instants = fill(instants, text, partial(_local, form=form, zone=dialect.zone))
    return fill(instants, text, partial(_excel_timestamp, zone=dialect.zone))


def _iso(text: pl.Series, zone: ZoneInfo) -> pl.Series | None:
    """A column all of ISO 8601, with zones or without: the quick way. None if a text is not."""
    if int(text.str.len_bytes().min() or 0) < _MINUTES:  # type: ignore[arg-type]
        return None
    texts = text.to_arrow(compat_level=pl.CompatLevel.oldest())
    try:
        return to_utc(_series(text.name, texts.cast(pa.timestamp("us"))), zone)
    except pa.ArrowInvalid:
        pass
    # Arrow takes an hour without minutes for a time.
    if not (text.str.slice(13, 1) == ":").all():
        return None
    try:
        return _series(text.name, texts.cast(pa.timestamp("us", "UTC")))
    except pa.ArrowInvalid:
        return None


def _series(name: str, values: pa.Array) -> pl.Series:
    return pl.Series(name, pl.from_arrow(values))


def _iso_seconds(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    """YYYY-MM-DDTHH:MM:SS with one of a few zones behind it: most files, and the quick way."""
    ending = text.str.slice(19)
    endings = ending.unique().drop_nulls().to_list()
    if len(endings) > _FEW:
        return nothing(text, INSTANT)
    naive = _seconds(text.str.head(19))
    if len(endings) == 1:
        return _shifted(naive, endings[0], zone)
    instants = nothing(text, INSTANT)
    for each in endings:
        instants = instants.zip_with(ending != each, _shifted(naive, each, zone))
    return instants


def _seconds(text: pl.Series) -> pl.Series:
    naive = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    if naive.null_count() > text.null_count():
        spaced = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        naive = naive.fill_null(spaced)
    return naive


def _shifted(naive: pl.Series, ending: str, zone: ZoneInfo) -> pl.Series:
    """Local times with the zone that stands behind them, or the tenant's if none does."""
    if not ending:
        return to_utc(naive, zone)
    offset = _offset(ending)
    if offset is None:
        return nothing(naive, INSTANT)
    return (naive - offset).dt.replace_time_zone("UTC")


def _offset(text: str) -> timedelta | None:
    match = _ZONE.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= timedelta(days=1):
        return None
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
    return to_utc(spaced.str.to_datetime(form, strict=False, time_unit="us"), zone)


def to_utc(naive: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Local times as instants, as `zones.to_utc` has them."""
    return _converted(naive, zone, zones.to_utc).cast(INSTANT)


def local_days(instants: pl.Series, zone: ZoneInfo) -> pl.Series:
    """The days on which a zone's clocks have these instants."""
    return _converted(instants, zone, zones.to_local).cast(pl.Datetime("us")).dt.date()


def _converted(
    times: pl.Series, zone: ZoneInfo, convert: Callable[[np.ndarray, ZoneInfo], np.ndarray]
) -> pl.Series:
    micros = times.to_physical()
    absent = micros.is_null() if micros.null_count() else None
    filled = micros if absent is None else micros.fill_null(micros.min() or 0)
    values = pl.Series(times.name, convert(filled.to_numpy(), zone), dtype=pl.Int64)
    return values if absent is None else values.set(absent, None)


def _excel_timestamp(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Days since Excel's epoch with a fraction, which is good to the millisecond."""
    days = only(text, _EXCEL_TIMESTAMP).cast(pl.Float64)
    milliseconds = (days * 86_400_000).round().cast(pl.Int64)
    return to_utc(milliseconds.cast(pl.Duration("ms")).cast(pl.Duration("us")) + EXCEL_EPOCH, zone)
