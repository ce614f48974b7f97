"""Receivables, booking register, data quality and workbook: one payload, the same figures in every
format, equal to what is published.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from pipeline.config.registry import Registry, load_registry
from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError
from pipeline.publish.as_of import figures_as_of
from pipeline.publish.reader import open_published
from pipeline.reports.build import render_report
from pipeline.reports.catalogue import find_report
from pipeline.reports.drawing.formats import formats
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import Selection
from tests.reports.drawing.pdf.test_structure import check_tags
from tests.reports.xlsx import stored, values

pytestmark = pytest.mark.browser  # Poppler reads what was drawn

AS_OF = date(2026, 3, 31)
TENANT = "skyline"
INDIA = formats("en_IN", "INR")


@dataclass(frozen=True)
class Demo:
    ws: Workspace
    registry: Registry
    home: Path

    def render(self, report: str, **options: Any) -> Mapping[str, bytes]:
        settings = load_settings(self.home)
        made = render_report(
            self.ws, self.registry, settings, ReportRequest(TENANT, report, **options)
        )
        return {artifact.format: artifact.path.read_bytes() for artifact in made}

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with open_published(self.ws, TENANT) as published:
            return published.rows(sql)


@pytest.fixture(scope="module")
def demo(organisations: Workspace) -> Demo:
    """Whole organisations, published, of which this file alone has reports made."""
    return Demo(organisations, load_registry(organisations), organisations.root)


def text_of(pdf: bytes) -> str:
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(text.replace("\xa0", " ").split())


def shown(amount: Decimal) -> str:
    return INDIA.amount(amount).replace("\xa0", " ")


def test_receivables_say_the_published_figures_in_every_format(demo: Demo) -> None:
    made = demo.render("receivables")
    (row,) = demo.rows("select * from receivables")
    text, customers = text_of(made["pdf"]), values(stored(made["xlsx"])["Customers"])
    for name in ("receivable", "closing", "overdue_total", "not_due", "days_over_120"):
        assert shown(abs(row[name])) in text, name
    head = list(customers[0])
    (total,) = [line for line in customers if line[0] == "Total"]
    assert total[head.index("Balance")] == float(row["closing"])
    assert total[head.index("Over 120 days")] == float(row["days_over_120"])
    accounts = demo.rows("select * from v_customer_ledger_summary where outstanding_balance <> 0")
    by_code = {line[0]: line for line in customers}
    for account in accounts:
        line = by_code[account["customer_code"]]
        assert line[head.index("Balance")] == float(account["outstanding_balance"])
        assert line[head.index("Name")] == account["customer_name"]
        assert account["customer_code"] in text
    assert "Page 1 of" in text
    assert f"as of {INDIA.date(AS_OF)} · data build" in text


def test_the_register_counts_what_was_booked_and_cancelled(demo: Demo) -> None:
    made = demo.render("booking_register")
    (sums,) = demo.rows(
        "select sum(gross_count) as gross, sum(gross_amount) as gross_value,"
        " sum(cancelled_count) as cancelled, sum(cancelled_amount) as cancelled_value,"
        " sum(net_amount) as net_value from booking_months where month >= '2025-04-01'"
    )
    text, sheets = text_of(made["pdf"]), stored(made["xlsx"])
    period = values(sheets["By month"])[13]
    assert period[1:6:2] == (sums["gross"], sums["cancelled"], sums["gross"] - sums["cancelled"])
    assert period[2:7:2] == tuple(
        map(float, (sums["gross_value"], sums["cancelled_value"], sums["net_value"]))
    )
    for name in ("gross_value", "cancelled_value", "net_value"):
        assert shown(sums[name]) in text
    lines = values(sheets["Bookings"])
    head = list(lines[0])
    listed = {line[head.index("Booking")]: line for line in lines[1:] if line[1]}
    booked = demo.rows("select * from bookings where booking_date >= '2025-04-01'")
    assert set(listed) == {row["booking_code"] for row in booked}
    for row in booked:
        line = listed[row["booking_code"]]
        assert line[head.index("Value")] == float(row["booking_amount"])
        assert line[head.index("Booked on")].date() == row["booking_date"]
        assert line[head.index("Customer")] == row["customer_name"]
        assert line[head.index("Status")] == row["status_asof"]


def test_a_part_is_said_to_be_one_and_lies_apart(demo: Demo) -> None:
    owner, unit = "Shreya Gupta", "2 BHK"
    whole = demo.render("booking_register")
    part = demo.render(
        "booking_register",
        selection=Selection(owner=owner.upper(), unit_type=unit, first=date(2025, 7, 1)),
    )
    (row,) = demo.rows(
        "select count(*) as n, sum(booking_amount) as value from bookings where is_gross and"
        f" owner_name = '{owner}' and unit_type = '{unit}' and booking_date >= '2025-07-01'"
    )
    text = text_of(part["pdf"])
    assert row["n"] > 0
    assert f"Booked {row['n']} worth {shown(row['value'])}" in text
    assert "Only owner SHREYA GUPTA, unit type 2 BHK" in text
    assert "1 July 2025 to 31 March 2026" in text
    assert demo.render("booking_register") == whole  # not made anew, and not replaced


def test_receivables_of_a_part_are_those_of_its_customers(demo: Demo) -> None:
    made = demo.render("receivables", selection=Selection(unit_type="3 bhk"))
    (row,) = demo.rows(
        "select sum(outstanding_balance) as closing from v_customer_ledger_summary where"
        " customer_id in (select customer_id from bookings where is_gross and unit_type = '3 BHK')"
    )
    lines = values(stored(made["xlsx"])["Customers"])
    (total,) = [line for line in lines if line[0] == "Total"]
    assert total[list(lines[0]).index("Balance")] == float(row["closing"])


def test_what_cannot_be_narrowed_says_what_can(demo: Demo) -> None:
    with pytest.raises(ConfigError, match="data_quality cannot be narrowed to owner; daily_summ"):
        demo.render("data_quality", selection=Selection(owner="x"))
    with pytest.raises(ConfigError, match="receivables cannot be narrowed to days; customer_st"):
        demo.render("receivables", selection=Selection(first=AS_OF))
    with pytest.raises(ConfigError, match="but the data is as of 2026-03-31"):
        demo.render("booking_register", selection=Selection(last=date(2026, 4, 1)))


def test_the_workbook_is_the_views(demo: Demo) -> None:
    sheets = stored(demo.render("workbook")["xlsx"])
    views = find_report("workbook").tables
    assert list(sheets) == [*(view.removeprefix("v_") for view in views), "About"]
    for view in views:
        rows = demo.rows(f'select * exclude (tenant_id) from "{view}"')
        lines = values(sheets[view.removeprefix("v_")])
        assert list(lines[0]) == list(rows[0])
        assert len(lines) == len(rows) + 1
        for number, name in enumerate(rows[0]):
            published = [row[name] for row in rows if row[name] is not None]
            ours = [line[number] for line in lines[1:] if line[number] is not None]
            assert len(ours) == len([value for value in published if value != ""])
            if published and isinstance(published[0], Decimal | float):
                assert sum(ours) == pytest.approx(float(sum(published)), rel=1e-9, abs=1e-6)
    rates = [cell.number_format for cell in sheets["kpi_daily"]["F"][1:3]]
    assert sheets["kpi_daily"]["F1"].value == "conversion_rate"
    assert rates == ["0.0%", "0.0%"]


def test_data_quality_says_the_same_in_both_formats(demo: Demo) -> None:
    made = demo.render("data_quality")
    page, sheets = made["html"].decode(), stored(made["xlsx"])
    checks = demo.rows("select * from data_checks")
    by_name = {line[0]: line for line in values(sheets["Checks"])}
    for check in checks:
        assert by_name[check["check_name"]][3] == check["failures"]
        if check["failures"] and check["severity"] != "info":
            assert check["check_name"] in page
    files = demo.rows("select * from quarantine_summary")
    rows = {line[1]: line[2] for line in values(sheets["Quarantine"])[1:] if line[1]}
    assert rows == {row["source_file"]: row["rows"] for row in files}
    assert f"<b>{sum(rows.values())}</b> rows in quarantine" in page
    assert "http" not in page.replace("http-equiv", "")


def test_figures_as_of_another_day_leave_todays_alone(demo: Demo) -> None:
    day = date(2025, 12, 31)
    settings, before = load_settings(demo.home), demo.rows("select * from v_kpi_dashboard")
    earlier = figures_as_of(demo.ws, demo.registry, settings, day)
    with open_published(earlier, TENANT) as published:
        (figures,) = published.rows("select * from v_kpi_dashboard")
        owed = published.rows("select * from v_customer_ledger_summary order by customer_id")
    leads = f"select count(*) as n from leads where lead_date <= '{day}'"
    booked = f"select count(*) as n from bookings where is_gross and booking_date <= '{day}'"
    assert figures["as_of_date"] == day
    assert figures["total_leads"] == demo.rows(leads)[0]["n"] < before[0]["total_leads"]
    assert figures["total_bookings"] == demo.rows(booked)[0]["n"] < before[0]["total_bookings"]
    assert demo.rows("select * from v_kpi_dashboard") == before
    built = earlier.warehouse_file.stat().st_mtime_ns
    assert figures_as_of(demo.ws, demo.registry, settings, day).root == earlier.root
    assert earlier.warehouse_file.stat().st_mtime_ns == built  # there already

    who = next(row for row in owed if row["outstanding_balance"])
    made = demo.render(
        "customer_statement",
        as_of=day,
        customer=who["customer_code"],
        selection=Selection(first=date(2025, 10, 1), last=day),
        figures=earlier,
        formats=(
            "pdf",
            "html",
            "xlsx",
            "archive",
        ),
    )
    closing = INDIA.balance(who["outstanding_balance"]).replace("\xa0", " ")
    for format_ in ("pdf", "archive"):
        text = text_of(made[format_])
        assert "1 October 2025 to 31 December 2025" in text
        assert f"Closing balance, 31 Dec 2025 {closing}" in text
    assert shown(abs(who["outstanding_balance"])) in made["html"].decode().replace("\xa0", " ")
    sheet = {row[0]: row[1] for row in values(stored(made["xlsx"])["Statement"])}
    assert sheet["Closing balance, 2025-12-31"] == float(who["outstanding_balance"])
    with pytest.raises(ConfigError, match="is not over yet"):
        figures_as_of(demo.ws, demo.registry, settings, date(2999, 1, 1))
    with pytest.raises(ConfigError, match="ask for it as of 2025-12-31"):
        demo.render(
            "customer_statement", customer=who["customer_code"], selection=Selection(last=day)
        )


def test_the_archive_holds_the_ledger(demo: Demo) -> None:
    (who,) = demo.rows(
        "select customer_id, customer_code from v_customer_ledger_summary"
        " order by total_transactions desc, customer_id limit 1"
    )
    made = demo.render("customer_statement", customer=who["customer_code"], formats=("archive",))
    reader = PdfReader(io.BytesIO(made["archive"]))
    catalog: Any = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_data()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    (attached,) = reader.attachments["ledger.csv"]
    lines = list(csv.DictReader(io.StringIO(attached.decode())))
    entries = demo.rows(
        f"select * from ledger_entries where customer_id = '{who['customer_id']}' and is_effective"
        " and ledger_date >= '2025-04-01' order by entry_order"
    )
    assert [line["Voucher"] for line in lines[1:-1]] == [row["ledger_code"] for row in entries]
    assert lines[-1]["Balance"] == str(entries[-1]["running_balance"])
    assert (
        demo.render("customer_statement", customer=who["customer_code"], formats=("archive",))
        == made
    )


def test_all_statements_in_one_file_with_an_index(demo: Demo) -> None:
    settings = load_settings(demo.home)
    for first in (True, False):  # the second time from what is there, to the same bytes
        made = render_report(
            demo.ws, demo.registry, settings, ReportRequest("trellis", "statement_book")
        )
        files = {artifact.format: artifact for artifact in made}
        data = files["pdf"].path.read_bytes()
        if first:
            once = data
    assert data == once
    with pikepdf.open(io.BytesIO(data)) as book:
        check_tags(book, (0, 1, 2, 3, len(book.pages) // 2, -1))
        assert book.Root.MarkInfo.Marked is True  # type: ignore[comparison-overlap]
        assert 'pdfuaid:part="1"' in book.Root.Metadata.read_bytes().decode()
    index = json.loads(files["json"].path.read_bytes())["content"]["entries"]
    reader = PdfReader(io.BytesIO(data))
    outline: list[Any] = reader.outline
    titles = {entry.title: reader.get_destination_page_number(entry) for entry in outline}
    folder = demo.ws.artifacts("trellis", "customer_statement", AS_OF)
    assert len(index) == len([one for one in folder.iterdir() if one.is_dir()]) > 20
    assert index[-1]["page"] + index[-1]["pages"] - 1 == len(reader.pages)
    for entry in (index[0], index[len(index) // 2], index[-1]):
        page = reader.pages[entry["page"] - 1].extract_text()
        assert "Statement of account" in page
        assert entry["code"] in page
        assert f"Page 1 of {entry['pages']}" in page
        assert titles[f"{entry['code']} · {entry['name']}"] == entry["page"] - 1
