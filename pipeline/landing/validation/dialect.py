"""How a source writes dates and numbers.

Dates and timestamps share a way of reading: the usual spelling for the whole column first, the
rarer ones for what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

ISO_DAY = "%Y-%m-%d"
TIMES = ("%H:%M:%S%.f", "%H:%M")
# Excel's day 1 is 1 January 1900 and it believes in 29 February 1900, hence 30 December 1899.
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- a wall clock's, in the tenant's zone

_DATE_FORMATS = {
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
}


@dataclass(frozen=True)
class Dialect:
    """How one source writes values; zone-less timestamps are local times of `zone`.

    `names` has the source's name of each column that it calls otherwise, `values` what it says for
    ours: column -> its value -> our value.
    """

    zone: ZoneInfo
    date_format: str = "ISO"
    decimal: str = "."
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def days(self) -> tuple[str, ...]:
        """How days are written: as ISO has it, and as the source's configuration says."""
        return (
            (ISO_DAY,) if self.date_format == "ISO" else (ISO_DAY, _DATE_FORMATS[self.date_format])
        )

    def translation(self, columns: Sequence[str]) -> dict[str, str]:
        """Our name of each of the source's columns that has another one.

        A column with the name of one that another stands in for is known by that name twice, so
        that nobody takes it for ours.
        """
        ours = {their: our for our, their in self.names.items() if their in columns}
        taken = set(ours.values())
        return ours | {
            name: f"{name} ({name})" for name in columns if name in taken and name not in ours
        }


def fill(values: pl.Series, text: pl.Series, reader: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`values` with `reader` tried on the texts that gave none yet."""
    where = (values.is_null() & text.is_not_null()).arg_true()
    if where.is_empty():
        return values
    return values.scatter(where, reader(text.gather(where)))


def only(text: pl.Series, pattern: str) -> pl.Series:
    """The texts that match `pattern`, null for the others."""
    return text.set(~text.str.contains(pattern).fill_null(False), None)


def nothing(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    """As many nulls as there are texts."""
    return pl.Series(text.name, [None], dtype=dtype).new_from_index(0, len(text))
