"""Values that come with a type, from databases, Parquet and spreadsheets.

What has the contract's type already is taken as it is; everything else becomes the text that a
person would write for it, and is read like any other text.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipeline.contracts import Type
from pipeline.contracts.model import INSTANT
from pipeline.landing.validation.dialect import Dialect, fill
from pipeline.landing.validation.timestamps import to_utc

# The years that can be written with four digits; a timestamp beyond is a database's "infinity".
_EARLIEST_US = -62_135_596_800_000_000
_LATEST_US = 253_402_300_799_999_999
_MOST = (1 << 63) - 1
_EARLIEST_DAY, _LATEST_DAY = -719_162, 2_932_896
# Beyond it a double leaves out whole numbers.
_EXACT = 2**53
_TEXT_OF_TYPE = {
    Type.BOOLEAN: pl.Boolean,
    Type.DATE: pl.Date,
    Type.INTEGER: pl.Int32,
}


def adopt(kind: Type, values: pl.Series, dialect: Dialect) -> pl.Series | None:
    """`values` as the contract's type if they come typed; None if their text has to be read."""
    if values.dtype == pl.String:
        return None
    if kind is Type.TIMESTAMP and isinstance(values.dtype, pl.Datetime):
        return _instants(values, dialect)
    if kind in _TEXT_OF_TYPE and values.dtype == _TEXT_OF_TYPE[kind]:
        return values
    return None


def adopt_moments(kind: Type, values: pl.Series, dialect: Dialect) -> pl.Series | None:
    """`values` as instants if they are, where the contract wants a day; else None.

    A clock without a zone that says midnight throughout has a date for its value: see `days`.
    """
    if kind is not Type.DATE or not isinstance(values.dtype, pl.Datetime):
        return None
    if values.dtype.time_zone is None:
        return None
    return _instants(values, dialect)


def as_text(values: pl.Series) -> pl.Series:
    """Values as a person would write them: ISO 8601 for times, plain digits for numbers."""
    dtype = values.dtype
    if dtype == pl.String:
        return values
    if isinstance(dtype, pl.Datetime):
        return _moments(values)
    if dtype.is_float():
        # 3.0 of a spreadsheet is 3, and no number is written as 1e16.
        whole = (values == values.round()) & (values.abs() < _EXACT)
        digits = values.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        return fill(digits, values, _decimal_text).alias(values.name)
    if dtype == pl.Date:
        return _dates(values)
    if dtype == pl.Binary:
        return values.cast(pl.String, strict=False)
    if dtype.is_nested():
        wrapped = values.alias("v").to_frame().select(pl.struct("v").struct.json_encode())
        text = wrapped.to_series().str.slice(5).str.head(-1)
        return text.set(values.is_null(), None).alias(values.name)
    return values.cast(pl.String)


def _decimal_text(values: pl.Series) -> pl.Series:
    """Floats to fifteen digits, which is what Excel shows and all that a double surely holds."""
    return values.map_elements(_shortest, return_dtype=pl.String, skip_nulls=True)


def _shortest(value: float) -> str:
    if abs(value) >= _EXACT and value == value // 1:
        # What the source has, to the last digit.
        return format(Decimal(value), "f")
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _dates(values: pl.Series) -> pl.Series:
    """ISO 8601. Years that polars cannot write are written by numpy, which can."""
    days = values.to_physical()
    outside = ((days < _EARLIEST_DAY) | (days > _LATEST_DAY)).fill_null(False)
    if not outside.any():
        return values.cast(pl.String)
    text = values.set(outside, None).cast(pl.String)
    where = outside.arg_true()
    written = days.gather(where).to_numpy().astype("datetime64[D]").astype(str)
    return text.scatter(where, pl.Series(written, dtype=pl.String))


def _instants(values: pl.Series, dialect: Dialect) -> pl.Series | None:
    zone = values.dtype.time_zone  # type: ignore[attr-defined]
    micros = _micros(values)
    if not _writable(micros):
        return None
    return to_utc(micros, dialect.zone) if zone is None else micros.cast(INSTANT)


def _micros(values: pl.Series) -> pl.Series:
    """Microseconds since 1970. What 64 bits cannot hold is as far as they go, which is too far."""
    number = values.to_physical()
    unit = values.dtype.time_unit  # type: ignore[attr-defined]
    if unit == "ms":
        return number.clip(-_MOST // 1000, _MOST // 1000) * 1000
    return number // 1000 if unit == "ns" else number


def _writable(micros: pl.Series) -> bool:
    low, high = micros.min(), micros.max()
    return low is None or (int(low) >= _EARLIEST_US and int(high) <= _LATEST_US)  # type: ignore[arg-type]


def _moments(values: pl.Series) -> pl.Series:
    """ISO 8601, with a zone if there is one; "infinity" for what no calendar has."""
    zone = values.dtype.time_zone  # type: ignore[attr-defined]
    number = _micros(values)
    outside = ((number < _EARLIEST_US) | (number > _LATEST_US)).fill_null(False)
    inside = number.set(outside, None) if outside.any() else number
    inside = inside.cast(pl.Datetime("us", zone))
    form = "%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if zone else "")
    text = inside.dt.to_string(form)
    return text.set(outside, "infinity") if outside.any() else text
