"""Statements a second, by a pool of two workers, from a published demo tenant.

The month's statements, of which nearly all fit one page; how many do is said.
"""

import shutil
import time
from pathlib import Path

import pypdf

from bench.measure import report
from bench.refresh import published_demo
from pipeline.reports.build import render_report
from pipeline.settings import load_settings
from pipeline.tenants import Registry, load_registry
from pipeline.workspace import Workspace

HOME = Path("build/bench/small")
REPORT = "customer_statement"


def main() -> None:
    settings = load_settings(HOME).model_copy(update={"workers": 2})
    ws = Workspace(settings.home)
    tenant = published_demo(ws, settings, "small")
    registry = _by_month(load_registry(ws), tenant)
    shutil.rmtree(ws.path("artifacts"), ignore_errors=True)
    begin = time.perf_counter()
    made = render_report(ws, registry, settings, tenant, REPORT)
    seconds = time.perf_counter() - begin
    pages = [len(pypdf.PdfReader(one.path).pages) for one in made if one.format == "pdf"]
    print(f"  {len(pages)} statements, {pages.count(1)} of one page, {sum(pages)} pages")
    report("statements a second, two workers, start-up included",
           f"{len(pages) / seconds:.1f}/s", "8/s or more")  # fmt: skip
    begin = time.perf_counter()
    again = render_report(ws, registry, settings, tenant, REPORT)
    ratio = (time.perf_counter() - begin) / seconds
    assert not any(artifact.rendered for artifact in again)
    report("the same again, nothing changed ÷ the first time", f"{ratio:.0%}", "5 % or less")


def _by_month(registry: Registry, tenant: str) -> Registry:
    found = registry.tenant(tenant)
    monthly = found.reports[REPORT].model_copy(update={"period": "month"})
    changed = found.model_copy(update={"reports": {**found.reports, REPORT: monthly}})
    return Registry({**registry.tenants, tenant: changed}, registry.sources)
