"""Spreadsheets: typed tables in, an XLSX file out, the same bytes every time.

Numbers are numbers and dates are dates, grouped the locale's way on any machine; whatever people
wrote is text, never a formula or a link. Every file ends with a sheet "About": whose it is, as of
when, from which build, and which lists were cut. What the tables hold is the reports'.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pipeline.reports.drawing.formats import Formats, formats
from pipeline.reports.freshness import sources
from pipeline.reports.payload import Payload

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "money", "number", "decimal", "percent", "points", "date", "moment", "flag"]
Cell = str | int | float | bool | Decimal | date | datetime | None

_LONGEST_TEXT = 32_767
_FIRST_DAY = date(1900, 3, 1)  # Excel takes 1900 for a leap year; before this its days are off
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_DIGITS = 15
_WIDEST, _NARROWEST = 60, 9


@dataclass(frozen=True)
class SheetColumn:
    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """One table. `total`: how many rows there are, where `rows` are not all; `sums`: a last row."""

    name: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Cell]]
    total: int | None = None
    note: str | None = None
    sums: Sequence[Cell] | None = None

    @property
    def cut(self) -> str | None:
        if self.total is None or self.total <= len(self.rows):
            return None
        return f"showing {len(self.rows):,} of {self.total:,} rows"


def write_book(payload: Payload, title: str, sheets: Iterable[Sheet]) -> bytes:
    """The XLSX of these sheets and "About"; dates of the file are the as-of day."""
    return _Book(payload, title).write(list(sheets))


class _Book:
    def __init__(self, payload: Payload, title: str) -> None:
        # Here, because every report that has a spreadsheet imports this module for its tables.
        import xlsxwriter

        self._payload, self._title = payload, title
        envelope = payload.envelope
        self._values: Formats = formats(envelope.locale, envelope.currency)
        self._zone = ZoneInfo(envelope.timezone)
        self._output = io.BytesIO()
        self._file = xlsxwriter.Workbook(
            self._output,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def write(self, sheets: list[Sheet]) -> bytes:
        envelope = self._payload.envelope
        made = datetime.combine(envelope.as_of, datetime.min.time())
        self._file.set_properties(
            {
                "title": f"{self._title} · {envelope.branding.name}",
                "author": envelope.branding.legal_name,
                "company": envelope.branding.legal_name,
                "created": made,
            }
        )
        names = _unique_names([sheet.name for sheet in sheets])
        for name, sheet in zip(names, sheets, strict=True):
            self._write_sheet(self._file.add_worksheet(name), sheet)
        self._write_about(self._file.add_worksheet("About"), sheets)
        self._file.close()
        return self._output.getvalue()

    def _format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
            self._formats[key] = self._file.add_format({**base, **properties})
        return self._formats[key]

    def _write_sheet(self, page: Worksheet, sheet: Sheet) -> None:
        head = self._format(bold=True, bottom=1, text_wrap=True)
        for number, column in enumerate(sheet.columns):
            right = column.kind not in ("text", "flag", "date", "moment")
            form = self._format(bold=True, bottom=1, text_wrap=True, align="right")
            page.write_string(0, number, column.title, form if right else head)
        for line, row in enumerate(sheet.rows, 1):
            for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                self._write_cell(page, line, number, column.kind, value)
        below = len(sheet.rows) + 1
        if sheet.sums:
            for number, (column, value) in enumerate(zip(sheet.columns, sheet.sums, strict=True)):
                self._write_cell(page, below, number, column.kind, value, bold=True, top=1)
            below += 1
        for note in filter(None, (sheet.cut, sheet.note)):
            page.write_string(below + 1, 0, note, self._format(italic=True))
            below += 1
        page.freeze_panes(1, 1)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
        self._set_widths(page, sheet)
        self._set_paper(page)

    def _set_widths(self, page: Worksheet, sheet: Sheet) -> None:
        rows = [*sheet.rows[:2000], *([sheet.sums] if sheet.sums else [])]
        for number, column in enumerate(sheet.columns):
            shown = max((len(self._shown(column.kind, row[number])) for row in rows), default=0)
            longest_word = max(map(len, column.title.split()), default=0)
            page.set_column(
                number, number, min(_WIDEST, max(_NARROWEST, shown + 2, longest_word + 3))
            )

    def _shown(self, kind: Kind, value: Cell) -> str:
        """About the text that the cell shows, to know how wide it is."""
        if value is None:
            return ""
        if kind == "money" and isinstance(value, Decimal):
            return self._values.amount(value)
        if kind in ("date", "moment"):
            return "00 Mmm 0000 00:00" if kind == "moment" else "00 Mmm 0000"
        if kind in ("percent", "points"):
            return "100.00%"
        return str(value)

    def _set_paper(self, page: Worksheet) -> None:
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&L&A&RPage &P of &N")

    def _write_cell(
        self, page: Worksheet, line: int, number: int, kind: Kind, value: Cell, **look: Any
    ) -> None:
        if value is None or value == "":
            if look:
                page.write_blank(line, number, None, self._format(**look))
        elif isinstance(value, bool):
            page.write_boolean(line, number, value, self._format(**look))
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone).replace(tzinfo=None)
            form = self._format(num_format="d mmm yyyy hh:mm", align="left", **look)
            page.write_datetime(line, number, local.replace(microsecond=0), form)
        elif isinstance(value, date) and value >= _FIRST_DAY:
            form = self._format(num_format="d mmm yyyy", align="left", **look)
            page.write_datetime(line, number, datetime.combine(value, datetime.min.time()), form)
        elif isinstance(value, int | float | Decimal) and kind != "text" and _is_exact(value):
            form = self._format(num_format=self._pattern(kind, value), **look)
            page.write_number(line, number, float(value), form)
        else:
            page.write_string(line, number, _text(value), self._format(**look))

    def _pattern(self, kind: Kind, value: int | float | Decimal) -> str:
        """An Excel number format. Lakh and crore are spelt out: "#,##,##0" means thousands to
        Excel unless the machine itself is set to India.
        """
        if kind == "percent":
            return "0.0%"
        if kind == "points":
            # The number is a percentage already: Excel's own % would multiply it.
            return '0.0"%"'
        fraction = {"money": ".00", "decimal": ".0##"}.get(kind, "")
        if not self._values.is_indian:
            digits = f"#,##0{fraction}"
            return f"{digits};-{digits}"
        length = len(str(int(abs(float(value)))))
        groups = max(0, (length - 2) // 2)
        digits = r"##\," * groups + "##0" + fraction if groups else f"0{fraction}"
        return f"{digits};-{digits}"

    def _write_about(self, page: Worksheet, sheets: Sequence[Sheet]) -> None:
        envelope, values = self._payload.envelope, self._values
        lines: list[tuple[str, str]] = [
            ("Report", self._title),
            ("Organisation", envelope.branding.legal_name),
            ("As of", f"{values.date(envelope.as_of)} ({envelope.timezone})"),
            ("Currency", envelope.currency),
            ("Data build", envelope.build_id),
            ("Content", self._payload.content_hash()[:16]),
            *(("Mark", mark) for mark in envelope.marks),
            ("Times", f"in {envelope.timezone}; amounts in {envelope.currency}, not rounded"),
        ]
        for sheet in sheets:
            lines.append((f"Sheet {sheet.name}", sheet.cut or f"{len(sheet.rows):,} rows"))
        for source in sources(envelope.freshness):
            arrived = values.moment(source.last_ingested_at, envelope.timezone)
            lines.append((f"Source {source.name}", f"last delivered {arrived}"))
        for line, (label, text) in enumerate(lines):
            page.write_string(line, 0, label, self._format(bold=True))
            page.write_string(line, 1, _text(text), self._format(text_wrap=True))
        page.set_column(0, 0, 24)
        page.set_column(1, 1, 70)
        self._set_paper(page)


def _is_exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet can hold the number to its last digit: it keeps fifteen of them."""
    if isinstance(value, float):
        return True
    return len(Decimal(value).normalize().as_tuple().digits) <= _DIGITS


def _text(value: Cell) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _unique_names(names: Sequence[str]) -> list[str]:
    """Names that Excel accepts: 31 characters, none of its signs, no two alike, not "About"."""
    taken, unique = {"about", "history"}, []
    for name in names:
        clean = _FORBIDDEN_IN_NAMES.sub(" ", name).strip() or "Sheet"
        candidate, number = clean[:31], 2
        while candidate.lower() in taken:
            ending = f" {number}"
            candidate, number = clean[: 31 - len(ending)] + ending, number + 1
        taken.add(candidate.lower())
        unique.append(candidate)
    return unique
