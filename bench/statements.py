"""One-page statements a second, by a pool of two workers, from a published demo tenant."""

import shutil
import time
from pathlib import Path

from bench.measure import report
from bench.refresh import published_demo
from pipeline.reports.build import render_report
from pipeline.settings import load_settings
from pipeline.tenants import load_registry
from pipeline.workspace import Workspace

HOME = Path("build/bench/small")


def main() -> None:
    settings = load_settings(HOME).model_copy(update={"workers": 2})
    ws = Workspace(settings.home)
    tenant = published_demo(ws, settings, "small")
    registry = load_registry(ws)
    shutil.rmtree(ws.path("artifacts"), ignore_errors=True)
    begin = time.perf_counter()
    made = render_report(ws, registry, settings, tenant, "customer_statement", None)
    seconds = time.perf_counter() - begin
    pdfs = [artifact for artifact in made if artifact.format == "pdf"]
    report("statements rendered a second, two workers, start-up included",
           f"{len(pdfs) / seconds:.1f}/s", "8/s or more")  # fmt: skip
    begin = time.perf_counter()
    again = render_report(ws, registry, settings, tenant, "customer_statement", None)
    ratio = (time.perf_counter() - begin) / seconds
    assert not any(artifact.rendered for artifact in again)
    report("the same again, nothing changed, of the first time", f"{ratio:.0%}", "5 % or less")
