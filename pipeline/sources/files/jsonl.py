"""JSON Lines: one object a line, in bounded pieces, numbers kept to the last digit.

The columns are those of all lines; a line that is no JSON object is no row. What may be a cut end
is not trusted, as with delimited text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.config.source import FileSource
from pipeline.sources.files.text import LONGEST, open_bytes, utf8_blocks, why_invalid
from pipeline.sources.parsed import Parsed, Ragged
from pipeline.sources.refusals import Refused, Waiting

_PIECE = 4 << 20


class JsonLines:
    """One open file. A context manager."""

    def __init__(self, path: Path, source: FileSource, *, finished: bool = False) -> None:
        self._path, self._source, self._finished = path, source, finished
        names: dict[str, None] = {}
        # Lines may have different members, and the header comes before the rows: two readings.
        for piece in self._pieces():
            for line in piece.splitlines():
                record = _record(line)
                if isinstance(record, dict):
                    names.update(dict.fromkeys(record))
        if not names:
            raise Refused("has no line with a JSON object")
        self.header = tuple(names)

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        for piece in self._pieces():
            yield partial(_parse, piece, self.header)

    def _pieces(self) -> Iterator[bytes]:
        """Whole lines."""
        rest = b""
        empty = True
        with open_bytes(self._path) as stream:
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
        if isinstance(record, dict):
            rows.append(_texts(record, line))
            numbers.append(number)
        elif line.strip():
            text = line.decode()
            ragged.append(Ragged(number, 0, text, "the line is not one JSON object"))
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
    nested = [name for name, value in record.items() if isinstance(value, list | dict)]
    # Within JSON, numbers are numbers.
    plain = json.loads(line) if nested else {}
    return {
        name: json.dumps(plain[name], ensure_ascii=False) if name in nested else _text(value)
        for name, value in record.items()
    }


def _text(value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
