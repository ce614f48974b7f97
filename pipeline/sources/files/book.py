"""The parts of an XLSX workbook beside its sheets: which sheets there are, texts, number formats.

Each part is found by the relationships that name it, never by its own name or number.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from pipeline.sources.files.format_grammar import BUILT_IN, GENERAL

_MOST_ELEMENTS = 500_000
_BLOCK = 1 << 18


class Broken(Exception):
    """The workbook is not what its format says."""


@dataclass(frozen=True)
class Sheets:
    """The worksheets of a workbook: name -> the part that holds it."""

    parts: dict[str, str]
    is_1904: bool
    styles: str | None
    strings: str | None


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
            codes[whole_number(attributes.get("numFmtId", ""))] = attributes.get(
                "formatCode", GENERAL
            )
        elif (parent, name) == ("cellXfs", "xf"):
            found.append(whole_number(attributes.get("numFmtId", "0")))
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

    parser = new_parser()
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    with opened(archive, part) as stream:
        feed(parser, stream)
    return texts


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

    parser = new_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with opened(archive, part) as stream:
        feed(parser, stream)
    return found


def opened(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    try:
        return archive.open(part)
    except KeyError:
        raise Broken(f"its part {part} is missing") from None


def new_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise Broken("it has a document type declaration, which no spreadsheet writes")


def feed(parser: expat.XMLParserType, stream: IO[bytes]) -> None:
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Broken(f"its XML is damaged: {error}") from None


def whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Broken(f"{text[:20]!r} stands where a whole number should")
    return int(text)
