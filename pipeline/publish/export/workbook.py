"""An export as one spreadsheet: a sheet a table, its headings explained, and what all of it means.

The rows themselves are `cells.py`'s. They are laid into xlsxwriter's own file of a sheet's rows,
which is no public interface: a test reads every sheet back.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.core.errors import MilepostError
from pipeline.publish.dictionary import DefinedColumn, DefinedTable
from pipeline.publish.export.cells import rows_as_xml
from pipeline.publish.export.content import COLUMN_HEADS, Content, label
from pipeline.publish.export.database import comment_of

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

_MOST_ROWS = 1_048_575
_NARROWEST, _WIDEST = 9, 48
_WRAPPED = 70


def write_workbook(content: Content, path: Path) -> None:
    """Write the spreadsheet to `path`. MilepostError for a table that no sheet can hold."""
    import xlsxwriter

    _check_rows(content)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    made = datetime.combine(content.as_of, datetime.min.time())
    book.set_properties({"title": f"Milepost export · {content.tenant.name}", "created": made})
    _ExportBook(content, book).write()
    book.close()


def _check_rows(content: Content) -> None:
    for table in content.tables:
        if content.rows(table.name) > _MOST_ROWS:
            raise MilepostError(
                f"{table.name} has {content.rows(table.name):,} rows, a sheet {_MOST_ROWS:,}:"
                " export to a folder or to FILE.duckdb, or name other tables with --table"
            )


class _ExportBook:
    def __init__(self, content: Content, book: xlsxwriter.Workbook) -> None:
        self._content, self._book = content, book
        self._head = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._bold = book.add_format({"bold": True, "valign": "top"})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._formats: dict[str, Any] = {}

    def write(self) -> None:
        self._write_contents()
        for table in self._content.tables:
            self._write_table(table)
        rows = [COLUMN_HEADS, *self._content.columns()]
        self._write_texts("Columns", rows, (28, 32, 32, 18, 18, _WRAPPED))

    def _write_contents(self) -> None:
        about = [(name, value, "") for name, value in self._content.about()]
        heads = ("Sheet", "What a row is", "Rows")
        tables = [
            (table.name, table.told, f"{self._content.rows(table.name):,}")
            for table in self._content.tables
        ]
        self._write_texts("Contents", [*about, ("", "", ""), heads, *tables], (28, _WRAPPED, 12))

    def _write_texts(self, name: str, rows: list[Any], widths: tuple[int, ...]) -> None:
        page = self._book.add_worksheet(name)
        for number, width in enumerate(widths):
            page.set_column(number, number, width)
        for line, row in enumerate(rows):
            for number, text in enumerate(row):
                form = self._bold if number == 0 or line == 0 else self._wrapped
                page.write_string(line, number, text, form)

    def _write_table(self, table: DefinedTable) -> None:
        page = self._book.add_worksheet(table.name[:31])
        frame = pl.DataFrame(self._content.read(table.name).to_arrow_table())
        explained = {column.name: column for column in table.columns}
        styles = {
            name: self._style(frame.schema[name], explained.get(name)) for name in frame.columns
        }
        for number, name in enumerate(frame.columns):
            self._write_head(page, number, name, explained.get(name))
            page.set_column(number, number, _width(frame[name], name))
        page.freeze_panes(1, 0)
        if frame.height:
            page.autofilter(0, 0, frame.height, frame.width - 1)
            self._write_rows(page, frame, styles)

    def _write_head(
        self, page: Worksheet, number: int, name: str, column: DefinedColumn | None
    ) -> None:
        if column is None:
            page.write_string(0, number, name, self._head)
            return
        page.write_string(0, number, label(column), self._head)
        told = f"{name}\n{comment_of(column, self._content.unit(column))}"
        page.write_comment(0, number, told, {"author": "", "width": 260, "height": 120})

    def _write_rows(self, page: Any, frame: pl.DataFrame, styles: dict[str, int]) -> None:
        """Lay the rows after the heading; `_write_single_row` puts that into the sheet's file."""
        page._write_single_row(frame.height)
        for piece in rows_as_xml(frame, styles, self._content.zone, first=2):
            page.row_data_fh.write(piece)
        page.dim_rowmax = frame.height

    def _style(self, kind: pl.DataType, column: DefinedColumn | None) -> int:
        """The number of the cell format of a column."""
        pattern = _pattern(kind, column.unit if column else "")
        if pattern not in self._formats:
            self._formats[pattern] = self._book.add_format({"num_format": pattern})
        number: int = self._formats[pattern]._get_xf_index()
        return number


def _pattern(kind: pl.DataType, unit: str) -> str:
    """An Excel number format; figures are shown with their last digit, so that copies agree."""
    if kind == pl.Date:
        return "yyyy-mm-dd"
    if isinstance(kind, pl.Datetime):
        return "yyyy-mm-dd hh:mm:ss"
    if unit == "money":
        return "#,##0.00"
    if unit.startswith("fraction"):
        return "0.0%"
    return "General"


def _width(values: pl.Series, name: str) -> int:
    """About as wide as the longest of the first values, and as the heading's longest word."""
    longest = values.head(200).cast(pl.String, strict=False).str.len_chars().max()
    words = max(map(len, name.split("_")))
    shown = max(longest if isinstance(longest, int) else 0, words) + 2
    return min(_WIDEST, max(_NARROWEST, shown))
