"""The dashboard of a tenant with 100,000 leads, and the daily summaries of 200 tenants."""

import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.copies import DEMO_LEADS, copied_demo
from bench.measure import children, cpu_seconds, peak_megabytes, report
from pipeline.config.registry import load_registry
from pipeline.config.settings import load_settings
from pipeline.reports.build import render_report
from pipeline.reports.request import ReportRequest
from pipeline.reports.workers.by_tenant import render_many
from pipeline.reports.workers.pool import kept_workers

HOME = Path("build/bench/small")
CHROMIUM = "/usr/bin/chromium"
LEADS = 100_000
TENANTS = 200
# What a tenant of the large demo has on the average: a million leads among two hundred.
LEADS_EACH = 5_000


def dashboard() -> None:
    """Size of the page and how fast it opens; a filter beside the opening, in the same run."""
    ws = copied_demo(LEADS // DEMO_LEADS, ["big"])
    settings = load_settings(ws.root).model_copy(update={"workers": 1})
    begin = time.perf_counter()
    asked = ReportRequest("big", "sales_dashboard", formats=("html",))
    made = render_report(ws, load_registry(ws), settings, asked)
    page = next(one.path for one in made if one.format == "html")
    print(f"  read, frozen and rendered in {time.perf_counter() - begin:.1f} s")
    report(
        f"page of a tenant with {LEADS:,} leads",
        f"{page.stat().st_size / 1e6:.2f} MB",
        "under 2 MB",
    )
    opened, filtered = zip(*(_open_and_filter(page) for _ in range(3)), strict=True)
    report("from opening it to a tab that answers", f"{min(opened):.2f} s", "under 1 s")
    report("first filter: unpacked, counted, written and drawn", f"{min(filtered):.2f} s", "-")


def summaries() -> None:
    """Mail, text and PDF of every tenant, by two workers that are kept."""
    tenants = [f"t{number:03}" for number in range(TENANTS)]
    ws = copied_demo(LEADS_EACH // DEMO_LEADS, tenants)
    settings = load_settings(ws.root).model_copy(update={"workers": 2})
    registry = load_registry(ws)
    begin, before = time.perf_counter(), time.process_time()
    with kept_workers():
        made = render_many(
            tenants,
            lambda tenant: render_report(
                ws, registry, settings, ReportRequest(tenant, "daily_summary")
            ),
            workers=2,
        )
        files = sum(len(artifacts) for _, artifacts in made if isinstance(artifacts, list))
        seconds, workers = time.perf_counter() - begin, children()
        cpu = time.process_time() - before + sum(map(cpu_seconds, workers))
        peak = max(map(peak_megabytes, workers))
    assert files == 4 * TENANTS
    report(
        f"daily summaries of {TENANTS} tenants with {LEADS_EACH:,} leads each",
        f"{seconds:.0f} s",
        "under 120 s",
    )
    report(
        "the same by processor time, as two idle cores would do it",
        f"{cpu / 2:.0f} s",
        "under 120 s",
    )
    report("peak memory of a worker", f"{peak:.0f} MB", "under 400 MB")


def _open_and_filter(page: Path) -> tuple[float, float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page()
        begin = time.perf_counter()
        tab.goto(page.resolve().as_uri())
        tab.click("#tab-sources")
        tab.wait_for_selector("#sources:visible")
        opened = time.perf_counter() - begin
        tab.locator("[data-dimension=source] summary").click()
        begin = time.perf_counter()
        tab.locator("[data-dimension=source] input").first.check()
        tab.wait_for_function("document.documentElement.dataset.applied")
        filtered = time.perf_counter() - begin
        browser.close()
    return opened, filtered
