"""What every reader hands on: a piece of rows, and what of it is no row.

A reader has its header at once and its rows piece by piece, each as a task that may run in any
thread: `delimited`, `workbook`, `columnar` and `extract` make them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

# The visible characters of ASCII.
_VISIBLE, _DELETE = 0x21, 0x7F


@dataclass(frozen=True)
class Ragged:
    """A record with more or fewer fields than the header, or none that can be read.

    `record` counts from 1 in its piece; `problem` says what is wrong where the number of `fields`
    does not. Of one that has its fields, `row` holds them, and `wrong` what is wrong with some:
    the column and why.
    """

    record: int
    fields: int
    text: str
    problem: str = ""
    row: Mapping[str, str | None] | None = None
    wrong: tuple[tuple[str, str], ...] = ()


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


def of_batch(batch: pa.RecordBatch) -> Parsed:
    """A piece in which every record is a row, from a database or a file with types."""
    texts = {
        name: pa.chunked_array([batch.column(name)])
        for name, kind in zip(batch.schema.names, batch.schema.types, strict=True)
        if pa.types.is_string(kind)
    }
    others = {name for name in batch.schema.names if name not in texts}
    untidy = others | {
        name for name, column in texts.items() if _has_empty(column) or may_need_trimming(column)
    }
    has_nul = bool(others - _typed(batch)) or any(map(_has_nul, texts.values()))
    rows = pl.DataFrame(pl.from_arrow(batch))
    numbers = np.arange(1, len(rows) + 1)
    return Parsed(rows, numbers, len(rows), (), frozenset(untidy), has_nul)


def _has_empty(column: pa.ChunkedArray) -> bool:
    """Whether there is a value of no characters, which is no value."""
    return bool(pc.any(pc.equal(pc.binary_length(column), 0)).as_py())


def _typed(batch: pa.RecordBatch) -> set[str]:
    """Columns that cannot hold a NUL."""
    return {
        name
        for name, kind in zip(batch.schema.names, batch.schema.types, strict=True)
        if pa.types.is_primitive(kind) or pa.types.is_null(kind)
    }


def _has_nul(column: pa.ChunkedArray) -> bool:
    for chunk in column.chunks:
        _, offsets_buffer, text_buffer = chunk.buffers()
        if text_buffer is not None:
            offsets = np.frombuffer(offsets_buffer, dtype=np.int32)
            first, last = offsets[chunk.offset], offsets[chunk.offset + len(chunk)]
            if not np.frombuffer(text_buffer, dtype=np.uint8)[first:last].all():
                return True
    return False


def may_need_trimming(column: pa.ChunkedArray) -> bool:
    """Whether a value begins or ends with anything but a visible ASCII character."""
    for chunk in column.chunks:
        _, offsets_buffer, text_buffer = chunk.buffers()
        if text_buffer is None:
            continue
        offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[chunk.offset :][: len(chunk) + 1]
        text = np.frombuffer(text_buffer, dtype=np.uint8)
        first, end = offsets[:-1], offsets[1:]
        filled = end > first
        if not filled.all():
            first, end = first[filled], end[filled]
        for places in (first, end - 1):
            # Below the visible ones the difference wraps around to large numbers.
            if (text.take(places) - np.uint8(_VISIBLE) >= _DELETE - _VISIBLE).any():
                return True
    return False


class Reader(Protocol):
    """One open delivery. A context manager."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns as the source has them."""

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        """The pieces in order; Refused or Waiting where it must stop."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
