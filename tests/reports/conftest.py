"""A published build of whole organisations, for the tests that compare reports with their views."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.demo.write import write_demo
from pipeline.landing.ingest import ingest
from pipeline.landing.sidecars.registry import land_registry
from pipeline.publish.build import run_dbt
from pipeline.publish.publish import publish
from tests.conftest import SHARED_DATA
from tests.reports.making import make_payload, payload_of, render, render_in_worker
from tests.reports.sample import sample

CHROMIUM = Path("/usr/bin/chromium")
DEMO = ("skyline", "neithal", "trellis")
DASHBOARD = "sales_dashboard"
DEMO_AS_OF = date(2026, 3, 31)
REAL = {
    "olist": (date(2018, 11, 30), "America/Sao_Paulo", "BRL", "pt_BR"),
    "online_retail": (date(2011, 12, 9), "Europe/London", "GBP", "en_GB"),
}


@pytest.fixture(scope="session")
def organisations(made_once: Callable[..., Path]) -> Workspace:
    """The demo's three tenants, and the two of real data where that is there, published.

    One build for all tests.
    """
    return Workspace(made_once("organisations", publish_organisations))


@pytest.fixture(params=[*DEMO, *REAL], scope="session")
def organisation(request: pytest.FixtureRequest, organisations: Workspace) -> str:
    """Each tenant of `organisations`."""
    tenant: str = request.param
    if not (organisations.tenants_dir / f"{tenant}.yaml").exists():
        pytest.skip("needs the real data sets in ../shared/data beside the repository")
    return tenant


@pytest.fixture(scope="session")
def dashboard_of(organisations: Workspace, made_once: Callable[..., Path]) -> Callable[[str], Path]:
    """The folder of a tenant's dashboard: its payload.json, page (.html) and paper (.pdf)."""

    def draw(folder: Path, tenant: str) -> None:
        payload = payload_of(organisations, tenant, DASHBOARD)
        for format_, data in render_in_worker(payload, folder, "html", "pdf").items():
            (folder / f"{DASHBOARD}.{format_}").write_bytes(data)
        (folder / "payload.json").write_bytes(payload.to_json())

    return lambda tenant: made_once(f"dashboard-{tenant}", lambda folder: draw(folder, tenant))


@pytest.fixture(scope="session")
def sample_page(made_once: Callable[..., Path]) -> Path:
    """The dashboard's page of the sample."""

    def draw(folder: Path) -> None:
        page = render(make_payload(folder / "workspace", DASHBOARD, sample()), "html")["html"]
        (folder / "page.html").write_bytes(page)

    return made_once("sample", draw) / "page.html"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a network."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def publish_organisations(home: Path) -> None:
    ws = Workspace(home)
    ws.tenants_dir.mkdir(parents=True)
    write_demo(ws, DEMO_AS_OF, "small")
    as_of = dict.fromkeys(DEMO, DEMO_AS_OF)
    for tenant, (day, zone, currency, locale) in REAL.items() if SHARED_DATA.is_dir() else ():
        (ws.tenants_dir / f"{tenant}.yaml").write_text(
            f"name: {tenant}\ntimezone: {zone}\ncurrency: {currency}\nlocale: {locale}\n"
        )
        ws.inbox(tenant).mkdir(parents=True)
        for file in (SHARED_DATA / tenant).glob("*.csv"):
            (ws.inbox(tenant) / file.name).write_bytes(file.read_bytes())
        as_of[tenant] = day
    now = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    settings = Settings(home=ws.root, threads=2, memory_limit="2GB")
    registry = load_registry(ws)
    ingest(ws, registry, now=now)
    land_registry(ws, registry, as_of, now)
    run_dbt(ws, settings)
    publish(ws, settings)
