"""From the simulation's arrays to the columns of a file: text, days, timestamps, exact money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Ints


def column(values: Sequence[Any]) -> pl.Series:
    """Texts, some of which may be None."""
    return pl.Series(list(values), dtype=pl.String)


def days(day: Ints) -> pl.Series:
    """Days since 1970; a negative one is null."""
    series = pl.Series(day, dtype=pl.Int32)
    return series.set(series < 0, None).cast(pl.Date)


def times(second: Ints) -> pl.Series:
    """Local seconds since 1970; a negative one is null."""
    series = pl.Series(second, dtype=pl.Int64)
    return pl.from_epoch(series.set(series < 0, None), "s")


def clock(second: Ints) -> pl.Series:
    """The time of day of local seconds, as HH:MM:SS; a negative one is null."""
    return times(second).dt.to_string("%H:%M:%S")


def money(paise: Ints) -> pl.Series:
    """Exact decimals of two places."""
    series = pl.Series(paise, dtype=pl.Int64).cast(pl.Decimal(20, 2))
    return series * pl.Series(["0.01"]).cast(pl.Decimal(3, 2))


def integers(values: Ints) -> pl.Series:
    """Whole numbers; a negative one is null."""
    series = pl.Series(values, dtype=pl.Int64)
    return series.set(series < 0, None)


def blank(series: pl.Series, where: Bools) -> pl.Series:
    """The series with nulls where the mask says so."""
    return series.set(pl.Series(where), None)


def codes(prefix: str, n: int, width: int = 6) -> pl.Series:
    """`prefix`000001 … in order."""
    numbers = pl.Series(np.arange(1, n + 1)).cast(pl.String).str.zfill(width)
    return prefix + numbers
