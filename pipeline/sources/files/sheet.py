"""One sheet of an XLSX workbook, row by row, as its XML has it: values, errors, formulas, formats.

Read with expat, which takes each cell once and keeps nothing: what a cell shows depends on its type
and number format, and whether a formula has a result stands in the sheet's own part alone, the one
that the workbook's relationships name. What a row of cells means is `unpack`'s.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from pipeline.sources.files.number_formats import BUILT_IN, GENERAL

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_MOST_ELEMENTS = 500_000
_BLOCK = 1 << 18
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})$")


class Broken(Exception):
    """The workbook is not what its format says."""


@dataclass
class Cell:
    """A cell: its type, style, text and whether it is a formula, and has a result."""

    type: str
    style: int
    text: str = ""
    has_formula: bool = False
    has_value: bool = False


@dataclass(frozen=True)
class Sheets:
    """The worksheets of a workbook: name -> the part that holds it."""

    parts: dict[str, str]
    is_1904: bool
    styles: str | None
    strings: str | None


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
        parser = _parser()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        _feed(parser, stream)
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
                number = _whole(attributes[at + 1])
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
                style = _whole(value)
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


def sheets_of(archive: zipfile.ZipFile) -> Sheets:
    """The worksheets in the order of their tabs; charts and macros are none."""
    main = next(
        (target for _, kind, target in _relations(archive, "") if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    related = list(_relations(archive, main))
    targets = {key: target for key, kind, target in related if kind == "worksheet"}
    others = {kind: target for _, kind, target in related}
    parts: dict[str, str] = {}
    is_1904 = False
    for _, name, attributes in _elements(archive, main):
        if name == "sheet":
            key = next((value for at, value in attributes.items() if at.endswith(":id")), "")
            if key in targets:
                parts[attributes.get("name", "")] = targets[key]
        elif name == "workbookPr":
            is_1904 = attributes.get("date1904", "0") in ("1", "true")
    return Sheets(parts, is_1904, others.get("styles"), others.get("sharedStrings"))


def formats_of(archive: zipfile.ZipFile, part: str | None) -> list[str]:
    """The number format of each style."""
    if part is None:
        return [GENERAL]
    codes = dict(BUILT_IN)
    found = []
    for parent, name, attributes in _elements(archive, part):
        if (parent, name) == ("numFmts", "numFmt"):
            codes[_whole(attributes.get("numFmtId", ""))] = attributes.get("formatCode", GENERAL)
        elif (parent, name) == ("cellXfs", "xf"):
            found.append(_whole(attributes.get("numFmtId", "0")))
    # What no table of formats has is local to the program that wrote it.
    return [codes.get(each, f"(number {each})") for each in found] or [GENERAL]


def strings_of(archive: zipfile.ZipFile, part: str | None) -> list[str]:
    """The texts that cells refer to by number."""
    if part is None:
        return []
    texts: list[str] = []
    parts: list[str] = []
    state = {"in_text": False, "in_phonetic": False}

    def start(name: str, _: list[str]) -> None:
        local = name.rpartition(":")[2]
        if local == "si":
            parts.clear()
        elif local == "t":
            state["in_text"] = not state["in_phonetic"]
        elif local == "rPh":
            state["in_phonetic"] = True

    def end(name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "si":
            texts.append("".join(parts))
        elif local == "t":
            state["in_text"] = False
        elif local == "rPh":
            state["in_phonetic"] = False

    def characters(text: str) -> None:
        if state["in_text"]:
            parts.append(text)

    parser = _parser()
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    with opened(archive, part) as stream:
        _feed(parser, stream)
    return texts


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


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """(id, kind, part) of what a part refers to."""
    folder, _, name = part.rpartition("/")
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in archive.namelist():
        return
    for _, name, attributes in _elements(archive, path):
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            whole = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            yield attributes.get("Id", ""), kind, posixpath.normpath(whole)


def _elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, str, dict[str, str]]]:
    """(parent, name, attributes) of each element of a small part."""
    found: list[tuple[str, str, dict[str, str]]] = []
    stack = [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        found.append((stack[-1], local, attributes))
        stack.append(local)
        if len(found) > _MOST_ELEMENTS:
            raise Broken(f"{part} has more than {_MOST_ELEMENTS:,} elements")

    def end(_: str) -> None:
        stack.pop()

    parser = _parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with opened(archive, part) as stream:
        _feed(parser, stream)
    return found


def opened(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    try:
        return archive.open(part)
    except KeyError:
        raise Broken(f"its part {part} is missing") from None


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise Broken("it has a document type declaration, which no spreadsheet writes")


def _feed(parser: expat.XMLParserType, stream: IO[bytes]) -> None:
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Broken(f"its XML is damaged: {error}") from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Broken(f"{text[:20]!r} stands where a whole number should")
    return int(text)


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
