"""Delimited text, in bounded pieces of whole records, all of it as text.

A file is read once, from front to back. Each piece ends at a record's end, found by the same
quoting rules by which the piece is then parsed, so pieces may be parsed in any order or at once.
What may not be trusted is refused here rather than left to a parser's leniency: another encoding,
a quote that is never closed, an end without a line break. Which columns there must be is the
contract's affair and checked by the caller.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as pa_csv

from pipeline.errors import MilepostError
from pipeline.tenants import FileSource

# 16 MiB are some 100,000 rows: large enough to vectorise, small enough to hold several at once.
PIECE = 16 << 20
LONGEST_RECORD = 64 << 20

_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (XLSX)",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed (its name should end in .gz)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (XLS)",
}


class Refused(MilepostError):
    """The file cannot be landed as it is; the message says what to change."""


class Waiting(MilepostError):
    """The file looks unfinished; it is tried again at the next refresh."""


@dataclass(frozen=True)
class Ragged:
    """A record with more or fewer fields than the header; `record` counts from 1 in its piece."""

    record: int
    fields: int
    text: str


@dataclass(frozen=True)
class Parsed:
    """One piece: `rows` as text, the record number of each from 1, and what is no row."""

    rows: pl.DataFrame
    numbers: np.ndarray
    records: int
    ragged: tuple[Ragged, ...]

    @property
    def ends_short(self) -> bool:
        """Whether the last record has too few fields, as when a file is cut off."""
        last = self.ragged[-1] if self.ragged else None
        return last is not None and last.record == self.records and last.fields < self.rows.width


class DelimitedFile:
    """One open file: its header at once, its records piece by piece. A context manager."""

    def __init__(self, path: Path, source: FileSource, *, finished: bool = False) -> None:
        self._source = source
        self._delimiter = source.delimiter.encode()
        self._finished = finished
        self._stream: BinaryIO = gzip.open(path) if _is_gzip(path) else path.open("rb")  # type: ignore[assignment]
        try:
            self._blocks = _utf8_blocks(self._stream, source.encoding)
            self.header, self._rest = self._read_header()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> DelimitedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def pieces(self) -> Iterator[bytes]:
        """Whole records after the header, in order; raises Refused or Waiting where it must stop."""
        data = self._rest
        for block in self._blocks:
            data += block
            end, _ = split_at(data, self._delimiter)
            if end:
                yield data[:end]
                data = data[end:]
            elif len(data) > LONGEST_RECORD:
                raise Refused(
                    f"has a record longer than {LONGEST_RECORD >> 20} MB: a quote that is opened"
                    " and never closed?"
                )
        end, is_open = split_at(data, self._delimiter)
        if end:
            yield data[:end]
        yield from self._last_record(data[end:], is_open=is_open)

    def parse(self, piece: bytes) -> Parsed:
        """The records of one piece. Safe to call from several threads."""
        return parse(piece, self.header, self._source)

    def _read_header(self) -> tuple[tuple[str, ...], bytes]:
        data = b""
        end = 0
        for block in self._blocks:
            data += block
            end = _first_record(data, self._delimiter)
            if end or len(data) > LONGEST_RECORD:
                break
        if not data.strip():
            raise Waiting("is empty")
        if not end:
            if b"\r" in data:
                raise Refused("ends its lines with CR alone: save it with LF or CR LF line ends")
            if not self._finished:
                raise Waiting("has no complete header line yet")
            end = len(data)
        return _header(data[:end], self._source), data[end:]

    def _last_record(self, data: bytes, *, is_open: bool) -> Iterator[bytes]:
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
        yield data + b"\n"


def parse(piece: bytes, header: tuple[str, ...], source: FileSource) -> Parsed:
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
        raise Refused(_why_invalid(piece, error)) from None
    records = table.num_rows + len(ragged)
    numbers = np.delete(np.arange(1, records + 1), [row.record - 1 for row in ragged])
    return _without_blanks(pl.DataFrame(pl.from_arrow(table)), numbers, records, tuple(ragged))


def _without_blanks(
    rows: pl.DataFrame, numbers: np.ndarray, records: int, ragged: tuple[Ragged, ...]
) -> Parsed:
    """Empty lines, and lines of nothing but delimiters, are no rows."""
    if rows.height and rows.to_series(0).null_count():
        filled = rows.select(~pl.all_horizontal(pl.all().is_null())).to_series()
        rows, numbers = rows.filter(filled), numbers[filled.to_numpy()]
    return Parsed(rows, numbers, records, ragged)


def split_at(data: bytes, delimiter: bytes) -> tuple[int, bool]:
    """Where the last complete record of `data` ends (0 if none does), and whether `data` ends

    inside a quoted value. `data` begins at a record's beginning.
    """
    quotes = _structural_quotes(data, delimiter)
    end = len(data)
    while True:
        newline = data.rfind(b"\n", 0, end)
        before = int(np.searchsorted(quotes, newline))
        if newline < 0 or before % 2 == 0:
            return newline + 1, len(quotes) % 2 == 1
        end = int(quotes[before - 1])


def _first_record(data: bytes, delimiter: bytes) -> int:
    """Where the first record of `data` ends; 0 if it does not."""
    quotes = _structural_quotes(data, delimiter)
    newline = data.find(b"\n")
    while newline >= 0 and np.searchsorted(quotes, newline) % 2:
        newline = data.find(b"\n", newline + 1)
    return newline + 1


def _structural_quotes(data: bytes, delimiter: bytes) -> np.ndarray:
    """Positions of the quotes that open and close values, in turn; escaped pairs may be among them.

    A quote opens only at a value's beginning: in 5" pipe it is a character like others. Files
    without such quotes, which is nearly all, are recognised at once; the others are walked through.
    """
    if _QUOTE not in data:
        return np.empty(0, dtype=np.int64)
    text = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    edges = (_NEWLINE, _RETURN, delimiter[0], _QUOTE)
    opening = quotes[::2]
    before = text[opening - 1]
    closing = quotes[1::2]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    # A quote beside a quote is an escaped pair only if it is the pair of this very value.
    pair_before = np.zeros(len(opening), dtype=bool)
    pair_before[1:] = quotes[1:-1:2] == opening[1:] - 1
    good = np.isin(before, edges[:3]) | pair_before | (opening == 0)
    pair_after = np.zeros(len(closing), dtype=bool)
    pair_after[: len(opening) - 1] = opening[1:] == closing[: len(opening) - 1] + 1
    well_closed = np.isin(after, edges[:3]) | pair_after | (closing == len(text) - 1)
    if good.all() and well_closed.all():
        return quotes
    return _walk(data, quotes.tolist(), bytes(edges[:3]))


def _walk(data: bytes, quotes: list[int], edges: bytes) -> np.ndarray:
    """The structural ones among `quotes`, where stray ones are among them."""
    found: list[int] = []
    inside = False
    skip = -1
    for here, following in zip(quotes, [*quotes[1:], -1], strict=True):
        if here == skip:
            continue
        if not inside:
            if here == 0 or data[here - 1] in edges:
                inside = True
                found.append(here)
        elif following == here + 1:
            skip = following
        else:
            inside = False
            found.append(here)
    return np.array(found, dtype=np.int64)


def _utf8_blocks(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The stream as UTF-8 without a byte order mark."""
    codec = codecs.lookup(encoding).name
    decode = None if codec in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(codec)()
    first = True
    while True:
        block = _read(stream)
        if first and decode is None:
            _check_beginning(block)
            block = block.removeprefix(codecs.BOM_UTF8)
        if decode is not None:
            block = _transcode(decode, block, codec)
        first = False
        if not block:
            return
        yield block


def _transcode(decode: codecs.IncrementalDecoder, block: bytes, codec: str) -> bytes:
    try:
        return decode.decode(block, final=not block).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise Refused(f"is not {codec}, which is its source's `encoding`: {error}") from None


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(PIECE)
    except EOFError:
        raise Waiting("ends in the middle of its gzip stream: it is cut off") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"is not readable as gzip ({error})") from None


def _check_beginning(block: bytes) -> None:
    for magic, what in _NOT_TEXT.items():
        if block.startswith(magic):
            raise Refused(f"is not text but {what}")
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(
            "is UTF-16, not UTF-8: save it as CSV UTF-8, or set `encoding: utf-16` for its source"
        )
    if block[:200].lstrip().lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise Refused("is a web page (HTML or XML), not CSV: an error page that was saved?")


def _why_invalid(piece: bytes, error: Exception) -> str:
    try:
        piece.decode()
    except UnicodeDecodeError as problem:
        near = piece[max(0, problem.start - 20) : problem.start].decode(errors="replace")
        return (
            f"is not UTF-8: byte 0x{piece[problem.start]:02x} after {near!r}. Save it as CSV UTF-8,"
            " or set `encoding` for its source (for example cp1252)"
        )
    return f"cannot be read as CSV: {error}"


def _header(line: bytes, source: FileSource) -> tuple[str, ...]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Refused(_why_invalid(line, error)) from None
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter), [])
    named = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise Refused(f"has the column {', '.join(twice)} more than once in its header")
    return tuple(named)


def _is_gzip(path: Path) -> bool:
    return path.suffix.lower() == ".gz"
