"""Every figure of a report, taken back out of each of its formats, for whole organisations: the
same in HTML, text, PDF and payload, and what the published views say.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pipeline.config.workspace import Workspace
from pipeline.publish.reader import Published, open_published
from pipeline.reports.drawing.formats import formats
from pipeline.reports.payload import Payload, read_payload
from pipeline.reports.sales_dashboard.content import DashboardContent
from tests.reports.conftest import DASHBOARD
from tests.reports.making import page_of, payload_of, render_in_worker, summary_of
from tests.reports.reading import figures, tables, text_of_pdf, visible


@pytest.fixture(scope="module")
def summary(
    organisations: Workspace, organisation: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Payload, dict[str, bytes]]:
    payload = payload_of(organisations, organisation, "daily_summary")
    files = render_in_worker(payload, tmp_path_factory.mktemp("f"), "html", "text", "pdf")
    return payload, dict(files)


@pytest.fixture(scope="module")
def dashboard(
    dashboard_of: Callable[[str], Path], organisation: str
) -> tuple[Payload, dict[str, bytes]]:
    folder = dashboard_of(organisation)
    payload = read_payload((folder / "payload.json").read_bytes(), DashboardContent)
    return payload, {
        name: (folder / f"{DASHBOARD}.{name}").read_bytes() for name in ("html", "pdf")
    }


@pytest.fixture
def published(organisations: Workspace, organisation: str) -> Iterator[Published]:
    with open_published(organisations, organisation) as opened:
        yield opened


def written(payload: Payload) -> set[str]:
    """Every way in which a value of payload.json may be written, its texts' own figures too."""
    f = formats(payload.envelope.locale, payload.envelope.currency)
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if {"rows", "total"} <= set(value):
                walk(value["total"] - len(value["rows"]))  # "and 12 more"
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)
        elif isinstance(value, str):
            number = _number(value)
            found.append(value)
            if number is not None:
                walk(number)
            elif len(value) >= 10 and value[4:5] == "-":
                found.extend(_dates(value, payload, f))
        elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            for amount in (value, -value):
                found.extend(
                    write(amount)
                    for write in (
                        f.number,
                        f.signed,
                        f.money,
                        f.whole_money,
                        f.short_money,
                        f.percent,
                        lambda v: f.percent(v, 0),
                        lambda v: f.number(v, 1),
                        lambda v: f.signed(v * 100, 1),
                        lambda v: f.signed(v * 100, 2),
                        lambda v: f.percentage(v, 0),
                        lambda v: "+" + f.short_money(v),
                        lambda v: "+" + f.percent(v, 0),
                        lambda v: "+" + f.percent(v, 1),
                        lambda v: f.number(v / 24, 1) if isinstance(v, int) else "",
                    )
                )

    walk(_without_facts(payload))
    return figures(" ".join(found))


def _without_facts(payload: Payload) -> dict[str, Any]:
    """The payload as data, without what only the page's filters count."""
    data: dict[str, Any] = json.loads(payload.to_json())
    data["content"].pop("facts", None)
    return data


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text.lstrip("-").replace(".", "", 1).isdigit() else None


def _dates(text: str, payload: Payload, f: Any) -> list[str]:
    if "T" in text:
        return [f.moment(datetime.fromisoformat(text), payload.envelope.timezone)]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return []
    return [f.date(day), f.day_month(day), f.month(day), str(day.day)]


# Written by the template and not a value: "24 hours", "90 days", "twelve months" of lists.
FIXED = {"24", "90", "0", "1", "7", "30", "12", "±0", "20", "25", "100"}


@pytest.mark.browser
def test_mail_text_and_paper_say_the_same(
    summary: tuple[Payload, dict[str, bytes]], tmp_path: Path
) -> None:
    _, files = summary
    mail, text = figures(visible(files["html"])), figures(files["text"].decode())
    assert mail == text
    assert len(mail) >= 40
    drawn = {str(n) for n in range(1000)}  # the chart's own numbers are lines in the PDF
    assert mail - figures(text_of_pdf(files["pdf"], tmp_path)) <= drawn
    assert len(files["html"]) < 90_000


def test_what_the_mail_says_is_in_its_payload(summary: tuple[Payload, dict[str, bytes]]) -> None:
    payload, files = summary
    seen = re.sub(r"Build \S+ · content \w+", "", visible(files["html"]))
    checks = {str(len(summary_of(payload).trust.checks))}  # "34 of 38"
    assert figures(seen) - written(payload) - checks <= FIXED


def test_the_mail_says_what_the_views_say(
    summary: tuple[Payload, dict[str, bytes]], published: Published
) -> None:
    payload, files = summary
    f = formats(payload.envelope.locale, payload.envelope.currency)
    day = {"day": published.as_of, "first": published.as_of.replace(day=1)}
    flows = published.rows("SELECT * FROM daily_activity WHERE date = $day", {"day": day["day"]})[0]
    level = published.rows("SELECT * FROM v_kpi_daily WHERE date = $day", {"day": day["day"]})[0]
    text = files["text"].decode()
    lines = {
        line.split(":")[0]: line.split(": ")[1]
        for line in text.splitlines()
        if line.split(":")[0].isupper() and ": " in line
    }
    for tile in summary_of(payload).tiles:
        value = (flows if tile.flow else level)[tile.name]
        write = f.short_money if tile.kind == "money" else f.number
        assert lines[tile.title.upper()] == write(value)
        if tile.flow:
            total = published.rows(
                f"SELECT sum({tile.name}) AS n FROM daily_activity"
                " WHERE date BETWEEN $first AND $day",
                day,
            )[0]["n"]
            assert f"Month to date {write(total)}" in text
    due = published.rows("SELECT count(*) AS n FROM follow_ups WHERE state = 'overdue'")[0]["n"]
    assert f"{f.number(due)} overdue" in text


# The published rows behind each table of the page, in the page's order of columns.
TABLES = {
    "t-sources": "SELECT total_leads, qualified_leads, converted_leads, conversion_rate,"
    " lost_leads, booked_value, median_days_to_booking FROM v_lead_source_performance",
    "t-campaigns": "SELECT total_leads, qualified_leads, converted_customers, conversion_rate,"
    " net_booked_value FROM v_campaign_performance",
    "t-returns": "SELECT spend, cost_per_lead, cost_per_site_visit, cost_per_booking, roi_pct,"
    " expected_roi, budget, roi_on_budget_pct FROM v_campaign_performance",
    "t-booking-months": "SELECT gross_count, gross_amount, cancelled_count, cancelled_amount,"
    " net_count, net_amount FROM booking_months WHERE month > $as_of - INTERVAL 12 MONTH",
    "t-statuses": "SELECT leads_new, leads_contacted, leads_qualified, leads_negotiation,"
    " leads_converted, leads_lost, total_leads FROM v_lead_funnel_analysis"
    " WHERE month > $as_of - INTERVAL 12 MONTH",
    "t-stages": "SELECT completed_spells, lost_spells, median_days, p90_days, open_spells,"
    " median_open_days, longest_open_days FROM v_time_in_stage",
    "t-first-response": "SELECT leads, responded_leads, median_first_response_hours,"
    " p90_first_response_hours, within_1h_rate, within_24h_rate, unanswered_leads,"
    " oldest_unanswered_days FROM v_first_response WHERE month > $as_of - INTERVAL 12 MONTH",
    "t-performance": "SELECT total_leads, new_leads_mtd, open_leads, qualified_leads,"
    " converted_leads, conversion_rate, net_bookings, net_booked_value, median_days_to_booking"
    " FROM v_owner_performance ORDER BY net_booked_value DESC LIMIT 100",
    "t-work": "SELECT site_visits, engagement_completed_mtd, response_rate,"
    " median_first_response_hours, unanswered_leads, follow_ups_overdue, follow_ups_due_today,"
    " oldest_follow_up_date FROM v_owner_performance ORDER BY net_booked_value DESC LIMIT 100",
    "t-reasons": "SELECT sum(cancelled_count), sum(cancelled_count) / sum(sum(cancelled_count))"
    " OVER (), sum(cancelled_amount), sum(cancelled_units), sum(refunds_promised),"
    " sum(refunds_stated) FROM v_cancellations GROUP BY reason",
    "t-absorption": "SELECT "
    + ", ".join(
        "coalesce(sum(net_units) FILTER"
        f" (month = date_trunc('month', $as_of) - INTERVAL {ago} MONTH), 0)"
        for ago in range(5, -1, -1)
    )
    + ", sum(net_units), sum(net_amount) FROM booking_unit_months"
    " WHERE month > $as_of - INTERVAL 12 MONTH GROUP BY unit_type",
    "t-likely": "SELECT score, waited_days, compared_leads, compared_booked FROM v_lead_scores"
    " WHERE booking_probability IS NOT NULL"
    " ORDER BY booking_probability DESC, waited_days, lead_name, lead_id LIMIT 50",
    "t-dues": "SELECT outstanding_balance, not_due, days_1_30 + days_31_60 + days_61_90 +"
    " days_91_120 + days_over_120, days_91_120 + days_over_120, unapplied_credit,"
    " last_payment_date, last_payment_amount FROM v_customer_ledger_summary"
    " WHERE outstanding_balance > 0 ORDER BY 3 DESC, 1 DESC, customer_name, customer_id LIMIT 50",
}


def test_the_page_shows_the_published_rows(
    dashboard: tuple[Payload, dict[str, bytes]], published: Published
) -> None:
    _, files = dashboard
    shown = tables(files["html"].decode())
    compared = 0
    for name, sql in TABLES.items():
        parameters = {"as_of": published.as_of} if "$as_of" in sql else {}
        rows = [list(row.values()) for row in published.rows(sql, parameters)]
        if name not in shown:
            assert not rows or name in ("t-booking-months", "t-statuses", "t-dues")
            continue
        cells = [[v for _, v in row if v is not None] for row in shown[name][1:]]
        width = len(rows[0]) if rows else 0
        found = Counter(tuple(map(_exact, row[-width:])) for row in cells if len(row) >= width)
        assert found <= Counter(tuple(map(_exact, row)) for row in rows), name
        assert found.total() == min(len(rows), 100)  # and the page says of how many
        compared += found.total()
    assert compared > 10


def _exact(value: Any) -> tuple[int, Any]:
    """A value as the page's data-v and the view's column both give it; None sorts first."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    number = None
    try:
        number = round(float(text), 6)
    except ValueError:
        return (0, text)
    return (1, number)


@pytest.mark.browser
def test_cards_are_the_view_and_so_is_paper(
    dashboard: tuple[Payload, dict[str, bytes]], published: Published, tmp_path: Path
) -> None:
    payload, files = dashboard
    f = formats(payload.envelope.locale, payload.envelope.currency)
    row = published.rows("SELECT * FROM v_kpi_dashboard")[0]
    page, paper = visible(files["html"]), text_of_pdf(files["pdf"], tmp_path)
    paper = " ".join(paper.replace("\N{NO-BREAK SPACE}", " ").split())
    writers: dict[str, Callable[[Any], str]] = {
        "money": f.short_money,
        "rate": f.percent,
        "count": f.number,
    }
    for kpi in page_of(payload).overview.kpis:
        text = writers[kpi.value.kind](row[kpi.name]).replace("\N{NO-BREAK SPACE}", " ")
        assert f"{kpi.title} {text}" in " ".join(page.replace("\N{NO-BREAK SPACE}", " ").split())
        assert f"{kpi.title} {text}" in paper
    paper = re.sub(r"build \S+ · content \w+", "", paper)
    keys = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b"
    for key in set(re.findall(keys, str(_without_facts(payload)))):
        paper = re.sub(r"\s?".join(key), "", paper)  # paper breaks it anywhere
    assert figures(paper) - figures(page) - written(payload) <= _page_numbers(files["pdf"])


def _page_numbers(pdf: bytes) -> set[str]:
    return {str(n) for n in range(len(PdfReader(io.BytesIO(pdf)).pages) + 1)} | FIXED


def test_collection_efficiency_is_the_published_one(
    dashboard: tuple[Payload, dict[str, bytes]], published: Published
) -> None:
    payload, files = dashboard
    row = published.rows("SELECT * FROM receivables")[0]
    if page_of(payload).dues is None:
        assert not row["closing"]
        return
    percentage = row["collection_efficiency_pct"]
    f = formats(payload.envelope.locale, payload.envelope.currency)
    text = "–" if percentage is None else f.percentage(percentage)
    page = " ".join(visible(files["html"]).split())  # split() takes no-break spaces too
    assert f"Collected this month of what was due {' '.join(text.split())} " in page


def test_the_payload_is_kept_as_it_was_read(
    dashboard: tuple[Payload, dict[str, bytes]],
    dashboard_of: Callable[[str], Path],
    organisation: str,
) -> None:
    payload, _ = dashboard
    file = dashboard_of(organisation) / "payload.json"
    assert file.read_bytes() == payload.to_json()
    content = json.loads(file.read_text())["content"]
    assert sum(content["facts"]["leads"]["numbers"]["n"]) == int(
        page_of(payload).overview.kpis[0].value.value or 0
    )
