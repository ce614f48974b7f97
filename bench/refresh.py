"""The refresh at large scale: dbt against a plain script, and one per cent more rows against all.

The workspace is kept in build/bench/, because generating and landing 30 million rows takes minutes;
remove it to begin anew.
"""

import shutil
import sys
import time
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from bench.measure import Measured, measure, report
from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings, child_environment, load_settings
from pipeline.config.workspace import Workspace
from pipeline.demo.write import write_demo
from pipeline.landing.ingest import ingest
from pipeline.landing.sidecars.registry import land_registry
from pipeline.publish import build
from pipeline.publish.publish import publish

AS_OF = date(2026, 3, 31)
HOME = Path("build/bench/large")
TENTH = Path("build/bench/tenth")
# What grows in a day; the other entities change rarely.
GROWING = ("leads", "milestones", "engagement", "bookings", "ledger_entries")


def main() -> None:
    settings = load_settings(HOME)
    ws = Workspace(settings.home)
    landed(ws, settings, "large")
    whole = _build_against_plain(ws, settings)
    _a_tenth_against_all(ws, settings, whole)
    _more_rows_against_all(ws, settings)


def landed(ws: Workspace, settings: Settings, scale: Literal["small", "large"]) -> None:
    """Generate and land the demo, unless this workspace has it already."""
    if ws.raw("ledger_entries").is_dir():
        return
    begin = time.perf_counter()
    summary = write_demo(ws, AS_OF, scale)
    rows = sum(sum(counts.values()) for counts in summary.rows.values())
    report(f"generate {rows:,} rows", f"{time.perf_counter() - begin:.0f} s", "minutes")
    begin = time.perf_counter()
    _land(ws, settings)
    report("land them from CSV", f"{time.perf_counter() - begin:.0f} s", "-")


def _land(ws: Workspace, settings: Settings) -> None:
    registry = load_registry(ws)
    ingest(ws, registry, now=settings.now(), threads=settings.threads)
    land_registry(ws, registry, dict.fromkeys(registry.tenants, AS_OF), settings.now())


def published_demo(ws: Workspace, settings: Settings, scale: Literal["small", "large"]) -> str:
    """A workspace with a published demo; returns the tenant with the most customers."""
    landed(ws, settings, scale)
    build.run_dbt(ws, settings)
    publish(ws, settings)
    return "skyline"


def _build_against_plain(ws: Workspace, settings: Settings) -> float:
    """The full dbt build (models and tests) and the same tables by a script, in turn.

    Returns the seconds of the quicker build.
    """
    ratios, seconds, peak = [], [], 0.0
    for _ in range(2):
        ws.warehouse_file.unlink(missing_ok=True)
        dbt = _dbt(ws, settings)
        plain = _plain(ws, settings)
        ratios.append(dbt.seconds / plain.seconds)
        seconds.append(dbt.seconds)
        peak = max(peak, dbt.gigabytes)
        print(
            f"  dbt {dbt.seconds:.1f} s, plain {plain.seconds:.1f} s, peak {dbt.gigabytes:.1f} GB"
        )
    report("full dbt build ÷ plain DuckDB, best of two", f"{min(ratios):.2f}", "2.0 or less")
    report("peak memory of the build", f"{peak:.1f} GB", "under 6 GB")
    return min(seconds)


def _a_tenth_against_all(ws: Workspace, settings: Settings, whole: float) -> None:
    """The full build of every tenth tenant, which has a tenth of the leads."""
    tenth = Workspace(TENTH.resolve())
    if not tenth.raw("ledger_entries").is_dir():
        tenth.tenants_dir.mkdir(parents=True)
        for folder in sorted(ws.inbox_root.iterdir())[::10]:
            shutil.copytree(folder, tenth.inbox_root / folder.name)
            for file in ws.tenants_dir.glob(f"{folder.name}.*"):
                shutil.copy(file, tenth.tenants_dir)
        shutil.copy(ws.sources_file, tenth.sources_file)
        _land(tenth, settings)
    tenth.warehouse_file.unlink(missing_ok=True)
    part = _dbt(tenth, settings)
    report("build of all ÷ build of a tenth", f"{whole / part.seconds:.1f}", "10 or less")


def _dbt(ws: Workspace, settings: Settings) -> Measured:
    build.prepare_warehouse(ws)
    return measure(
        [build.DBT, *build.dbt_arguments(ws, full=True)],
        child_environment(build.dbt_environment(ws, settings)),
    )


def _plain(ws: Workspace, settings: Settings) -> Measured:
    # Compiled SQL names the catalogue, which is called like the file.
    database = ws.path("state", "plain", ws.warehouse_file.name)
    shutil.rmtree(database.parent, ignore_errors=True)
    database.parent.mkdir()
    manifest = build.target_dir(ws) / "manifest.json"
    temporary = ws.path("state", "plain_temp")
    threads, memory = str(settings.threads), settings.memory_limit
    return measure(
        [
            sys.executable,
            "-m",
            "bench.plain",
            str(manifest),
            str(database),
            threads,
            memory,
            str(temporary),
        ]
    )


def _more_rows_against_all(ws: Workspace, settings: Settings) -> None:
    """A full refresh from landed rows, then one with 1 % more of them: whole commands.

    The rows come in a file for each tenant and entity; what landing those takes is said apart.
    """
    milepost = str(Path(sys.executable).with_name("milepost"))
    arguments = ["--home", str(ws.root), "--as-of", AS_OF.isoformat(), "--json"]
    shutil.rmtree(ws.published_root, ignore_errors=True)
    full = measure([milepost, "refresh", "--full", *arguments]).seconds
    _write_more(ws, f"more{time.time_ns()}")
    begin = time.perf_counter()
    _land(ws, settings)
    landing = time.perf_counter() - begin
    more = measure([milepost, "refresh", *arguments]).seconds
    print(f"  full {full:.1f} s, with 1 % more {more:.1f} s, and {landing:.1f} s to land it")
    report("refresh with 1 % new rows ÷ full refresh", f"{more / full:.0%}", "40 % or less")
    report("the same with the landing of its files", f"{(landing + more) / full:.0%}", "-")


def _write_more(ws: Workspace, tag: str) -> None:
    """One per cent of each growing entity again, under new ids, as a second file."""
    for folder in sorted(ws.inbox_root.iterdir()):
        for entity in GROWING:
            rows = pl.read_csv(folder / f"{entity}.csv", infer_schema=False)
            rows = rows.tail(max(1, rows.height // 100)).with_columns(pl.col("id") + f"-{tag}")
            rows.write_csv(folder / f"{entity}_{tag}.csv")
