"""What every reader hands on: a piece of rows, and what of it is no row.

A reader has its header at once and its rows piece by piece, each as a task that may run in any
thread: `delimited`, `workbook`, `columnar` and `extract` make them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Ragged:
    """A record with more or fewer fields than the header, or none that can be read.

    `record` counts from 1 in its piece; `problem` says what is wrong where the number of `fields`
    does not.
    """

    record: int
    fields: int
    text: str
    problem: str = ""


@dataclass(frozen=True)
class Parsed:
    """One piece: its `rows`, the record number of each from 1, and what is no row.

    Columns are text, or typed where the source has types. Only columns in `untidy` (None: any) can
    have white space around a value, and none has a NUL unless `has_nul`: both are cheap to see in
    a file's bytes and dear to look for in every value.
    """

    rows: pl.DataFrame
    numbers: np.ndarray
    records: int
    ragged: tuple[Ragged, ...] = ()
    untidy: frozenset[str] | None = None
    has_nul: bool = True

    @property
    def ends_short(self) -> bool:
        """Whether the last record has too few fields, as when a file is cut off."""
        last = self.ragged[-1] if self.ragged else None
        return last is not None and last.record == self.records and last.fields < self.rows.width


def whole(rows: pl.DataFrame) -> Parsed:
    """A piece in which every record is a row."""
    return Parsed(rows, np.arange(1, len(rows) + 1), len(rows))


class Reader(Protocol):
    """One open delivery. A context manager."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns as the source has them."""

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        """The pieces in order; Refused or Waiting where it must stop."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
