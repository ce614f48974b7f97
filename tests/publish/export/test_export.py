"""A copy of a published build: the same rows in every form, explained, whole or not there."""

import csv
import io
import json
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.publish.dictionary import dictionary
from pipeline.publish.export import workbook
from pipeline.publish.export.export import Wish, export
from pipeline.publish.reader import open_published
from tests.publish.export.making import HOSTILE, OTHERS_SECRET, SKYLINE, publish_build

TABLES = {"tenants", "data_checks", "leads", "receivables", "unexplained"}


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    publish_build(workspace)
    return workspace


def published(ws: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with open_published(ws, "skyline") as build:
        return build.query(sql).fetchall()


def columns_of(ws: Workspace) -> list[str]:
    return [row[0] for row in published(ws, "DESCRIBE leads")]


def test_a_database_has_the_same_rows_and_types(ws: Workspace, tmp_path: Path) -> None:
    result = export(ws, SKYLINE, Wish(tmp_path / "out" / "skyline.duckdb"))
    assert (result["tables"], result["rows"]) == (len(TABLES), len(HOSTILE) + 2)
    with duckdb.connect(result["written"], read_only=True) as copy:
        copy.execute("SET TimeZone = 'UTC'")
        for sql in ("FROM leads ORDER BY lead_id", "FROM tenants", "DESCRIBE leads"):
            told = published(ws, sql)
            assert [row[:2] if "DESC" in sql else row for row in copy.execute(sql).fetchall()] == [
                row[:2] if "DESC" in sql else row for row in told
            ]
        names = {row[0] for row in copy.execute("SHOW TABLES").fetchall()}
        assert names == TABLES | {"export_about", "export_columns"}


def test_a_database_says_what_its_tables_and_columns_mean(ws: Workspace, tmp_path: Path) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "skyline.duckdb"))
    with duckdb.connect(str(tmp_path / "skyline.duckdb"), read_only=True) as copy:
        [(told,)] = copy.execute(
            "SELECT comment FROM duckdb_tables() WHERE table_name = 'leads'"
        ).fetchall()
        assert told == dictionary()["leads"].told
        comments = dict(
            copy.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'leads'"
            ).fetchall()
        )
        assert all(comments.values())
        assert comments["booked_value"].endswith("[INR]")
        about = dict(copy.execute("FROM export_about").fetchall())
        assert (about["As of"], about["Currency"]) == ("2026-03-31", "INR")
        [(count,)] = copy.execute("SELECT count(*) FROM export_columns").fetchall()
        explained = [dictionary()[name] for name in TABLES - {"unexplained"}]
        assert count == sum(len(table.columns) for table in explained)


def test_no_byte_of_another_tenant_is_in_it(ws: Workspace, tmp_path: Path) -> None:
    for target in ("a.duckdb", "a.xlsx", "folder"):
        export(ws, SKYLINE, Wish(tmp_path / target))
    export(ws, SKYLINE, Wish(tmp_path / "csv", format="csv"))
    for file in tmp_path.rglob("*"):
        if file.is_file() and ws.root not in file.parents:
            assert OTHERS_SECRET.encode() not in file.read_bytes(), file
    assert {row[0] for row in duckdb.sql(f"FROM '{tmp_path}/folder/leads.parquet'").fetchall()} == {
        "skyline"
    }


def test_a_folder_of_parquet_has_the_same_rows_and_says_whose_they_are(
    ws: Workspace, tmp_path: Path
) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "copy"))
    copied = duckdb.sql(f"FROM '{tmp_path}/copy/leads.parquet' ORDER BY lead_id")
    assert copied.fetchall() == published(ws, "FROM leads ORDER BY lead_id")
    mark = json.loads((tmp_path / "copy" / "export.json").read_text())
    assert mark["as_of"] == "2026-03-31"
    assert mark["tables"]["leads"] == len(HOSTILE)
    told = pl.read_csv(tmp_path / "copy" / "columns.csv")
    assert (
        "Gross value of bookings" in told.filter(column="booked_value", table="leads")["meaning"][0]
    )


def test_a_csv_opens_in_a_spreadsheet_without_formulas_and_in_local_time(
    ws: Workspace, tmp_path: Path
) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "leads.csv", tables=("leads",)))
    data = (tmp_path / "leads.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbftenant_id,")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    names = [row["lead_name"] for row in rows]
    assert names[:3] == ["'=1+1", "'-5", "'@x"]
    assert names[3:] == HOSTILE[3:]
    assert rows[0]["created_at"].startswith("2026-04-01T01:30:00")
    assert rows[0]["created_at"].endswith("+05:30")
    assert rows[0]["booked_value"] == "12345678.90"


def test_a_workbook_holds_text_as_text_numbers_as_numbers_and_days_as_days(
    ws: Workspace, tmp_path: Path
) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "a.xlsx"))
    book = load_workbook(tmp_path / "a.xlsx")
    assert set(book.sheetnames) == TABLES | {"Contents", "Columns"}
    page = book["leads"]
    at = {name: number for number, name in enumerate(columns_of(ws), 1)}
    assert page.cell(1, at["booked_value"]).value == "Booked value"
    note = page.cell(1, at["booked_value"]).comment
    assert note
    assert "booked_value\nGross value of bookings" in note.text
    names = [
        unescape(str(row[at["lead_name"] - 1].value or "")) for row in page.iter_rows(min_row=2)
    ]
    assert names == [text.replace("\x0b", "\N{REPLACEMENT CHARACTER}") for text in HOSTILE]
    assert page.cell(2, at["lead_name"]).data_type == "s"
    assert page.cell(2, at["lead_date"]).value == datetime(2026, 3, 1)
    assert page.cell(2, at["created_at"]).value == datetime(2026, 4, 1, 1, 30, 0, 250_000)
    assert page.cell(2, at["is_converted"]).value is True
    assert page.cell(3, at["is_converted"]).value is False
    assert page.cell(2, at["booked_value"]).value == 12345678.9
    assert page.cell(2, at["net_booked_value"]).value is None
    # No double holds it to its last digit, and no spreadsheet has days before 1900.
    assert page.cell(3, at["net_booked_value"]).value == "9999999999999999.99"
    assert page.cell(3, at["lost_date"]).value == date(1899, 1, 1).isoformat()
    assert page.cell(2, at["first_response_hours"]).value == pytest.approx(1 / 3)


@pytest.mark.browser
def test_libreoffice_shows_a_workbook_and_its_cells(ws: Workspace, tmp_path: Path) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "a.xlsx"))
    # A profile of its own: two LibreOffices cannot share one. -1: every sheet, into a file each.
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1",
            "--outdir",
            tmp_path / "shown",
            tmp_path / "a.xlsx",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (tmp_path / "shown" / "a-leads.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Lead name"] for row in rows][:7] == [
        *("=1+1", "-5", "@x", "<b>&amp;", "a\N{REPLACEMENT CHARACTER}b", "_x0041_", "मीरा ₹"),
    ]
    assert rows[0]["Booked value"] == "12,345,678.90"
    assert rows[0]["Lead date"] == "2026-03-01"
    assert rows[0]["Created at"] == "2026-04-01 01:30:00"
    contents = (tmp_path / "shown" / "a-Contents.csv").read_text(encoding="utf-8")
    assert "Organisation,Skyline Homes" in contents
    assert "one row per tenant and lead" in contents


def test_named_tables_only(ws: Workspace, tmp_path: Path) -> None:
    export(ws, SKYLINE, Wish(tmp_path / "some", tables=("leads", "receivables")))
    assert {file.stem for file in (tmp_path / "some").glob("*.parquet")} == {"leads", "receivables"}
    with pytest.raises(ConfigError, match="no table lead of skyline; there are data_checks, leads"):
        export(ws, SKYLINE, Wish(tmp_path / "none", tables=("lead",)))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("target", ["a.duckdb", "a.xlsx", "folder"])
def test_what_is_there_stays_unless_it_is_to_be_replaced(
    ws: Workspace, tmp_path: Path, target: str
) -> None:
    export(ws, SKYLINE, Wish(tmp_path / target, tables=("tenants",)))
    with pytest.raises(ConfigError, match="--replace writes it anew"):
        export(ws, SKYLINE, Wish(tmp_path / target))
    result = export(ws, SKYLINE, Wish(tmp_path / target, replace=True))
    assert result["tables"] == len(TABLES)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([target, ws.root.name])


def test_a_folder_that_is_no_export_is_never_replaced(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="is not empty; name a new folder"):
        export(ws, SKYLINE, Wish(tmp_path / "mine", replace=True))
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_nothing_is_written_into_the_workspace(ws: Workspace) -> None:
    for target in (ws.warehouse_file, ws.root / "published" / "x", ws.root, ws.root.parent):
        with pytest.raises(ConfigError, match="the workspace's own"):
            export(ws, SKYLINE, Wish(Path(target), replace=True))


def test_an_export_that_fails_leaves_the_earlier_one(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.xlsx"
    export(ws, SKYLINE, Wish(target))
    before = target.read_bytes()
    monkeypatch.setattr(workbook, "_MOST_ROWS", 3)
    with pytest.raises(MilepostError, match="leads has 10 rows, a sheet 3: export to a folder"):
        export(ws, SKYLINE, Wish(target, replace=True))
    assert target.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.xlsx", ws.root.name]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(Path("x"), format="xml"), "no format 'xml'; there are parquet and csv"),
        (Wish(Path("x.xlsx"), format="csv"), "--format is for a folder"),
        (Wish(Path("x.csv")), "holds one table: name it with --table"),
    ],
)
def test_a_wish_that_cannot_be_is_told_why(ws: Workspace, wish: Wish, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        export(ws, SKYLINE, wish)
