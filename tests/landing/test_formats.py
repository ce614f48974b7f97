"""One set of rows in every format lands as the same; what is no file of its format says so."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.landing.conftest import House

HEADER = (
    "id",
    "lead_id",
    "milestone_type",
    "milestone_date",
    "milestone_time",
    "duration_minutes",
    "follow_up_required",
    "created_at",
    "metadata",
)
ROWS = [
    (
        "M1",
        "007",
        "site_visit",
        "2026-03-01",
        "09:05:00",
        "45",
        "true",
        "2026-03-01 10:00:00",
        '{"rooms": [1, 2.5]}',
    ),
    ("M2", "L2", "demo", "2026-03-02", "", "", "false", "2026-03-02 23:59:59", ""),
    ("M3", 'say "hi",\nthere', "booking", "2026-03-03", "18:00:00", "0", "", "", ""),
]
ENTITY = "milestones"


def delimited(delimiter: str) -> bytes:
    def cell(text: str) -> str:
        quoted = text.replace('"', '""')
        return f'"{quoted}"' if set(text) & {'"', "\n", delimiter} else text

    lines = [delimiter.join(map(cell, row)) for row in (HEADER, *ROWS)]
    return ("\n".join(lines) + "\n").encode()


def jsonl() -> bytes:
    lines = []
    for row in ROWS:
        record: dict[str, object] = {
            name: value for name, value in zip(HEADER, row, strict=True) if value
        }
        record |= {"metadata": json.loads(row[8])} if row[8] else {}
        record |= {"duration_minutes": int(row[5])} if row[5] else {}
        record |= {"follow_up_required": row[6] == "true"} if row[6] else {}
        lines.append(json.dumps(record))
    return ("\n".join(lines) + "\n").encode()


def typed_rows() -> list[list[object]]:
    return [
        [
            row[0],
            row[1],
            row[2],
            date.fromisoformat(row[3]),
            time.fromisoformat(row[4]) if row[4] else None,
            int(row[5]) if row[5] else None,
            {"true": True, "false": False, "": None}[row[6]],
            datetime.fromisoformat(row[7]) if row[7] else None,
            row[8] or None,
        ]
        for row in ROWS
    ]


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in (sheets or {"Sheet1": [list(HEADER), *typed_rows()]}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet() -> bytes:
    frame = pl.DataFrame(typed_rows(), schema=list(HEADER), orient="row")
    stream = io.BytesIO()
    frame.with_columns(pl.col("milestone_type").cast(pl.Categorical)).write_parquet(stream)
    return stream.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: delimited(","),
    "csv.gz": lambda: delimited(","),
    "tsv": lambda: delimited("\t"),
    "tsv.gz": lambda: delimited("\t"),
    "jsonl": jsonl,
    "jsonl.gz": jsonl,
    "xlsx": workbook,
    "parquet": parquet,
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_rows_in_any_format_are_the_same(house: House, suffix: str) -> None:
    content = FORMATS[suffix]()
    # `put` compresses what ends in .gz.
    house.put(f"skyline/{ENTITY}.{suffix}", content)
    result = house.ingest()
    assert [file.message for file in result.files] == [""]
    rows = house.raw(ENTITY).select("source_row", *HEADER).rows()
    first = 1 if suffix.startswith(("jsonl", "parquet")) else 2
    assert rows == [
        (
            first,
            "M1",
            "007",
            "site_visit",
            date(2026, 3, 1),
            "09:05:00",
            45,
            True,
            datetime(2026, 3, 1, 4, 30, tzinfo=UTC),
            '{"rooms": [1, 2.5]}',
        ),
        (
            first + 1,
            "M2",
            "L2",
            "demo",
            date(2026, 3, 2),
            None,
            None,
            False,
            datetime(2026, 3, 2, 18, 29, 59, tzinfo=UTC),
            None,
        ),
        (
            first + 2,
            "M3",
            'say "hi",\nthere',
            "booking",
            date(2026, 3, 3),
            "18:00:00",
            0,
            None,
            None,
            None,
        ),
    ]


def test_the_same_rows_in_another_format_are_no_change(house: House) -> None:
    for suffix, make in FORMATS.items():
        house.put(f"skyline/{ENTITY}.{suffix}", make())
    assert house.counts()["skyline", ENTITY].landed == 3
    assert len(house.batches(ENTITY)) == 1


def message(house: House, name: str, content: bytes) -> tuple[str, str]:
    house.put(name, content)
    (file,) = house.ingest().files
    return file.status, file.message


HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "parquet", "jsonl"])
def test_an_error_page_is_refused_whatever_its_name(house: House, suffix: str) -> None:
    status, says = message(house, f"skyline/users.{suffix}", HTML)
    assert status == "refused"
    assert "web page" in says or "no Parquet file" in says


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def test_a_zip_that_is_no_workbook_is_refused(house: House) -> None:
    content = zipped(**{"users.csv": b"id,name\n"})
    assert message(house, "skyline/users.xlsx", content) == (
        "refused",
        "is a ZIP archive without a workbook in it",
    )


def test_a_small_workbook_that_unpacks_to_hundreds_of_megabytes_is_refused(house: House) -> None:
    bomb = zipped(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 300_000_000})
    assert len(bomb) < 400_000
    status, says = message(house, "skyline/users.xlsx", bomb)
    assert status == "refused"
    assert "unpacks from 0.3 MB to 300 MB" in says


def test_an_old_or_locked_workbook_says_what_to_do(house: House) -> None:
    status, says = message(house, "skyline/users.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600))
    assert (status, "save it as plain XLSX" in says) == ("refused", True)


def test_the_sheet_that_is_named_like_the_entity_is_read_or_the_only_one(house: House) -> None:
    rows = [["id", "name"], ["U1", "Asha"]]
    house.put("skyline/users.xlsx", workbook({"Read me": [["x"]], "Users": rows}))
    assert house.counts()["skyline", "users"].landed == 1
    house.put("skyline/users.xlsx", workbook({"Old": rows, "New": rows}))
    (file,) = house.ingest().files
    assert "has several sheets (Old, New) and none is named users" in file.message


def test_numbers_of_a_workbook_are_exact_or_refused(house: House) -> None:
    header = ["id", "customer_id", "ledger_code", "ledger_date", "transaction_type", "debit_amount"]

    def row(key: object, amount: object) -> list[object]:
        return [key, "C1", "V1", datetime(2026, 1, 5), "invoice", amount]

    rows = [
        row(1001, 1234567890123.45),
        row(12345678901234567890, 1),
        row("2", "=1+1"),
        row(3, 0.1 + 0.2),
        row(4, 100),
        row(5, "n/a"),
    ]
    house.put("skyline/ledger_entries.xlsx", workbook({"S": [header, [], *rows]}))
    house.ingest()
    landed = house.raw("ledger_entries")
    assert landed.select("source_row", "id", "debit_amount").rows() == [
        (3, "1001", Decimal("1234567890123.45")),
        (6, "3", Decimal("0.30")),
        (7, "4", Decimal("100.00")),
    ]
    reasons = house.quarantine("ledger_entries").select("source_row", "reason_text").rows()
    assert [row for row, _ in reasons] == [4, 5, 8]
    assert "more digits than a spreadsheet's number can hold" in reasons[0][1]
    assert "F5 is a formula without a value" in reasons[1][1]
    assert "'n/a' is not a number" in reasons[2][1]


def test_excel_dates_are_dates(house: House) -> None:
    rows: list[list[object]] = [["id", "status", "created_at"]]
    rows.append(["L1", "new", datetime(2026, 1, 2, 3, 4, 5)])
    house.put("skyline/leads.xlsx", workbook({"S": rows}))
    house.ingest()
    (at,) = house.raw("leads")["created_at"]
    assert at == datetime(2026, 1, 1, 21, 34, 5, tzinfo=UTC)


def test_lines_that_are_no_object_are_quarantined(house: House) -> None:
    last = '{"id": "U2", "name": 12345678901234567890.10}'
    house.put("skyline/users.jsonl", '{"id": "U1", "name": "Asha"}', "[1, 2]", "{broken", last, "")
    house.ingest()
    assert house.raw("users").select("id", "name").rows() == [
        ("U1", "Asha"),
        ("U2", "12345678901234567890.10"),
    ]
    bad = house.quarantine("users").select("source_row", "original", "reason_text").rows()
    assert bad == [
        (2, '{"line": "[1, 2]"}', "the line is not one JSON object"),
        (3, '{"line": "{broken"}', "the line is not one JSON object"),
    ]


def test_a_parquet_file_keeps_its_types(house: House) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2]),
            "customer_id": ["C", "C"],
            "ledger_code": ["V", "V"],
            "ledger_date": pa.array([date(2026, 1, 5)] * 2),
            "transaction_type": ["invoice"] * 2,
            "debit_amount": pa.array(
                [Decimal("9999999999999999.99"), Decimal("0.001")], pa.decimal128(21, 3)
            ),
            "created_at": pa.array(
                [datetime(2026, 1, 5, 1, 2, 3, 456789)] * 2, pa.timestamp("us", "Asia/Kolkata")
            ),
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream)
    house.put("skyline/ledger_entries.parquet", stream.getvalue())
    house.ingest()
    (row,) = house.raw("ledger_entries").rows(named=True)
    assert (row["id"], row["debit_amount"]) == ("1", Decimal("9999999999999999.99"))
    assert row["created_at"] == datetime(2026, 1, 5, 1, 2, 3, 456789, tzinfo=UTC)
    assert house.quarantine("ledger_entries")["reason_text"].to_list() == [
        "debit_amount: '0.001' has more than two decimals"
    ]


def test_a_foreign_export_needs_no_code(house: House) -> None:
    house.ws.sources_file.write_text(
        "crm_export:\n  settle_seconds: 0\n  date_format: DD/MM/YYYY\n"
        '  columns: {id: "Lead #", created_at: "Created On", status: Stage}\n'
        '  values: {status: {"Closed Won": converted, Open: new, Yes: lost}}\n'
    )
    house.tenant("skyline", "name: Skyline\nsources: [crm_export]\n")
    house.put(
        "skyline/leads.csv",
        "Lead #,Created On,Stage,status,first_name",
        "7,05/01/2026, Closed Won ,x,Asha",
        "8,06/01/2026,Lost,y,Ravi",
    )
    house.ingest()
    (row,) = house.raw("leads").rows(named=True)
    assert (row["id"], row["status"], row["first_name"]) == ("7", "converted", "Asha")
    assert row["created_at"] == datetime(2026, 1, 4, 18, 30, tzinfo=UTC)
    assert json.loads(row["extra"]) == {"status (status)": "x"}
    (bad,) = house.quarantine("leads").rows(named=True)
    assert json.loads(bad["original"])["Lead #"] == "8"
    assert "'Lost' is not one of new" in bad["reason_text"]
    house.put("skyline/leads_2.csv", "Created On,Stage", "05/01/2026,Open")
    (problem,) = house.ingest().with_status("refused")
    assert "has no column Lead #" in problem.message


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_cut_file_is_trusted(house: House, suffix: str, full: bool) -> None:
    """F9: a cut file waits, is refused, or, cut at a record's end, is whole as far as it goes."""
    content = FORMATS[suffix]()
    if suffix.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    seen: dict[str, int] = {}
    cuts = random.Random(suffix).choices(range(len(content)), k=400 if full else 6)
    path = house.ws.inbox("skyline") / f"{ENTITY}.{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    for cut in cuts:
        path.write_bytes(content[:cut])
        (file,) = house.ingest(entities=[ENTITY]).files
        seen[file.status] = seen.get(file.status, 0) + 1
        if file.status == "landed":
            assert suffix in ("csv", "tsv", "jsonl")
            assert content[:cut].endswith(b"\n"), cut
            assert file.counts.quarantined == 0
    assert seen.get("waiting", 0) + seen.get("refused", 0) >= len(cuts) // 2
    path.write_bytes(content)
    house.ingest(entities=[ENTITY])
    assert house.newest(ENTITY)["id"].to_list() == ["M1", "M2", "M3"]
