"""JSON Lines: one object a line, in bounded pieces, numbers kept to the last digit.

The columns are those of all lines; a line that is no JSON object is no row. What may be a cut end
is not trusted, as with delimited text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import polars as pl

from pipeline.config.source import FileSource
from pipeline.sources.files.delimited import check_names
from pipeline.sources.files.text import LONGEST, named, unpacked, utf8_blocks, why_invalid
from pipeline.sources.files.unpacking import MOST_COLUMNS
from pipeline.sources.parsed import Parsed, Ragged
from pipeline.sources.refusals import Refused, Waiting

_PIECE = 4 << 20


class JsonLines:
    """One open file. A context manager."""

    def __init__(
        self,
        file: Path | BinaryIO,
        source: FileSource,
        *,
        name: str = "",
        finished: bool = False,
    ) -> None:
        self._source, self._finished = source, finished
        self._stream, self._name = named(file, name)
        names: dict[str, None] = {}
        try:
            # Lines may have different members, and the header comes before the rows: two readings.
            for piece in self._pieces():
                for line in piece.splitlines():
                    record = _record(line)
                    if isinstance(record, dict):
                        names.update(dict.fromkeys(map(str.strip, record)))
                if len(names) > MOST_COLUMNS:
                    check_names(tuple(names))
            if not names:
                raise Refused("has no line with a JSON object")
        except BaseException:
            self._stream.close()
            raise
        self.header = tuple(names)

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        for piece in self._pieces():
            yield partial(_parse, piece, self.header)

    def _pieces(self) -> Iterator[bytes]:
        """Whole lines."""
        rest = b""
        empty = True
        stream = unpacked(self._stream, self._name)
        for block in utf8_blocks(stream, self._source.encoding, _PIECE):
            empty = False
            rest += block
            end = rest.rfind(b"\n") + 1
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > LONGEST:
                raise Refused(f"has a line longer than {LONGEST >> 20} MB")
        if empty:
            raise Waiting("is empty")
        if rest and not self._finished:
            raise Waiting(
                "does not end with a line break: it may be cut off or still being written (if it is"
                " complete, add one, or put an empty file of the same name with .done beside it)"
            )
        if rest:
            yield rest


def _parse(piece: bytes, header: tuple[str, ...]) -> Parsed:
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        raise Refused(why_invalid(piece, error)) from None
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    ragged: list[Ragged] = []
    number = 0
    for number, line in enumerate(piece.splitlines(), 1):
        record = _record(line)
        problem = "the line is not one JSON object"
        if isinstance(record, dict):
            try:
                rows.append(_texts(record, line))
                numbers.append(number)
                continue
            except ValueError as error:
                problem = str(error)
        if line.strip():
            ragged.append(Ragged(number, 0, line.decode(), problem))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String))
    has_nul = b"\\u0000" in piece or b"\0" in piece
    return Parsed(frame, np.array(numbers, dtype=np.int64), number, tuple(ragged), None, has_nul)


def _record(line: bytes) -> Any:
    """The line's value; None if it is none. Numbers stay the text that they are."""
    try:
        return json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _texts(record: dict[str, Any], line: bytes) -> dict[str, str | None]:
    """By column; ValueError says what is wrong with the object."""
    nested = [name for name, value in record.items() if isinstance(value, list | dict)]
    try:
        # Within JSON, numbers are numbers.
        plain = json.loads(line) if nested else {}
    except ValueError:
        raise ValueError("a nested number has more digits than any library reads") from None
    texts = {
        name.strip(): json.dumps(plain[name], ensure_ascii=False)
        if name in nested
        else _text(value)
        for name, value in record.items()
    }
    if len(texts) < len(record):
        raise ValueError("two members have one name, blanks aside")
    return texts


def _text(value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
