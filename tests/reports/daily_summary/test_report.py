"""The daily summary: its figures are the published ones and the same in mail, text and PDF."""

import base64
import io
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from pipeline.reports.catalogue import check_columns, find_report
from pipeline.reports.payload import Payload, read_payload
from tests.reports.making import make_payload, render, render_in_worker, summary_of
from tests.reports.reading import figures, visible
from tests.reports.sample import AS_OF, EMPTY, LONG_NAME, SAMPLE, instant, quiet, sample

FORMATS = ("html", "text", "pdf")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Payload:
    return make_payload(tmp_path_factory.mktemp("busy"), "daily_summary", sample())


@pytest.fixture(scope="module")
def files(busy: Payload, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    return render_in_worker(busy, tmp_path_factory.mktemp("fonts"), *FORMATS)


def test_the_sample_has_every_column_that_the_reports_read() -> None:
    available = {name: rows[0] for name, rows in SAMPLE.items()}
    for report in ("daily_summary", "sales_dashboard"):
        check_columns(find_report(report), available)


def test_every_figure_of_the_mail_is_in_its_text_part_and_the_reverse(
    files: Mapping[str, bytes],
) -> None:
    html, text = figures(visible(files["html"])), figures(files["text"].decode())
    assert html - text == set()
    assert text - html == set()
    assert len(html) > 100


def test_every_figure_of_the_mail_is_in_the_pdf(files: Mapping[str, bytes]) -> None:
    pages = PdfReader(io.BytesIO(files["pdf"])).pages
    text = " ".join(page.extract_text() for page in pages)
    drawn = {str(n) for n in range(100)}  # the chart's own numbers are lines in the PDF
    assert figures(visible(files["html"])) - figures(text) <= drawn
    assert len(pages) <= 2


def test_tiles_are_the_published_rows(busy: Payload) -> None:
    by_day = {row["date"]: row for row in SAMPLE["daily_activity"]}
    tiles = {tile.name: tile for tile in summary_of(busy).tiles}
    leads = tiles["new_leads"]
    assert leads.value == by_day[AS_OF]["new_leads"] == 42
    assert leads.previous_day.base == by_day[AS_OF - timedelta(days=1)]["new_leads"]
    assert leads.same_weekday.base == by_day[AS_OF - timedelta(days=7)]["new_leads"]
    month = [row for day, row in by_day.items() if (day.year, day.month) == (2025, 9)]
    before = [r for d, r in by_day.items() if (d.year, d.month) == (2025, 8) and d.day <= 18]
    assert leads.to_date == sum(row["new_leads"] for row in month)
    assert leads.last_month.base == sum(row["new_leads"] for row in before)
    assert tiles["receipts"].to_date == sum(row["receipts"] for row in month)
    assert tiles["pending_follow_ups"].to_date is None
    assert tiles["pending_follow_ups"].previous_day.mood == "good", "fewer is better"


def test_the_payload_reads_back_as_it_was(busy: Payload) -> None:
    assert read_payload(busy.to_json(), type(busy.content)) == busy


def test_sizes(files: Mapping[str, bytes]) -> None:
    assert len(files["html"]) < 90_000
    (picture,) = re.findall(rb'src="data:image/png;base64,([^"]+)"', files["html"])
    assert len(base64.b64decode(picture)) <= 40_000


def test_the_mail_loads_nothing_and_its_styles_are_on_the_elements(
    files: Mapping[str, bytes],
) -> None:
    html = files["html"].decode()
    assert re.findall(r'(?:src|href|background)="(?!data:)[^"]*"', html) == []
    assert "url(" not in html
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert re.sub(r"@media[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style).strip() == ""
    assert "prefers-color-scheme" in style
    assert all(
        'role="presentation"' in t or "<th" in html for t in re.findall("<table[^>]*>", html)
    )


def test_rendering_again_in_another_process_gives_the_same_bytes(
    busy: Payload, files: Mapping[str, bytes], tmp_path: Path
) -> None:
    assert render_in_worker(busy, tmp_path, *FORMATS) == files


def test_movers(busy: Payload) -> None:
    movers = summary_of(busy).movers
    assert [(m.name, (m.change.difference or 0) > 0) for m in movers.sources] == [
        ("Website", True),
        ("Property portals", False),
    ]
    assert [m.name for m in movers.campaigns] == ["Monsoon Launch", "Expo"]
    assert [row.code for row in movers.bookings.rows] == ["BK-0002", "BK-0001", "BK-0000"]
    (gone,) = movers.cancellations.rows
    assert (gone.code, gone.reason) == ("BK-0004", "Loan not sanctioned")
    # Customer 2 had an older item overdue, so it is not new; of seven, five are listed.
    assert movers.newly_overdue.total == 7
    assert "CU-0002" not in [row.code for row in movers.newly_overdue.rows]
    assert len(movers.newly_overdue.rows) == 5


def test_the_worklist_counts_everybody_and_shows_the_ten_oldest(
    busy: Payload, files: Mapping[str, bytes]
) -> None:
    ups = summary_of(busy).follow_ups
    expected = [row for row in SAMPLE["follow_ups"] if row["state"] == "overdue"]
    assert ups.overdue == len(expected) == sum(owner.overdue for owner in ups.owners)
    shown = [row for owner in ups.owners for row in owner.rows]
    assert len(shown) == ups.shown == 10
    assert {row.days_overdue for row in shown} == {17}
    assert f"and {ups.overdue - 10} more" in files["text"].decode()
    assert f"and {summary_of(busy).waiting.total - 5} more" in visible(files["html"])


def test_a_lead_is_waiting_only_after_a_day(busy: Payload) -> None:
    codes = {row.code for row in summary_of(busy).waiting.rows}
    assert "LD-0000" not in codes, "came in on the as-of day: less than 24 hours ago"
    assert all(row.hours >= 24 for row in summary_of(busy).waiting.rows)


def test_a_quiet_day(tmp_path: Path) -> None:
    payload = make_payload(tmp_path, "daily_summary", quiet(sample()))
    assert summary_of(payload).quiet
    assert "no new leads or bookings" in summary_of(payload).subject
    assert summary_of(payload).headline.startswith(
        "No new leads or bookings on Thu 18 Sep; last lead"
    )
    text = render(payload, "text")["text"].decode()
    assert "NEW LEADS: 0" in text
    assert "BOOKINGS ON" not in text


def test_a_source_that_stopped_is_not_a_quiet_day(tmp_path: Path) -> None:
    tables = quiet(sample())
    for row in tables["source_freshness"]:
        row["last_ingested_at"] = instant(AS_OF - timedelta(days=1), 2, 35)
    payload = make_payload(tmp_path, "daily_summary", tables)
    assert not summary_of(payload).quiet
    assert "no new data since 08:05 on 17 Sep" in summary_of(payload).subject


def test_an_empty_build_says_what_it_cannot_know(tmp_path: Path) -> None:
    payload = make_payload(tmp_path, "daily_summary", EMPTY)
    made = render(payload, "html", "text")
    assert "NEW LEADS: n/a" in made["text"].decode()
    assert figures(visible(made["html"])) == figures(made["text"].decode())


def test_a_mark_stands_first(tmp_path: Path) -> None:
    payload = make_payload(tmp_path, "daily_summary", sample(), marks=("HELD",))
    made = render(payload, "html", "text")
    assert summary_of(payload).subject.startswith("HELD · Skyline Homes")
    assert "HELD" in visible(made["html"])
    assert "HELD" in made["text"].decode()


def test_names_stay_text(files: Mapping[str, bytes]) -> None:
    html = files["html"].decode()
    assert "मीना <b>&" not in html
    assert "मीना &lt;b&gt;&amp;" in html
    assert "मीना <b>&" in files["text"].decode()
    assert LONG_NAME in html


def test_lines_of_the_text_part_fit(files: Mapping[str, bytes]) -> None:
    prose = [line for line in files["text"].decode().splitlines() if not line.startswith("  ")]
    assert max(map(len, prose)) <= 90
