"""The dashboard: its figures are the published ones, nothing is cut in silence or loaded."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.reports.drawing.formats import formats
from pipeline.reports.payload import Payload, read_payload
from tests.reports import reading
from tests.reports.making import make_payload, page_of, render
from tests.reports.sample import AGEING, AS_OF, EMPTY, LONG_NAME, SAMPLE, money, sample

INDIA = formats("en_IN", "INR")


def texts(row: list[tuple[str, str | None]]) -> list[str]:
    return [text for text, _ in row]


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Payload:
    return make_payload(tmp_path_factory.mktemp("page"), "sales_dashboard", sample())


@pytest.fixture(scope="module")
def html(payload: Payload) -> str:
    return render(payload, "html")["html"].decode()


@pytest.fixture(scope="module")
def tables(html: str) -> dict[str, list[list[tuple[str, str | None]]]]:
    return reading.tables(html)


def test_the_eleven_kpis_are_the_published_ones(payload: Payload, html: str) -> None:
    row = SAMPLE["v_kpi_dashboard"][0]
    kpis = {kpi.name: kpi for kpi in page_of(payload).overview.kpis}
    assert len(kpis) == 11
    for name, kpi in kpis.items():
        assert kpi.value.value == pytest.approx(row[name])
        assert len(kpi.sparkline) == 30
        assert kpi.definition
    shown = dict(re.findall(r'data-kpi="(\w+)"[^>]*>([^<]*)<', html))
    assert shown["total_leads"] == "2,826"
    assert shown["booked_amount"] == "₹159\N{NO-BREAK SPACE}Cr"
    assert shown["conversion_rate"] == "4.6%"


def test_a_month_to_date_is_compared_with_the_same_days_of_last_month(payload: Payload) -> None:
    kpis = {kpi.name: kpi for kpi in page_of(payload).overview.kpis}
    (change,) = kpis["new_leads"].changes
    assert (change.base, change.first.day, change.last.day, change.last.month) == (142, 1, 18, 8)
    (engagement,) = kpis["engagement_this_month"].changes
    assert engagement.is_new


def test_months_are_the_daily_rows_added_up(payload: Payload) -> None:
    months = page_of(payload).overview.months
    assert len(months) == 12
    assert [month.partial for month in months] == [False] * 11 + [True]
    september = [
        row
        for row in SAMPLE["daily_activity"]
        if row["date"].month == 9 and row["date"].year == AS_OF.year
    ]
    assert months[-1].new_leads == sum(row["new_leads"] for row in september)
    assert months[-1].receipts == sum(row["receipts"] for row in september)


def test_ageing_adds_up_to_the_closing_balance(
    payload: Payload, tables: dict[str, list[list[tuple[str, str | None]]]]
) -> None:
    dues = page_of(payload).dues
    assert dues is not None
    assert dues.buckets is not None
    assert sum(bucket.amount for bucket in dues.buckets) == dues.closing
    row = SAMPLE["receivables"][0]
    printed = [texts(line)[1] for line in tables["t-ageing"][1:]]
    assert printed == [INDIA.whole_money(row[name]) for name in (*AGEING, "closing")]


def test_three_kinds_of_nothing_look_different(
    html: str, tables: dict[str, list[list[tuple[str, str | None]]]]
) -> None:
    sources = {texts(row)[0]: texts(row) for row in tables["t-sources"]}
    assert sources["Radio"][4:8] == ["0", "0", "0", "–"], "no leads: no rate, and the rest is 0"
    returns = {texts(row)[0].split(" ")[0]: texts(row) for row in tables["t-returns"]}
    assert returns["Refer"][1:3] == ["n/a", "n/a"], "no spend recorded: cost is not known"
    assert returns["Monsoon"][4] == "–", "spend, but no booking to divide it by"
    assert ">n/a</span> net" in html, "a column that is NULL could not be computed"


def test_a_tenant_without_leads_has_no_conversion_rate(tmp_path: Path) -> None:
    tables = sample()
    tables["v_kpi_dashboard"][0].update(total_leads=0, conversion_rate=None)
    page = render(make_payload(tmp_path, "sales_dashboard", tables), "html")["html"].decode()
    shown = dict(re.findall(r'data-kpi="(\w+)"[^>]*>([^<]*)<', page))
    assert (shown["total_leads"], shown["conversion_rate"]) == ("0", "–")


def test_what_was_never_measured_is_no_figure(
    tables: dict[str, list[list[tuple[str, str | None]]]],
) -> None:
    stages = {texts(row)[0]: row for row in tables["t-stages"]}
    assert texts(stages["Demo"])[1:] == ["0", "0", "–", "–", "0", "–", "–"]
    assert [v for _, v in stages["Demo"]][3] == "", "so that it sorts last and not as 0"
    assert texts(stages["New, not contacted"])[3:] == ["1.0", "6.0", "30", "9.5", "66"]
    months = {texts(row)[0]: texts(row) for row in tables["t-first-response"]}
    assert months["Sep 2025"][2:] == ["0", "–", "–", "–", "–", "11", "18"], "no hour is over yet"
    assert months["Aug 2025"][3:7] == ["6.9", "46.2", "33.3%", "82.4%"]
    owners = {texts(row)[0]: texts(row) for row in tables["t-performance"]}
    assert owners["Idle inactive"][2:] == ["0"] * 5 + ["–", "0", "₹0", "–"]
    assert "Nobody assigned" in owners
    work = {texts(row)[0]: texts(row) for row in tables["t-work"]}
    assert work["Idle inactive"][1:] == ["0", "0", "–", "–", "0", "0", "0", "–"]


def test_nothing_to_collect_is_no_efficiency(tmp_path: Path, html: str) -> None:
    assert "Collected this month of what was due" in html
    assert "57.9%" in html
    rows = sample()
    rows["receivables"][0].update(
        overdue_at_month_start=money(0), falling_due_mtd=money(0), collection_efficiency_pct=None
    )
    dues = page_of(make_payload(tmp_path, "sales_dashboard", rows)).dues
    assert dues is not None
    assert (dues.collected_mtd.value, dues.collected_mtd.missing) == (None, "undefined")


def test_reasons_and_absorption_are_sums_of_the_months(
    payload: Payload, tables: dict[str, list[list[tuple[str, str | None]]]]
) -> None:
    reasons = [texts(row) for row in tables["t-reasons"][1:]]
    assert reasons == [
        ["(none)", "2", "66.7%", "₹1,20,00,000", "3", "₹0", "0"],
        ["Loan not sanctioned", "1", "33.3%", "₹85,00,000", "1", "₹4,25,000", "1"],
    ]
    assert sum(row.cancelled for row in page_of(payload).bookings.reasons.rows) == 3
    head, *rows = [texts(row) for row in tables["t-absorption"]]
    assert head[1:7] == ["Apr 2025", "May 2025", "Jun 2025", "Jul 2025", "Aug 2025", "Sep 2025"]
    assert rows[0] == ["2 BHK", *["2"] * 5, "−1", "21", "₹21,00,00,000"]
    assert rows[1][0] == "(none)", "a month without a booking is 0"
    assert rows[1][1:8] == ["0", "0", "0", "4", "0", "0", "4"]


def test_a_cancellation_to_come_is_none_yet(tmp_path: Path) -> None:
    rows = sample()
    rows["bookings"][9]["cancelled_on"] = AS_OF + timedelta(days=3)
    facts = page_of(make_payload(tmp_path, "sales_dashboard", rows)).facts.bookings.numbers
    assert [n for n, day in enumerate(facts["cancelled"]) if day is not None] == [4]


def test_no_list_is_cut_in_silence(html: str) -> None:
    for shown in (
        "Showing 50 of 60 bookings",
        "Showing 50 of 60 customers who owe",
        "Showing 100 of 120 pending follow-ups",
    ):
        assert shown in html
    assert "All 9 leads" in html


def test_every_section_is_there_and_named(html: str) -> None:
    targets = re.findall(r'<a href="#([\w-]+)" id="tab-\1">', html)
    assert len(targets) == 9
    for target in targets:
        assert f'<section id="{target}" aria-labelledby="h-{target}">' in html
    assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="([^"]+)"', html))


def test_headings_do_not_skip_a_level(html: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_loads_nothing(html: str) -> None:
    addresses = re.findall(r'(?:src|href|action)="(?!data:|#)[^"]*"', html)
    assert addresses == []
    assert set(re.findall(r"url\((?!data:)[^)]*\)", html)) == set()
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_size(html: str) -> None:
    assert len(html.encode()) < 1_100_000


def test_charts_say_their_figures_to_who_cannot_see_them(html: str) -> None:
    named = re.findall(r'<svg role="img" aria-label="([^"]+)"', html)
    assert len(named) == 9
    assert any("Website: 846 · 4.7%" in name for name in named)
    assert any(name.startswith("By month, Oct 2024 to Sep 2025.") for name in named)


def test_names_stay_text(html: str) -> None:
    assert "मीना <b>&" not in html
    assert "मीना &lt;b&gt;&amp;" in html
    assert LONG_NAME in html


def test_the_payload_reads_back_as_it_was(payload: Payload) -> None:
    assert read_payload(payload.to_json(), type(payload.content)) == payload


def test_rendering_again_gives_the_same_bytes(payload: Payload, html: str) -> None:
    assert render(payload, "html")["html"].decode() == html


def test_an_empty_build_is_a_page_that_says_so(tmp_path: Path) -> None:
    empty = make_payload(tmp_path, "sales_dashboard", EMPTY)
    page = render(empty, "html")["html"].decode()
    shown = dict(re.findall(r'data-kpi="(\w+)"[^>]*>([^<]*)<', page))
    assert (shown["total_leads"], shown["conversion_rate"]) == ("n/a", "n/a")
    for sentence in (
        "No bookings yet.",
        "No ledger entries yet.",
        "No follow-up is pending.",
        "No sources yet.",
        "No campaigns yet.",
        "No owners yet.",
        "No leads in the last twelve months.",
    ):
        assert sentence in page
