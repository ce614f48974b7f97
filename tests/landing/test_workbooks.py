"""Workbooks as programs write them: errors, formulas, formats, merged cells, parts out of order."""

from decimal import Decimal

import pytest

from tests.landing.conftest import House
from tests.sheets import book, cell, row

HEADER = ("id", "customer_id", "ledger_code", "ledger_date", "transaction_type", "debit_amount")
FILE = "skyline/ledger_entries.xlsx"


def entry(number: int, key: str, amount: object, *more: object) -> str:
    return row(number, key, "C1", f"V-{key}", "2026-04-01", "invoice", amount, *more)


def land(house: House, content: bytes) -> tuple[dict[str, Decimal], dict[str | None, str]]:
    """What landed by id, and of what is in quarantine the reasons."""
    house.put(FILE, content)
    house.ingest(entities=["ledger_entries"])
    bad = house.quarantine("ledger_entries")
    return (
        dict(house.raw("ledger_entries").select("id", "debit_amount").rows()),
        dict(bad.select("record_key", "reason_text").rows()),
    )


def sheet(*rows: str, header: tuple[str, ...] = HEADER) -> str:
    return row(1, *header) + "".join(rows)


@pytest.mark.parametrize(
    "error", ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"]
)
@pytest.mark.parametrize("formula", ["", "VLOOKUP(A2,Z:Z,1)"])
def test_an_error_in_any_cell_is_no_value(house: House, error: str, formula: str) -> None:
    place = "F2"
    cells = cell(place, error, kind="e", formula=formula)
    note = cell("G3", error, kind="e", formula=formula)
    rows = sheet(entry(2, "E1", cells), entry(3, "E2", 50, note), header=(*HEADER, "note of ours"))
    landed, bad = land(house, book([("S", "sheet1.xml", rows)]))
    assert landed == {}
    assert bad == {
        "E1": f"debit_amount: {place} is an error ({error})",
        "E2": f"note of ours: G3 is an error ({error})",
    }
    assert '"rule": "unreadable"' in house.quarantine("ledger_entries")["reasons"][0]


@pytest.mark.parametrize(
    "before",
    ["", cell("E2", style=1), cell("E2", "invoice"), '<c r="E2" s="1"></c>'],
)
@pytest.mark.parametrize("prefix", ["", "x"])
def test_a_formula_without_a_result_is_found_whatever_stands_before_it(
    house: House, before: str, prefix: str
) -> None:
    keys = "".join(cell(f"{chr(65 + at)}2", value) for at, value in enumerate(("E1", "C1", "V1")))
    formula = cell("F2", formula="1000*1.05")
    rows = sheet(f'<row r="2">{keys}{before}{formula}</row>', entry(3, "E2", 50))
    content = book([("S", "sheet1.xml", rows)], ["@"], prefix=prefix)
    landed, bad = land(house, content)
    assert landed == {"E2": Decimal(50)}
    assert "F2 is a formula without a value" in bad["E1"]


@pytest.mark.parametrize(
    "others",
    [
        [("Chart", "chart1.xml", "")],
        [("Notes", "sheet1.xml", row(2, cell("A2", formula="1+1")))],
    ],
)
def test_only_the_sheet_s_own_formulas_count_whatever_its_part_is_called(
    house: House, others: list[tuple[str, str, str]]
) -> None:
    mine = sheet(entry(2, "E1", cell("F2", formula="1000*1.05")), entry(3, "E2", 50))
    plain = sheet(entry(2, "E1", cell("F2", 1050, formula="1000*1.05")), entry(3, "E2", 50))
    name = "ledger_entries"
    landed, bad = land(house, book([*others, (name, "sheet7.xml", mine)]))
    assert (landed, list(bad)) == ({"E2": Decimal(50)}, ["E1"])
    landed, _ = land(house, book([*others, (name, "sheet7.xml", plain)]))
    assert landed == {"E1": Decimal(1050), "E2": Decimal(50)}


def test_an_empty_text_is_the_result_of_a_formula(house: House) -> None:
    rows = sheet(
        entry(2, "E1", 5, cell("G2", "", kind="str", formula='""')), header=(*HEADER, "remarks")
    )
    landed, bad = land(house, book([("S", "sheet1.xml", rows)]))
    assert (landed, bad) == ({"E1": Decimal(5)}, {})


def test_a_format_that_changes_the_meaning_is_named(house: House) -> None:
    formats = ['0.00" Cr"', "0%", "[$€-407]#,##0.00", "#,##0.00"]
    rows = [entry(at + 1, f"E{at}", cell(f"F{at + 1}", 5, style=at)) for at in (1, 2, 3, 4)]
    landed, bad = land(house, book([("S", "sheet1.xml", sheet(*rows))], formats))
    assert landed == {"E4": Decimal(5)}
    assert [format_ in bad[f"E{at}"] for at, format_ in enumerate(formats[:3], 1)] == [True] * 3


def test_what_no_column_of_ours_holds_may_look_as_it_likes(house: House) -> None:
    rows = sheet(entry(2, "E1", 5, cell("G2", 46115, style=1)), header=(*HEADER, "month"))
    landed, bad = land(house, book([("S", "sheet1.xml", rows)], ["mmm-yy"]))
    assert (landed, bad) == ({"E1": Decimal(5)}, {})


def test_what_merged_cells_show_is_not_in_them(house: House) -> None:
    rows = sheet(entry(2, "E1", 5), row(3, "E2", None, "V-2", "2026-04-01", "invoice", 7))
    landed, bad = land(house, book([("S", "sheet1.xml", rows)], merged=["B2:B3"]))
    assert landed == {"E1": Decimal(5)}
    assert "B3 is merged with B2" in bad["E2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (book([("S", "sheet1.xml", "<row r='2'/><row r='1'/>")]), "not in order"),
        (book([("S", "sheet1.xml", "<row r='1'><c r='B1'/><c r='A1'/></row>")]), "not in order"),
        (book([("S", "sheet1.xml", "<row r='1'>")]), "damaged"),
        (book([("S", "sheet1.xml", f"<row r='1'>{'<c r=1/>' * 3}</row>")]), "damaged"),
        (book([("C", "chart1.xml", "")]), "no sheet"),
    ],
)
def test_a_workbook_that_is_not_one_is_refused(house: House, content: bytes, message: str) -> None:
    house.put(FILE, content)
    (file,) = house.ingest(entities=["ledger_entries"]).files
    assert (file.status, message in file.message) == ("refused", True), file.message


def test_a_sheet_of_too_many_columns_is_refused_before_its_rows_are_read(house: House) -> None:
    names = [f"<c t='inlineStr'><is><t>c{number}</t></is></c>" for number in range(2_001)]
    house.put(FILE, book([("S", "sheet1.xml", f"<row r='1'>{''.join(names)}</row>")]))
    (file,) = house.ingest(entities=["ledger_entries"]).files
    assert "2,000 columns" in file.message
