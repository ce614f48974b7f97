"""Statements a second, by a pool of two workers, from a published demo tenant.

The month's statements, of which nearly all fit one page; how many do is said. The plain loop, in
the same run, gives WeasyPrint the same pages one after another in one process, with the style
sheets as files: what everybody writes first. Then nothing, and then two customers in a hundred have
other published rows than before.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pypdf

from bench.copies import OF_ACCOUNTS, copied_demo
from bench.measure import children, cpu_seconds, peak_megabytes, report
from pipeline.config.registry import Registry, load_registry
from pipeline.config.settings import Settings, child_environment, load_settings
from pipeline.config.workspace import Workspace
from pipeline.publish import layout
from pipeline.reports.artifacts import Artifact
from pipeline.reports.build import render_report
from pipeline.reports.drawing.fonts import fontconfig_file
from pipeline.reports.request import ReportRequest
from pipeline.reports.workers.pool import kept_workers

REPORT = "customer_statement"
_PLAIN = 20
_CHANGED = 0.02
# As many as make a thousand of the demo's.
_TIMES = 6


def main() -> None:
    tenant = "accounts"
    ws = copied_demo(_TIMES, [tenant], OF_ACCOUNTS)
    settings = load_settings(ws.root).model_copy(update={"workers": 2})
    registry = _by_month(load_registry(ws), tenant)
    with kept_workers():
        seconds, cpu, made = _timed(ws, registry, settings, tenant)
        peak = max(map(peak_megabytes, children()))
    pdfs = [one.path for one in made if one.format == "pdf"]
    pages = [len(pypdf.PdfReader(path).pages) for path in pdfs]
    print(f"  {len(pages)} statements, {pages.count(1)} of one page, {sum(pages)} pages")
    report(
        "statements a second, two workers, start-up included",
        f"{len(pages) / seconds:.1f}/s",
        "15/s or more",
    )
    report(
        "the same by processor time, as two idle cores would do it",
        f"{2 * len(pages) / cpu:.1f}/s",
        "15/s or more",
    )
    one, bare = _plain_loop(ws, pdfs)
    report("plain loop in one process, processor time for one", f"{one:.2f} s", "-")
    report("two workers ÷ plain loop, by processor time", f"{2 * len(pages) / cpu * one:.1f}", "-")
    report(
        "two workers ÷ plain loop without the subset library",
        f"{2 * len(pages) / cpu * bare:.1f}",
        "7 or more",
    )
    report("peak memory of a worker", f"{peak:.0f} MB", "under 400 MB")
    again, _, kept = _timed(ws, registry, settings, tenant)
    assert not any(artifact.rendered for artifact in kept)
    report(
        "the same again, nothing changed ÷ the first time", f"{again / seconds:.0%}", "5 % or less"
    )
    _change(ws, tenant, pdfs[:: round(1 / _CHANGED)])
    with kept_workers():  # that are new, so that what they used can be read
        some, some_cpu, made = _timed(ws, registry, settings, tenant)
    count = sum(one.rendered and one.format == "pdf" for one in made)
    report(
        f"{count} of {len(pdfs)} changed ÷ the first time, start-up included",
        f"{some / seconds:.1%}",
        "5 % or less",
    )
    report("the same by processor time", f"{some_cpu / cpu:.1%}", "5 % or less")


def _timed(
    ws: Workspace, registry: Registry, settings: Settings, tenant: str
) -> tuple[float, float, list[Artifact]]:
    """Wall-clock seconds, processor seconds of this process and its children, artifacts."""
    begin, cpu = time.perf_counter(), time.process_time()
    made = render_report(ws, registry, settings, ReportRequest(tenant, REPORT))
    seconds = time.perf_counter() - begin
    return seconds, time.process_time() - cpu + sum(map(cpu_seconds, children())), made


def _change(ws: Workspace, tenant: str, pdfs: list[Path]) -> None:
    """Another name of these customers, as a new build would have it."""
    payloads = [json.loads(path.with_name("payload.json").read_bytes()) for path in pdfs]
    customers = [payload["content"]["customer"]["customer_id"] for payload in payloads]
    file = layout.current_link(ws, tenant).resolve() / "customers.parquet"
    new = file.with_name("new.parquet")
    name = "customer_name || if(customer_id in (select unnest(?)), ' Ltd', '')"
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT * REPLACE ({name} AS customer_name) FROM '{file}') TO '{new}'",
            [customers],
        )
    new.replace(file)


def _plain_loop(ws: Workspace, pdfs: list[Path]) -> tuple[float, float]:
    """Processor seconds for one statement, of the first few, in a process of its own; and without
    the library that subsets fonts.
    """
    payloads = [str(path.with_name("payload.json").resolve()) for path in pdfs[:_PLAIN]]
    environment = {
        **child_environment(),
        "FONTCONFIG_FILE": str(fontconfig_file(ws.path("state", "fonts")).resolve()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.plain_statements", *payloads],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    first, second = done.stdout.split()
    return float(first), float(second)


def _by_month(registry: Registry, tenant: str) -> Registry:
    found = registry.tenant(tenant)
    monthly = found.reports[REPORT].model_copy(update={"period": "month"})
    changed = found.model_copy(update={"reports": {**found.reports, REPORT: monthly}})
    return Registry({**registry.tenants, tenant: changed}, registry.sources)
