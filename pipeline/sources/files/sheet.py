"""One sheet of an XLSX workbook, row by row, as its XML has it: values, errors, formulas, formats.

Read with expat, which takes each cell once and keeps nothing: what a cell shows depends on its type
and number format, and whether a formula has a result stands in the sheet's own part alone, the one
that the workbook's relationships name. What a row of cells means is `unpack`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO

from pipeline.sources.files.book import Broken, feed, new_parser, whole_number

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})$")


@dataclass
class Cell:
    """A cell: its type, style, text and whether it is a formula, and has a result."""

    type: str
    style: int
    text: str = ""
    has_formula: bool = False
    has_value: bool = False


@dataclass
class Rows:
    """The rows of a sheet in their order, handed to `take` one by one; then what is merged."""

    take: Callable[[int, dict[int, Cell]], None]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    _prefix: str | None = None
    _row: int = 0
    _column: int = -1
    _cells: dict[int, Cell] = field(default_factory=dict)
    _cell: Cell | None = None
    _text: list[str] | None = None
    _inside: list[str] = field(default_factory=list)

    def read(self, stream: IO[bytes]) -> None:
        parser = new_parser()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        feed(parser, stream)
        self._finish_row()

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._prefix is None:
            self._prefix = name[: name.rfind(":") + 1]
        name = name.removeprefix(self._prefix) if self._prefix else name
        if name == "c":
            self._begin_cell(attributes)
        elif self._cell is not None:
            if name == "v" or (name == "t" and "rPh" not in self._inside):
                self._cell.has_value = True
                self._text = []
            elif name == "f":
                self._cell.has_formula = True
            elif name == "rPh":
                self._inside.append(name)
        elif name == "row":
            self._begin_row(attributes)
        elif name == "mergeCell":
            self._note_merged(attributes)

    def _end(self, name: str) -> None:
        name = name.removeprefix(self._prefix) if self._prefix else name
        if self._cell is None:
            return
        if name in ("v", "t") and self._text is not None:
            self._cell.text += "".join(self._text)
            self._text = None
        elif name == "c":
            self._cells[self._column] = self._cell
            self._cell = None
        elif name == "rPh" and self._inside:
            self._inside.pop()

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _begin_row(self, attributes: list[str]) -> None:
        self._finish_row()
        number = self._row + 1
        for at in range(0, len(attributes), 2):
            if attributes[at] == "r":
                number = whole_number(attributes[at + 1])
        if not self._row < number <= MOST_ROWS:
            raise Broken("its rows are not in order")
        self._row, self._column = number, -1

    def _begin_cell(self, attributes: list[str]) -> None:
        kind, style, column = "n", 0, self._column + 1
        for at in range(0, len(attributes), 2):
            name, value = attributes[at], attributes[at + 1]
            if name == "r":
                column = _column(value)
            elif name == "t":
                kind = value
            elif name == "s":
                style = whole_number(value)
        if not self._column < column < MOST_COLUMNS or not self._row:
            raise Broken("its cells are not in order")
        self._column = column
        self._cell = Cell(kind, style)

    def _finish_row(self) -> None:
        if self._row and self._cells:
            self.take(self._row, self._cells)
            self._cells = {}

    def _note_merged(self, attributes: list[str]) -> None:
        for at in range(0, len(attributes), 2):
            if attributes[at] == "ref":
                first, _, last = attributes[at + 1].partition(":")
                (top, left), (bottom, right) = _place(first), _place(last or first)
                self.merged.append((top, left, bottom, right))


def unescaped(text: str) -> str:
    """Characters that XML cannot hold are written _x000D_; a CR would end a record."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def letters(column: int) -> str:
    """The name of a column, from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _place(text: str) -> tuple[int, int]:
    match = _PLACE.match(text.replace("$", ""))
    if match is None:
        raise Broken(f"{text[:20]!r} is no cell")
    return int(match[2]), _number_of(match[1])


def _column(text: str) -> int:
    return _number_of(text.rstrip("0123456789"))


@lru_cache(maxsize=MOST_COLUMNS)
def _number_of(name: str) -> int:
    if not (name.isascii() and name.isalpha() and name.isupper() and len(name) < 4):
        raise Broken(f"{name[:20]!r} is no column")
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1
