"""The dashboard in a real chromium: keyboard, fragments, sorting, widths, no script, no network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

TABS = [
    "overview",
    "funnel",
    "sources",
    "campaigns",
    "bookings",
    "receivables",
    "team",
    "follow-ups",
    "data-quality",
]


@pytest.fixture
def address(sample_page: Path) -> str:
    return sample_page.as_uri()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    yield page
    page.close()


def shown(page: Page) -> list[str]:
    ids: list[str] = page.evaluate(
        "[...document.querySelectorAll('main section')]"
        ".filter(section => section.checkVisibility()).map(section => section.id)"
    )
    return ids


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_tabs_work_by_keyboard(page: Page) -> None:
    assert shown(page) == ["overview"]
    page.focus("#tab-overview")
    for key, expected in (
        ("ArrowRight", "funnel"),
        ("ArrowRight", "sources"),
        ("ArrowLeft", "funnel"),
        ("End", "data-quality"),
        ("ArrowRight", "overview"),
        ("ArrowLeft", "data-quality"),
        ("Home", "overview"),
    ):
        page.keyboard.press(key)
        assert (shown(page), focused(page)) == ([expected], f"tab-{expected}")
    stops = page.evaluate("[...document.querySelectorAll('[role=tab]')].map(tab => tab.tabIndex)")
    assert stops == [0, *[-1] * (len(TABS) - 1)]


def test_a_tab_that_is_chosen_is_in_the_address_and_announced(page: Page) -> None:
    page.click("#tab-receivables")
    assert page.url.endswith("#receivables")
    tab = page.locator("#tab-receivables")
    assert tab.get_attribute("aria-selected") == "true"
    panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
    assert panel.get_attribute("role") == "tabpanel"
    assert panel.get_attribute("aria-labelledby") == "tab-receivables"


def test_a_fragment_opens_its_tab_and_so_does_one_within_it(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page()
    page.goto(f"{address}#bookings")
    assert shown(page) == ["bookings"]
    page.evaluate("location.hash = '#t-owners'")
    page.wait_for_function("document.getElementById('follow-ups').checkVisibility()")
    assert shown(page) == ["follow-ups"]
    page.goto(f"{address}#no-such-place")
    assert len(shown(page)) == 1
    page.close()


def column(page: Page, table: str, number: int) -> list[str]:
    texts: list[str] = page.evaluate(
        "([id, n]) => [...document.querySelectorAll(`table[aria-labelledby=${id}] tbody tr`)]"
        ".map(row => row.cells[n].innerText)",
        [table, number],
    )
    return texts


def head(page: Page, table: str, title: str) -> Locator:
    return page.locator(f"table[aria-labelledby={table}] th", has_text=title)


def test_a_column_sorts_by_value_both_ways_and_keeps_what_is_missing_last(page: Page) -> None:
    page.click("#tab-campaigns")
    spend = head(page, "t-returns", "Spend")
    spend.locator("button").click()
    assert column(page, "t-returns", 1) == ["₹11,40,000", "₹9,00,000", "n/a", "n/a"]
    assert spend.get_attribute("aria-sort") == "descending"
    spend.locator("button").press("Enter")
    assert column(page, "t-returns", 1) == ["₹9,00,000", "₹11,40,000", "n/a", "n/a"]
    assert spend.get_attribute("aria-sort") == "ascending"
    assert page.locator("#announcer").inner_text() == "Sorted by Spend, ascending"
    head(page, "t-returns", "Campaign").locator("button").click()
    names = column(page, "t-returns", 0)
    assert names == sorted(names, key=str.casefold)
    assert spend.get_attribute("aria-sort") is None


def test_months_sort_by_date_and_not_by_name(page: Page) -> None:
    page.locator("table[aria-labelledby=t-months] th button").first.click()
    first, *_, last = column(page, "t-months", 0)
    assert (first, last.split(" to")[0]) == ("Oct 2024", "Sep 2025")


def test_negative_amounts_sort_below_zero(page: Page) -> None:
    page.click("#tab-campaigns")
    head(page, "t-campaigns", "Net value").locator("button").click()
    assert column(page, "t-campaigns", 6)[:2] == ["−₹85,00,000", "₹0"]


def test_without_javascript_every_section_is_on_the_page(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    for tab in TABS:
        assert page.locator(f"section#{tab}").is_visible()
    assert page.locator("thead button").count() == 0, "no button that would do nothing"
    page.click("#tab-receivables")
    assert page.url.endswith("#receivables")
    context.close()


def test_it_works_offline_and_asks_for_nothing(chromium: Browser, address: str) -> None:
    context = chromium.new_context(offline=True)
    page = context.new_page()
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(address)
    for tab in TABS:
        page.click(f"#tab-{tab}")
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert problems == []
    context.close()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_never_scrolls_sideways(chromium: Browser, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    page.close()


def test_only_a_table_that_scrolls_is_a_stop_for_the_keyboard(page: Page) -> None:
    page.click("#tab-receivables")
    region = page.locator("#receivables .scroll").last
    page.set_viewport_size({"width": 1600, "height": 800})
    page.wait_for_function("() => !document.querySelector('#receivables .scroll[tabindex]')")
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("() => document.querySelector('#receivables .scroll[tabindex]')")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#receivables .scroll')].at(-1).scrollLeft > 0"
    )


def test_print_shows_every_section(page: Page) -> None:
    page.emulate_media(media="print")
    assert shown(page) == TABS
    assert not page.locator(".tabs").is_visible()


def test_definitions_open_by_keyboard(page: Page) -> None:
    summary = page.locator(".card summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".card details p").first.is_visible()


def test_colours_follow_the_screen(page: Page) -> None:
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 24, 29)")
    ink = page.evaluate("getComputedStyle(document.querySelector('.chart text')).fill")
    assert ink == "rgb(232, 236, 240)"


def test_what_can_be_pressed_is_large_enough(page: Page) -> None:
    for selector in (".tabs a", "summary", "thead button"):
        heights = page.evaluate(
            "s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility())"
            ".map(e => e.getBoundingClientRect().height)",
            selector,
        )
        assert min(heights) >= 24, selector
