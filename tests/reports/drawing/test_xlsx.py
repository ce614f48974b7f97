"""Spreadsheets as Excel and LibreOffice read them."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from pipeline.reports.drawing.xlsx import Cell, Sheet, SheetColumn, write_book
from pipeline.reports.figures.quality import Quality
from pipeline.reports.lists.data_quality import DataQuality
from pipeline.reports.payload import Payload
from tests.reports.accounts import envelope
from tests.reports.xlsx import shown, stored, values

NOTHING = DataQuality(
    trust=Quality(checks=(), notes=(), quarantine=(), passed=0, quarantined_rows=0), quarantine=()
)
# What a spreadsheet program could take for a formula, a link, a command, or markup.
INJECTIONS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '=HYPERLINK("http://x.example","a")',
    '=IMPORTXML(CONCAT("http://x"),1)',
    '=DDE("a")',
    "http://x.example",
    "https://x.example/a?b=c",
    "mailto:a@x.example",
    "file:///etc/passwd",
    "internal:Sheet1!A1",
    "external:other.xlsx",
    "{=1+1}",
    "＝1+1",
    "'=1+1",
    '"=1+1"',
    "<b>x</b>",
    "&amp;",
    "]]>",
    "</t></si>",
    "_x000D_",
    "\x01\x08\x0b",
    "0012345",
    "1e5",
    "12/11/2025",
)


def payload(**changes: object) -> Payload:
    return Payload(schema_name="data_quality/1", envelope=envelope(**changes), content=NOTHING)


def book(column: SheetColumn, *cells: Cell, **changes: object) -> bytes:
    return write_book(
        payload(**changes), "Data quality", [Sheet("One", (column,), [(c,) for c in cells])]
    )


def test_what_people_wrote_stays_text(tmp_path: Path) -> None:
    assert len(INJECTIONS) == 30
    data = book(SheetColumn("Text"), *INJECTIONS)
    sheet = stored(data)["One"]
    for row, text in enumerate(INJECTIONS, 2):
        cell = sheet.cell(row, 1)
        assert cell.data_type == "s", text
        assert cell.hyperlink is None, text
        assert text in (cell.value, unescape(str(cell.value)))
    cells = [row[0] for row in shown(data, tmp_path)[1:] if row]
    for text in ("=1+1", "=cmd|' /C calc'!A0", "0012345", "1e5", "12/11/2025", "@SUM(A1:A9)"):
        assert text in cells


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("7.5", "7.50"),
        ("-0.01", "-0.01"),
        ("999.99", "999.99"),
        ("1000", "1,000.00"),
        ("99999.99", "99,999.99"),
        ("100000", "1,00,000.00"),
        ("-1234567.5", "-12,34,567.50"),
        ("12345678.9", "1,23,45,678.90"),
        ("-9999999999.99", "-9,99,99,99,999.99"),
        ("123456789012", "1,23,45,67,89,012.00"),
    ],
)
def test_lakh_and_crore_on_any_machine(amount: str, text: str, indian: dict[str, str]) -> None:
    assert indian[amount] == text


@pytest.fixture(scope="module")
def indian(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Amounts of the test above, as LibreOffice shows them."""
    amounts = (
        "0",
        "7.5",
        "-0.01",
        "999.99",
        "1000",
        "99999.99",
        "100000",
        "-1234567.5",
        "12345678.9",
        "-9999999999.99",
        "123456789012",
    )
    data = book(SheetColumn("Amount", "money"), *map(Decimal, amounts))
    rows = shown(data, tmp_path_factory.mktemp("lo"))[1:]
    return dict(zip(amounts, (row[0].strip() for row in rows), strict=False))


@given(st.decimals(-(10**16), 10**16, places=2))
def test_no_digit_of_an_amount_is_lost(amount: Decimal) -> None:
    cell = stored(book(SheetColumn("Amount", "money"), amount))["One"].cell(2, 1)
    if cell.data_type == "n":
        assert Decimal(repr(float(str(cell.value)))) == amount
    else:
        assert cell.value == str(amount)
    assert cell.data_type == "n" or abs(amount) >= 10**13


def test_dates_are_dates_and_times_are_the_tenants() -> None:
    data = write_book(
        payload(),
        "Data quality",
        [
            Sheet(
                "One",
                (
                    SheetColumn("Day", "date"),
                    SheetColumn("At", "moment"),
                    SheetColumn("Yes", "flag"),
                ),
                [
                    (date(2025, 9, 18), datetime(2025, 9, 18, 20, 0, tzinfo=UTC), True),
                    (date(1899, 1, 1), None, False),
                ],
            )
        ],
    )
    rows = values(stored(data)["One"])
    day, at, yes = rows[1]
    assert (day.isoformat(), at.isoformat()) == ("2025-09-18T00:00:00", "2025-09-19T01:30:00")
    assert yes is True
    assert rows[2] == ("1899-01-01", None, False)


def test_what_is_cut_is_said_and_the_head_stays() -> None:
    data = write_book(
        payload(marks=("HELD",)),
        "Data quality",
        [
            Sheet(
                "One",
                (SheetColumn("A"), SheetColumn("B", "number")),
                [("x", 1)],
                total=7,
                sums=("", 1),
            )
        ],
    )
    sheets = stored(data)
    assert sheets["One"].freeze_panes == "B2"
    assert ("showing 1 of 7 rows", None) in values(sheets["One"])
    about = dict(row[:2] for row in values(sheets["About"]))
    assert about["Sheet One"] == "showing 1 of 7 rows"
    assert about["Data build"] == "20250919T003000-1a2b3c"
    assert about["Mark"] == "HELD"


def test_names_of_sheets_are_made_ones_that_excel_takes() -> None:
    names = ["a/b:c", "a b c", "About", "x" * 40, "x" * 40, ""]
    data = write_book(payload(), "t", [Sheet(name, (SheetColumn("A"),), []) for name in names])
    made = list(stored(data))
    assert len({name.lower() for name in made}) == len(made) == 7
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in made)


def test_the_same_bytes_again_and_other_grouping_elsewhere(tmp_path: Path) -> None:
    one = book(SheetColumn("Amount", "money"), Decimal("1234567.50"))
    assert one == book(SheetColumn("Amount", "money"), Decimal("1234567.50"))
    british = book(
        SheetColumn("Amount", "money"), Decimal("1234567.50"), locale="en_GB", currency="GBP"
    )
    assert shown(british, tmp_path)[1] == ["1,234,567.50"]


def test_longer_text_than_a_cell_holds_says_so() -> None:
    text = stored(book(SheetColumn("Text"), "x" * 40_000))["One"].cell(2, 1).value
    assert isinstance(text, str)
    assert text.endswith("x…")
    assert len(text) == 32_767


@pytest.fixture(autouse=True, scope="module")
def _libreoffice() -> None:
    assert shutil.which("soffice"), "LibreOffice is missing: run scripts/setup test"
