"""axe-core on the pages and the e-mail, in Chromium: light and dark, wide and narrow, filtered."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pipeline.config.workspace import Workspace
from tests.reports.making import make_payload, payload_of, render
from tests.reports.sample import sample

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
SCREENS = [(1280, "light"), (1280, "dark"), (360, "light")]


RUN = """places => axe.run(places.length ? { include: places } : document,
    { resultTypes: ["violations"] }).then(results => results.violations)"""


def violations(page: Page, *places: str) -> list[str]:
    """What axe finds on the page, or within these places of it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(RUN, places)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"][:2]
    ]


def open_page(chromium: Browser, data: bytes, folder: Path, width: int, scheme: str) -> Page:
    file = folder / "page.html"
    file.write_bytes(data)
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(file.as_uri())
    return page


@pytest.fixture
def dashboard(sample_page: Path) -> bytes:
    return sample_page.read_bytes()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_dashboard(
    chromium: Browser, dashboard: bytes, tmp_path: Path, width: int, scheme: str
) -> None:
    page = open_page(chromium, dashboard, tmp_path, width, scheme)
    found = {"whole": violations(page)}
    for tab in TABS:
        page.click(f"#tab-{tab}")
        # All else is as it was.
        found[tab] = violations(page, f"#{tab}", "[role=tablist]")
    page.locator("[data-dimension=owner] summary").click()
    found["menu"] = violations(page)
    page.locator("[data-dimension=owner] input").first.check()
    page.wait_for_function("document.documentElement.dataset.applied")
    for tab in ("overview", "bookings", "follow-ups"):
        page.click(f"#tab-{tab}")
        found[f"filtered {tab}"] = violations(page, f"#{tab}")
    page.close()
    assert {tab: problems for tab, problems in found.items() if problems} == {}


def test_dashboard_without_script(chromium: Browser, dashboard: bytes, tmp_path: Path) -> None:
    """All sections on one page. axe itself needs scripts, so the page's own are taken out."""
    html = dashboard.decode()
    start = html.index("<script>")
    page = open_page(chromium, html[:start].encode() + b"</body></html>", tmp_path, 1280, "light")
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_timeline(
    chromium: Browser, organisations: Workspace, tmp_path: Path, width: int, scheme: str
) -> None:
    payload = payload_of(organisations, "skyline", "lead_timeline", lead="SKY-L-000274")
    page = open_page(chromium, render(payload, "html")["html"], tmp_path, width, scheme)
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_mail(chromium: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    payload = make_payload(tmp_path / "ws", "daily_summary", sample())
    page = open_page(chromium, render(payload, "html")["html"], tmp_path, width, scheme)
    assert violations(page) == []
    page.close()
