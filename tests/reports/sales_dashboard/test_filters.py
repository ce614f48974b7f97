"""The dashboard's filters in a real Chromium, on whole organisations: what the script counts is
what the views say, written as the server writes it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.config.workspace import Workspace
from pipeline.publish.reader import Published, open_published
from pipeline.reports.drawing.formats import formats
from pipeline.reports.sales_dashboard.script_data import in_script, script_formats
from pipeline.reports.selection import Selection
from tests.reports.conftest import DASHBOARD, DEMO_AS_OF
from tests.reports.making import payload_of, summary_of

TENANT = "skyline"
FIGURES = """() => Object.fromEntries(
  [...document.querySelectorAll('[data-figure], [data-rows] [data-f]:not([data-f="-"])')]
  .map(one => {
    const row = one.closest('tr');
    return [row ? `${one.closest('table').dataset.rows}/${row.dataset.key}/${one.dataset.f}`
            : one.dataset.figure, one.textContent.trim()];
  }))"""
ALTS = "() => [...document.querySelectorAll('[data-chart] svg')].map(one => one.ariaLabel)"


@pytest.fixture
def pages(dashboard_of: Callable[[str], Path]) -> Callable[[str], str]:
    """The address of a tenant's page."""
    return lambda tenant: (dashboard_of(tenant) / f"{DASHBOARD}.html").as_uri()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def select(page: Page, address: str, place: str = "overview", **chosen: Any) -> Mapping[str, str]:
    """Open the page with a selection in its address; the figures it shows."""
    page.goto("about:blank")
    page.goto(f"{address}#{place}?{urlencode(chosen, doseq=True)}")
    applied(page)
    figures: Mapping[str, str] = page.evaluate(FIGURES)
    return figures


def applied(page: Page, since: str | None = None) -> None:
    page.wait_for_function(
        "since => ![undefined, since].includes(document.documentElement.dataset.applied)",
        arg=since,
    )


def test_a_selection_of_everything_is_the_published_whole(
    organisation: str, pages: Callable[[str], str], page: Page
) -> None:
    page.goto(pages(organisation))
    published, drawn = page.evaluate(FIGURES), page.evaluate(ALTS)
    if not page.locator("[data-dimension=owner] input, [data-dimension=source] input").count():
        pytest.skip("a tenant without leads has nothing to choose")
    page.evaluate(
        "() => { const one = document.querySelector('[data-dimension]').dataset.dimension;"
        " const boxes = [...document.querySelectorAll(`input[name=${one}]`)];"
        " boxes.forEach(box => { box.checked = true; });"
        " boxes[0].dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    applied(page)
    assert len(published) > 150
    assert page.evaluate(FIGURES) == published
    for before, after in zip(drawn, page.evaluate(ALTS), strict=True):
        assert before.rstrip(".").endswith(after.rstrip("."))


CASES: list[dict[str, Any]] = [
    {"source": ["referral"]},
    {"from": "2025-10-01"},
    {"from": "2025-11-15", "to": "2026-01-10", "source": ["portals", "website", "referral"]},
    {"owner": ["Shreya Gupta", ""], "to": "2026-02-28"},
    {"unit": ["2 BHK"], "from": "2025-07-01"},
    {"campaign": ["(unattributed)"], "owner": ["Kavita Verma"]},
]


@pytest.mark.parametrize("chosen", CASES, ids=str)
def test_a_selection_is_what_the_published_rows_say(
    organisations: Workspace, pages: Callable[[str], str], page: Page, chosen: dict[str, Any]
) -> None:
    shown = select(page, pages(TENANT), **chosen)
    with open_published(organisations, TENANT) as published:
        expected = _expected(published, chosen)
    assert {name: shown[name] for name in expected} == expected


def _expected(published: Published, chosen: dict[str, Any]) -> dict[str, str]:
    """The same figures by SQL over the published leads, bookings and follow-ups."""
    f = formats("en_IN", "INR")
    first = date.fromisoformat(chosen.get("from", "0001-01-01"))
    last = date.fromisoformat(chosen.get("to", DEMO_AS_OF.isoformat()))
    columns = {
        "owner": "coalesce(owner_name, '')",
        "source": "coalesce(source_code, '(none)')",
        "campaign": "coalesce(campaign_id, '(unattributed)')",
    }
    of_lead = " AND ".join(
        [
            "true",
            *(
                f"{columns[n]} IN {tuple(chosen[n])!r}".replace(",)", ")")
                for n in columns
                if n in chosen
            ),
        ]
    )
    of_booking = of_lead + (f" AND unit_type = '{chosen['unit'][0]}'" if "unit" in chosen else "")

    def one(sql: str) -> Any:
        used = {name: day for name, day in (("first", first), ("last", last)) if f"${name}" in sql}
        return next(iter(published.rows(sql, used)[0].values()))

    leads = f"FROM leads WHERE {of_lead} AND lead_date BETWEEN $first AND $last"
    bookings = (
        f"FROM bookings WHERE {of_booking} AND is_gross AND booking_date BETWEEN $first AND $last"
    )
    cancelled = (
        f"FROM bookings WHERE {of_booking} AND is_cancelled"
        " AND cancelled_on BETWEEN $first AND $last"
    )
    amount = one(f"SELECT coalesce(sum(booking_amount), 0) {bookings}")
    reason = one(
        "SELECT reason FROM v_cancellations GROUP BY 1"
        " ORDER BY sum(cancelled_count) DESC, sum(cancelled_amount) DESC, reason LIMIT 1"
    )
    why = f"{cancelled} AND coalesce(nullif(trim(cancellation_reason), ''), '(none)') = '{reason}'"
    refunds = one(f"SELECT coalesce(sum(cancellation_refund_amount), 0) {why}")
    sold, returned = (
        one(
            f"SELECT coalesce(sum(units_booked), 0) {of} AND unit_type = '2 BHK'"
            f" AND {day} >= date '2025-04-01'"
        )
        for of, day in ((bookings, "booking_date"), (cancelled, "cancelled_on"))
    )
    total, converted = (
        one(f"SELECT count(*) {leads}"),
        one(f"SELECT count(*) {leads} AND is_converted"),
    )
    gross, gone = one(f"SELECT count(*) {bookings}"), one(f"SELECT count(*) {cancelled}")
    assert total
    assert gross
    return {
        "total_leads": f.number(total),
        "qualified_leads": f.number(one(f"SELECT count(*) {leads} AND is_qualified")),
        "converted_leads": f.number(converted),
        "conversion_rate": f.percent(converted / total),
        "converted_leads_net": f.number(one(f"SELECT count(*) {leads} AND is_converted_net")),
        "total_bookings": f.number(gross),
        "bookings_cancelled": f.number(gone),
        "net_bookings": f.number(gross - gone),
        "booked_amount": f.short_money(amount),
        "reasons/0/cancelled": f.number(one(f"SELECT count(*) {why}")),
        "reasons/0/refunds": f.whole_money(refunds),
        "absorption/2 BHK/units": f.number(sold - returned),
        "pending_follow_ups": f.number(
            one(
                "SELECT count(*) FROM follow_ups SEMI JOIN (SELECT lead_id FROM leads"
                f" WHERE {of_lead}) USING (lead_id)"
            )
        ),
        "steps/0/reached": f.number(
            one(
                f"SELECT count(*) {leads} AND lead_month IN"
                " (SELECT month FROM v_lead_funnel_analysis WHERE mature AND total_leads > 0"
                " AND month > date '2024-03-31' ORDER BY month DESC LIMIT 12) AND reached_rank >= 0"
            )
        ),
        "booking_statuses/confirmed/value": f.whole_money(
            one(f"SELECT coalesce(sum(booking_amount), 0) {bookings} AND status_asof = 'confirmed'")
        ),
    }


def test_a_slice_of_the_daily_mail_says_what_the_filter_shows(
    organisations: Workspace, pages: Callable[[str], str], page: Page
) -> None:
    owner = "Shreya Gupta"
    shown = select(page, pages(TENANT), owner=[owner], **{"from": "2026-03-01"})
    mail = payload_of(organisations, TENANT, "daily_summary", selection=Selection(owner=owner))
    tiles = {tile.name: tile for tile in summary_of(mail).tiles}
    f = formats("en_IN", "INR")
    for name, figure in (
        ("new_leads", "total_leads"),
        ("bookings", "total_bookings"),
        ("engagement_completed", "engagement_this_month"),
    ):
        assert shown[figure] == f.number(tiles[name].to_date)
    assert shown["booked_amount"] == f.short_money(tiles["booked_amount"].to_date)
    assert shown["pending_follow_ups"] == f.number(tiles["pending_follow_ups"].value)


def test_lists_hold_the_selected_rows_and_say_how_many(
    organisations: Workspace, pages: Callable[[str], str], page: Page
) -> None:
    select(page, pages(TENANT), "bookings", unit=["3 BHK"])
    with open_published(organisations, TENANT) as published:
        codes = [
            row["booking_code"]
            for row in published.rows(
                "SELECT booking_code FROM bookings WHERE unit_type = '3 BHK'"
                " ORDER BY booking_date DESC, booking_code DESC"
            )
        ]
    table = page.locator("table[data-list=bookings] tbody tr")
    assert [table.nth(n).locator("th").inner_text() for n in range(table.count())] == codes[:50]
    assert (
        page.locator("[data-showing=bookings]")
        .inner_text()
        .startswith(
            f"Showing 50 of {len(codes)} bookings"
            if len(codes) > 50
            else f"All {len(codes)} bookings"
        )
    )


def test_what_no_filter_changes_says_so(pages: Callable[[str], str], page: Page) -> None:
    select(page, pages(TENANT), unit=["2 BHK"])
    assert (
        "Not filtered by unit type."
        in page.locator(".card", has_text="Qualified leads").inner_text()
    )
    assert "whole business" in page.locator(".card", has_text="Outstanding balance").inner_text()
    page.click("#tab-receivables")
    assert page.locator("#receivables .unfollowed").first.is_visible()


def test_owners_are_narrowed_to_those_chosen(pages: Callable[[str], str], page: Page) -> None:
    select(page, pages(TENANT), "team", owner=["Shreya Gupta", ""])
    for table in ("t-performance", "t-work"):
        rows = page.locator(f"table[aria-labelledby={table}] tbody tr:visible th")
        assert set(rows.all_inner_texts()) <= {"Shreya Gupta", "Nobody assigned"}
        assert "Shreya Gupta" in rows.all_inner_texts()
    assert "whole business" in page.locator("#team .unfollowed").first.inner_text()
    select(page, pages(TENANT), "team", source=["referral"])
    note = page.locator("#team .unfollowed:visible", has_text="Not filtered by source.")
    assert note.count() == 2


def test_the_address_keeps_the_selection_and_opens_it_again(
    pages: Callable[[str], str], page: Page, chromium: Browser
) -> None:
    page.goto(pages(TENANT))
    before = page.evaluate(FIGURES)
    page.locator("[data-dimension=source] summary").click()
    page.get_by_role("checkbox", name="Resident referral").check()
    applied(page)
    page.get_by_label("from", exact=True).fill("2025-12-01")
    applied(page, "1")
    page.click("#tab-sources")
    assert page.url.endswith("#sources?from=2025-12-01&source=referral")
    shown = page.evaluate(FIGURES)
    assert shown != before
    other = chromium.new_page()
    other.goto(page.url)
    applied(other)
    assert other.evaluate(FIGURES) == shown
    assert other.locator("#sources").is_visible()
    other.close()
    assert "Resident referral" in page.locator("#selection").inner_text()
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_function("!document.documentElement.classList.contains('filtered')")
    assert page.evaluate(FIGURES) == before
    assert page.url.endswith("#sources")


def test_charts_follow_and_a_bar_filters(pages: Callable[[str], str], page: Page) -> None:
    select(page, pages(TENANT), "sources", **{"from": "2026-01-01"})
    chart = page.locator("[data-chart=sources] svg")
    assert "Resident referral: " in (chart.get_attribute("aria-label") or "")
    assert chart.locator("text", has_text="Resident referral").count() == 1
    # Bars are drawn as paths: first the tracks, one each, then the bars themselves.
    bars = chart.locator("path[fill]:not([fill='transparent']):not([fill='none'])")
    bars.nth(bars.count() - 1).click()
    applied(page, "1")
    assert re.search(r"#sources\?from=2026-01-01&source=\w+", page.url)
    rows = page.locator("table[data-rows=sources] tbody tr:visible")
    assert rows.count() == 1


def test_the_keyboard_reaches_every_filter(pages: Callable[[str], str], page: Page) -> None:
    page.goto(pages(TENANT))
    page.focus("[data-dimension=source] summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    applied(page)
    assert "source=" in page.url
    page.keyboard.press("Escape")
    assert page.locator("[data-dimension=source]").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_period_of_the_list_and_a_reversed_one(pages: Callable[[str], str], page: Page) -> None:
    page.goto(pages(TENANT))
    page.get_by_label("Period").select_option("last 30 days")
    applied(page)
    first = DEMO_AS_OF - timedelta(days=29)
    assert page.url.endswith(f"from={first}&to={DEMO_AS_OF}")
    shown = select(page, pages(TENANT), **{"from": "2026-03-01", "to": "2026-03-31"})
    assert shown["total_leads"] == shown["new_leads"]
    page.get_by_label("from", exact=True).fill("2026-03-31")
    applied(page, "1")
    page.get_by_label("to", exact=True).fill("2026-03-01")
    page.wait_for_function("location.hash.includes('from=2026-03-01&to=2026-03-31')")


def test_a_link_to_what_is_no_longer_there_shows_nothing_and_says_so(
    pages: Callable[[str], str], page: Page
) -> None:
    shown = select(page, pages(TENANT), owner=["Nobody Known"])
    assert shown["total_leads"] == "0"
    assert shown["conversion_rate"] == "–"
    assert "Nobody Known (not on this page)" in page.locator("#selection").inner_text()


@pytest.mark.parametrize(
    ("locale", "currency"),
    [
        ("en_IN", "INR"),
        ("pt_BR", "BRL"),
        ("en_GB", "GBP"),
        ("hi_IN", "INR"),
        ("ta_IN", "INR"),
    ],
)
def test_the_script_writes_figures_as_the_server_does(
    chromium: Browser, locale: str, currency: str
) -> None:
    f = formats(locale, currency)
    whole = [
        0,
        1,
        5,
        99,
        100,
        999,
        99_949,
        99_950,
        1_00_000,
        99_99_499,
        99_95_000,
        1_23_50_000,
        99_99_999,
        123_456_789,
        9_99_50_00_000,
        12_345_678_901,
        99_999,
        1235,
    ]
    amounts = [
        Decimal(a * sign) + Decimal(c) / 100
        for a in whole
        for c in (0, 5, 50, 99)
        for sign in (1, -1)
    ]
    rates = [0, 0.0004, 0.0005, 0.12345, 0.9995, 1, 12.5, -0.125]
    day = date(2024, 2, 9)
    expected = {
        "short": [f.short_money(a) for a in amounts],
        "money": [f.whole_money(a) for a in amounts],
        "count": [f.number(int(a)) for a in amounts],
        "rate": [f.percent(r) for r in rates],
        "date": [f.date(day + timedelta(days=31 * n)) for n in range(14)],
    }
    values = {
        "short": [int(a * 100) for a in amounts],
        "money": [int(a * 100) for a in amounts],
        "count": [int(a) for a in amounts],
        "rate": rates,
        "date": [31 * n for n in range(14)],
    }
    settings = {"zero": day.isoformat(), "as_of": "2026-01-01", "formats": script_formats(f)}
    script = (TEMPLATES_DIR / "dashboard" / "formats.js").read_text(encoding="utf-8")
    page = chromium.new_page()
    page.set_content(
        f'<script type="application/json" id="settings">{in_script(settings)}</script>'
    )
    page.add_script_tag(content=f"{script}; window.write = write;")
    written = page.evaluate(
        "all => Object.fromEntries(Object.entries(all).map(([kind, values]) =>"
        " [kind, values.map(value => window.write(value, kind))]))",
        values,
    )
    page.close()
    assert written == expected
