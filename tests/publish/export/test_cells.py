"""Cells as a spreadsheet reads them: what goes in comes out."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from pipeline.publish.export.cells import rows_as_xml

ZONE = ZoneInfo("Asia/Kolkata")
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
MONEY = st.decimals(-(10**9), 10**9, places=2)


def read_back(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"constant_memory": True})
    page = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.write_string(0, 0, "head", day)
    page._write_single_row(frame.height)
    kinds = (pl.Date, pl.Datetime)
    styles = {name: int(kind in kinds) for name, kind in frame.schema.items()}
    for piece in rows_as_xml(frame, styles, ZONE, first=2):
        page.row_data_fh.write(piece)
    page.dim_rowmax = frame.height
    book.close()
    data.seek(0)
    [sheet] = load_workbook(data).worksheets
    rows = sheet.iter_rows(
        min_row=2, max_row=frame.height + 1, max_col=frame.width, values_only=True
    )
    return list(rows)


@given(st.lists(st.tuples(TEXTS, MONEY, st.booleans() | st.none()), min_size=1, max_size=8))
def test_texts_amounts_and_flags_come_back(rows: list[tuple[Any, ...]]) -> None:
    schema: dict[str, Any] = {"text": pl.String, "money": pl.Decimal(18, 2), "flag": pl.Boolean}
    frame = pl.DataFrame(rows, schema, orient="row")
    read = read_back(frame)
    assert [unescape(row[0] or "") for row in read] == [row[0] for row in rows]
    assert [Decimal(str(row[1])) for row in read] == [row[1] for row in rows]
    assert [row[2] for row in read] == [row[2] for row in rows]


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_days_come_back(day: date) -> None:
    [(read,)] = read_back(pl.DataFrame({"day": [day]}))
    assert read.date() == day


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)))
def test_instants_come_back_in_local_time_to_the_millisecond(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    [(read,)] = read_back(pl.DataFrame({"at": [at]}))
    assert abs(read - at.astimezone(ZONE).replace(tzinfo=None)) <= timedelta(milliseconds=1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_an_empty_cell(number: float | None) -> None:
    assert read_back(
        pl.DataFrame({"a": [number], "b": ["x"]}, {"a": pl.Float64, "b": pl.String})
    ) == [(None, "x")]


def test_a_text_longer_than_a_cell_is_cut_with_a_sign() -> None:
    [(text,)] = read_back(pl.DataFrame({"a": ["x" * 40_000]}))
    assert len(text) == 32_767
    assert text.endswith("x…")


def test_more_rows_than_one_piece_are_numbered_through() -> None:
    frame = pl.DataFrame({"n": range(45_000)})
    text = "".join(rows_as_xml(frame, {"n": 0}, ZONE, first=2))
    assert text.count("<row ") == 45_000
    assert '<row r="45001"><c s="0"><v>44999</v></c></row>' in text
