"""A sheet's rows as CSV, each with its number, and what is wrong with some: cell by cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import TextIO

from pipeline.sources.files import sheet
from pipeline.sources.files.number_formats import GENERAL, Unshown, shown
from pipeline.sources.files.unpacking import MOST_COLUMNS, ROW, Problem, Problems, Wanted

# Rows that lie within merged cells: looking at each takes time.
_MOST_MERGED = 2_000_000
# Digits that every double has and nobody would write otherwise.
_PLAIN = re.compile(r"0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d{0,8})\.\d{0,5}[1-9]")
_NO_RESULT = "is a formula without a value: open and save it in Excel"


class SheetWriter:
    """The rows of a sheet as CSV with their numbers, and what is wrong with some."""

    def __init__(
        self,
        stream: TextIO,
        strings: Sequence[str],
        formats: Sequence[str],
        wanted: Wanted,
        *,
        is_1904: bool,
    ) -> None:
        self.problems: Problems = {}
        self._stream, self._writer = stream, csv.writer(stream, lineterminator="\n")
        self._strings, self._formats = strings, formats
        self._wanted, self._is_1904 = wanted, is_1904
        self._names: list[str] = []
        self._kinds: list[str | None] = []
        self._header = self._last = 0

    def take(self, number: int, cells: dict[int, sheet.Cell]) -> None:
        """One row that has cells; rows without any are lines without anything."""
        if not self._names:
            self._take_header(number, cells)
            return
        texts = [""] * len(self._names)
        for column, cell in cells.items():
            if column < len(texts):
                texts[column] = self._text(number, column, cell)
        # An empty row that has styled cells is one without anything.
        is_empty = not any(texts) and str(number) not in self.problems
        self._stream.write("\n" * (number - self._last - 1 + is_empty))
        self._last = number
        if not is_empty:
            self._writer.writerow([number, *texts])

    def note_merged(self, areas: Sequence[tuple[int, int, int, int]]) -> None:
        """Rows of which a cell is covered by another one's: what it shows is not in it."""
        budget = _MOST_MERGED
        for top, left, bottom, right in areas:
            first = max(top, self._header + 1)
            columns = range(left, min(right + 1, len(self._kinds)))
            covered = [at for at in columns if self._kinds[at]]
            budget -= max(0, min(bottom, self._last) - first + 1)
            if budget < 0:
                raise Problem("has too many merged cells: unmerge them")
            for number in range(first, min(bottom, self._last) + 1):
                here = [at for at in covered if (number, at) != (top, left)]
                if here:
                    whole = f"{sheet.letters(left)}{top}"
                    self._note(number, here[0], f"is merged with {whole}: unmerge the cells")

    def _take_header(self, number: int, cells: dict[int, sheet.Cell]) -> None:
        texts: dict[int, str] = {}
        for column, cell in cells.items():
            texts[column] = self._text(number, column, cell).strip()
        named = [column for column, text in texts.items() if text]
        if not named:
            return
        if len(named) > MOST_COLUMNS or max(named) >= MOST_COLUMNS * 2:
            raise Problem(f"has more than {MOST_COLUMNS:,} columns: export only those that matter")
        self._names = [texts.get(column, "") for column in range(max(named) + 1)]
        self._kinds = [self._wanted.kinds.get(name) for name in self._names]
        self._header = self._last = number
        self.problems.clear()
        self._stream.write("\n" * (number - 1))
        self._writer.writerow([ROW, *self._names])

    def _text(self, number: int, column: int, cell: sheet.Cell) -> str:
        kind = self._kinds[column] if column < len(self._kinds) else None
        if cell.type == "e":
            self._note(number, column, f"is an error ({cell.text})")
            return cell.text
        if cell.has_formula and not (cell.text or (cell.has_value and cell.type == "str")):
            self._note(number, column, _NO_RESULT)
            return ""
        if not cell.text:
            return ""
        if cell.type == "s":
            place = int(cell.text) if cell.text.isdigit() and len(cell.text) < 10 else -1
            if not 0 <= place < len(self._strings):
                raise Problem("is damaged (a text is missing): send it again")
            return sheet.unescaped(self._strings[place])
        if cell.type in ("str", "inlineStr"):
            return sheet.unescaped(cell.text)
        if cell.type == "b":
            return "true" if cell.text == "1" else "false"
        if cell.type == "d":
            return cell.text.replace("T", " ")
        return self._number(number, column, cell, kind)

    def _number(self, number: int, column: int, cell: sheet.Cell, kind: str | None) -> str:
        code = self._formats[cell.style] if cell.style < len(self._formats) else GENERAL
        # What most numbers are: they show what is stored.
        if code == GENERAL and _PLAIN.fullmatch(cell.text):
            return cell.text
        try:
            return shown(
                cell.text,
                code,
                kind or "TEXT",
                tuple(self._wanted.currencies),
                is_1904=self._is_1904,
            )
        except Unshown as why:
            if kind is not None:
                named = "" if code == GENERAL else f" has the number format {code}, by which"
                self._note(number, column, f"{named.strip()} {why}".strip())
            return cell.text

    def _note(self, number: int, column: int, problem: str) -> None:
        name = self._names[column] if column < len(self._names) else ""
        cell = f"{sheet.letters(column)}{number}"
        self.problems.setdefault(str(number), []).append((name, f"{cell} {problem}"))
