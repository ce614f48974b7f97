"""Delimited text, in bounded pieces of whole records, all of it as text.

A file is read once, from front to back. Each piece ends at a record's end, found by the same
quoting rules by which the piece is then parsed, so pieces may be parsed in any order or at once.
What may not be trusted is refused here rather than left to a parser's leniency: another encoding,
a quote that is never closed, an end without a line break. Which columns there must be is the
contract's affair and checked by the caller.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as pa_csv

from pipeline.config.source import FileSource
from pipeline.sources.files.records import first_record, split_at
from pipeline.sources.files.text import LONGEST, named, unpacked, utf8_blocks, why_invalid
from pipeline.sources.files.unpacking import MOST_COLUMNS
from pipeline.sources.parsed import Parsed, Ragged, may_need_trimming
from pipeline.sources.refusals import Refused, Waiting

# 24 MiB are some 150,000 rows: enough to vectorise. Measured: 8 cost a tenth more time.
PIECE = 24 << 20
# A piece with more lines is cut up: a row takes some 500 bytes once it is read, however short.
_MOST_LINES = 400_000


class DelimitedFile:
    """One open file: its header at once, its records piece by piece. A context manager."""

    def __init__(
        self,
        file: Path | BinaryIO,
        source: FileSource,
        *,
        name: str = "",
        finished: bool = False,
    ) -> None:
        self._source = source
        self._delimiter = source.delimiter.encode()
        self._finished = finished
        self._stream, name = named(file, name)
        try:
            self._blocks = utf8_blocks(unpacked(self._stream, name), source.encoding, PIECE)
            self.header, self._rest = self._read_header()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> DelimitedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def pieces(self) -> Iterator[memoryview]:
        """Whole records after the header, in order; Refused or Waiting where it must stop."""
        data = self._rest
        for block in self._blocks:
            data += block
            end, _ = split_at(data, self._delimiter)
            if end:
                yield from self._cut_up(memoryview(data)[:end])
                data = data[end:]
            elif len(data) > LONGEST:
                raise Refused(
                    f"has a record longer than {LONGEST >> 20} MB: a quote that is opened"
                    " and never closed?"
                )
        end, is_open = split_at(data, self._delimiter)
        if end:
            yield from self._cut_up(memoryview(data)[:end])
        yield from self._last_record(data[end:], is_open=is_open)

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        """The pieces, each to be parsed in any thread."""
        for piece in self.pieces():
            yield partial(self.parse, piece)

    def parse(self, piece: memoryview) -> Parsed:
        """The records of one piece. Safe to call from several threads."""
        return parse(piece, self.header, self._source)

    def _cut_up(self, data: memoryview) -> Iterator[memoryview]:
        """Whole records in pieces of not too many lines."""
        lines = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")))
        size = len(data) * _MOST_LINES // max(lines, _MOST_LINES)
        while len(data) > size:
            end, _ = split_at(bytes(data[:size]), self._delimiter)
            if not end:
                break
            yield data[:end]
            data = data[end:]
        yield data

    def _read_header(self) -> tuple[tuple[str, ...], bytes]:
        data = b""
        end = 0
        for block in self._blocks:
            data += block
            end = first_record(data, self._delimiter)
            if end or len(data) > LONGEST:
                break
        if not data.strip():
            raise Waiting("is empty")
        if not end and len(data) > LONGEST:
            raise Refused(f"has no line break in its first {LONGEST >> 20} MB: it is no table")
        if not end:
            if b"\r" in data:
                raise Refused("ends its lines with CR alone: save it with LF or CR LF line ends")
            if not self._finished:
                raise Waiting("has no complete header line yet")
            end = len(data)
        return _header(data[:end], self._source), data[end:]

    def _last_record(self, data: bytes, *, is_open: bool) -> Iterator[memoryview]:
        if not data:
            return
        if is_open:
            raise Waiting("ends inside a quoted value: it is cut off, or a quote is never closed")
        if not self._finished:
            raise Waiting(
                "does not end with a line break: it may be cut off or still being written"
                " (if it is complete, add one, or put an empty file of the same name with .done"
                " behind it beside it)"
            )
        yield memoryview(data + b"\n")


def parse(piece: memoryview, header: tuple[str, ...], source: FileSource) -> Parsed:
    """Parse whole records; raises Refused if they are not UTF-8."""
    ragged: list[Ragged] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        ragged.append(Ragged(row.number, row.actual_columns, row.text))
        return "skip"

    try:
        # One thread and one block: only then does the parser know a record's number.
        table = pa_csv.read_csv(
            pa.py_buffer(piece),
            read_options=pa_csv.ReadOptions(
                column_names=list(header), use_threads=False, block_size=len(piece) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=source.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise Refused(why_invalid(bytes(piece), error)) from None
    rows = pl.DataFrame(pl.from_arrow(table))
    records = len(rows) + len(ragged)
    numbers = np.delete(np.arange(1, records + 1), [row.record - 1 for row in ragged])
    # Empty lines, and lines of nothing but delimiters, are no rows.
    if rows.height and rows.to_series(0).null_count():
        filled = rows.select(~pl.all_horizontal(pl.all().is_null())).to_series()
        rows, numbers = rows.filter(filled), numbers[filled.to_numpy()]
    untidy = frozenset(name for name in header if may_need_trimming(table[name]))
    return Parsed(rows, numbers, records, tuple(ragged), untidy, _has_nul(piece))


def _has_nul(piece: memoryview) -> bool:
    return bool(np.frombuffer(piece, dtype=np.uint8).min() == 0)


def _header(line: bytes, source: FileSource) -> tuple[str, ...]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Refused(why_invalid(line, error)) from None
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter), [])
    except csv.Error as error:
        raise Refused(f"has a header line that cannot be read ({error})") from None
    named = tuple(name.strip() or f"column_{place}" for place, name in enumerate(names, 1))
    check_names(named)
    return named


def check_names(names: Sequence[str]) -> None:
    """Refused if there are too many columns, or two of one name."""
    if len(names) > MOST_COLUMNS:
        raise Refused(
            f"has {len(names):,} columns; at most {MOST_COLUMNS:,} are read: export only those that"
            " matter"
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise Refused(f"has the column {', '.join(twice)} more than once in its header")
