"""What becomes of each spooled row, one byte a row, and what that adds up to.

Only counts and sums: who decides is `land`, on what `compare` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

# Wide enough for any number of rows; the columns' own type would overflow.
WIDE = pl.Decimal(38, 2)


class RowOutcome(IntEnum):
    """LANDED until another is found; what is found first stands."""

    LANDED = 0
    REFUSED = 1
    DUPLICATE = 2
    CONFLICT = 3
    UNCHANGED = 4


@dataclass(frozen=True)
class Total:
    """A number of rows, and their money columns' sums in the contract's order."""

    rows: int
    sums: tuple[Decimal, ...]

    @classmethod
    def of(cls, rows: pl.DataFrame, money: Sequence[str]) -> Total:
        sums = rows.select(pl.col(money).cast(WIDE).sum()).row(0) if money else ()
        return cls(len(rows), tuple(sums))

    @classmethod
    def by(
        cls, columns: Sequence[str], rows: pl.DataFrame, money: Sequence[str]
    ) -> dict[tuple[Any, ...], Total]:
        """The totals of rows by the values of some columns."""
        sums = (pl.col(name).cast(WIDE).sum() for name in money)
        found = rows.group_by(columns).agg(pl.len().alias("\0rows"), *sums)
        width = len(columns)
        return {row[:width]: cls(row[width], row[width + 1 :]) for row in found.rows()}

    @classmethod
    def by_tenant(cls, rows: pl.DataFrame, money: Sequence[str]) -> dict[str, Total]:
        """The totals of rows that have a `tenant_id`."""
        return {tenant: total for (tenant,), total in cls.by(["tenant_id"], rows, money).items()}

    @classmethod
    def nothing(cls, money: Sequence[str]) -> Total:
        return cls(0, (Decimal(0),) * len(money))

    def __add__(self, other: Total) -> Total:
        sums = tuple(a + b for a, b in zip(self.sums, other.sums, strict=True))
        return Total(self.rows + other.rows, sums)

    def __sub__(self, other: Total) -> Total:
        sums = tuple(a - b for a, b in zip(self.sums, other.sums, strict=True))
        return Total(self.rows - other.rows, sums)


class RowOutcomes:
    """`rows[file]` is how many rows the spool holds of each file; they lie in the files' order."""

    def __init__(self, rows: Sequence[int]) -> None:
        self._bounds = np.cumsum([0, *rows])
        self._of = np.zeros(int(self._bounds[-1]), dtype=np.uint8)

    def refuse(self, file: int) -> None:
        """Nothing of this file is to land."""
        self._of[self._bounds[file] : self._bounds[file + 1]] = RowOutcome.REFUSED

    def mark(self, places: np.ndarray, row_outcome: RowOutcome) -> None:
        """Give rows an outcome, unless they have one."""
        self._of[places[self._of[places] == RowOutcome.LANDED]] = row_outcome

    def all_land(self) -> bool:
        return not self._of.any()

    def landing(self, first: int, rows: int) -> np.ndarray:
        """Which of some neighbouring rows are to land."""
        return np.equal(self._of[first : first + rows], RowOutcome.LANDED)

    def any_landing(self, first: int, rows: int) -> bool:
        return bool(self.landing(first, rows).any())

    def totals(
        self, spooled: Path, money: Sequence[str]
    ) -> dict[tuple[int, str, RowOutcome], Total]:
        """Rows and sums of what does not land, by file, tenant and outcome."""
        totals: dict[tuple[int, str, RowOutcome], Total] = {}
        with pq.ParquetFile(spooled) as parquet:
            first = 0
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                if not self.landing(first, rows).all():
                    amounts = pl.DataFrame(
                        pl.from_arrow(parquet.read_row_group(group, ["tenant_id", *money]))
                    )
                    for key, total in self._group_totals(amounts, first, rows, money):
                        totals[key] = totals.get(key, Total.nothing(money)) + total
                first += rows
        return totals

    def _group_totals(
        self, amounts: pl.DataFrame, first: int, rows: int, money: Sequence[str]
    ) -> list[tuple[tuple[int, str, RowOutcome], Total]]:
        places = np.arange(first, first + rows)
        marked = amounts.with_columns(
            pl.Series("file", np.searchsorted(self._bounds, places, "right") - 1),
            pl.Series("outcome", self._of[first : first + rows]),
        ).filter(pl.col("outcome") != RowOutcome.LANDED)
        return [
            ((file, tenant, RowOutcome(row_outcome)), Total.of(part, money))
            for (file, tenant, row_outcome), part in marked.group_by("file", "tenant_id", "outcome")
        ]
