"""How a source writes dates and numbers.

Dates and timestamps share a way of reading: the usual spelling for the whole column first, the
rarer ones for what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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

    `names` has the source's name of each column that it calls otherwise, or the names of those that
    make it together; `values` what it says for ours: column -> its value -> our value. `local` is
    the tenant's own zone, or that of each tenant, where an instant stands for a day.
    """

    zone: ZoneInfo
    date_format: str = "ISO"
    decimal: str = "."
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    local: ZoneInfo | Mapping[str, ZoneInfo] | None = None
    ids: str = "as written"

    @property
    def days(self) -> tuple[str, ...]:
        """How days are written: as ISO has it, and as the source's configuration says."""
        return (
            (ISO_DAY,) if self.date_format == "ISO" else (ISO_DAY, _DATE_FORMATS[self.date_format])
        )

    def translation(
        self, columns: Sequence[str], known: Collection[str]
    ) -> dict[str, tuple[str, ...]]:
        """Which of the source's columns each of ours is made of, and every other one by its name.

        A source's column may stand for several of ours. One that bears the name of one of ours
        which another column stands for is known by that name twice, so that nobody takes it for
        ours; `known` are the contract's names.
        """
        found = {
            our: there
            for our, theirs in self.names.items()
            if (there := tuple(name for name in theirs if name in columns))
        }
        used = {name for theirs in found.values() for name in theirs}
        rest = {
            f"{name} ({name})" if name in found else name: (name,)
            for name in columns
            if name not in used or (name in known and name not in found)
        }
        return found | rest


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
