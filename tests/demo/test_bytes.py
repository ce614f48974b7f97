"""The same demo for the same arguments, wherever it is made."""

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.config.registry import load_registry
from pipeline.config.settings import child_environment
from pipeline.config.workspace import Workspace
from pipeline.demo.write import DemoSummary, write_demo
from tests.demo.conftest import AS_OF, all_files

_ELSEWHERE = """
import sys
from datetime import date
from pathlib import Path
from pipeline.demo import write_demo
from pipeline.config.workspace import Workspace
write_demo(Workspace(Path(sys.argv[1])), date.fromisoformat(sys.argv[2]))
"""


def _digest(root: Path) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in all_files(root).items()}


def test_another_process_zone_hash_seed_and_thread_count_give_the_same_bytes(
    demo: tuple[Workspace, DemoSummary], tmp_path: Path
) -> None:
    subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, str(tmp_path), AS_OF.isoformat()],
        check=True,
        env=child_environment(
            {
                "PYTHONHASHSEED": "4711",
                "TZ": "Pacific/Auckland",
                "LC_ALL": "C",
                "POLARS_MAX_THREADS": "1",
            }
        ),
    )
    assert _digest(tmp_path) == _digest(demo[0].root)


def test_writing_again_over_it_changes_nothing(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    first = write_demo(ws, AS_OF)
    before = _digest(tmp_path)
    assert write_demo(ws, AS_OF) == first
    assert _digest(tmp_path) == before


def test_another_seed_gives_other_rows(demo: tuple[Workspace, DemoSummary], tmp_path: Path) -> None:
    write_demo(Workspace(tmp_path), AS_OF, seed=7)
    one, other = (ws.inbox("skyline") / "leads.csv" for ws in (demo[0], Workspace(tmp_path)))
    assert one.read_bytes() != other.read_bytes()


def test_another_as_of_shifts_the_dates(tmp_path: Path) -> None:
    as_of = date(2027, 3, 7)
    write_demo(Workspace(tmp_path), as_of)
    path = Workspace(tmp_path).inbox("skyline") / "engagement.csv"
    engagement = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
    created = engagement["created_at"].str.slice(0, 10).str.to_date(strict=False)
    assert created.max() == as_of
    assert created.min() > date(2025, 9, 30)  # type: ignore[operator]


def test_the_registry_accepts_the_tenant_files(demo: tuple[Workspace, DemoSummary]) -> None:
    registry = load_registry(demo[0])
    assert list(registry.tenants) == ["neithal", "skyline", "trellis"]
    for tenant in registry.tenants.values():
        assert set(tenant.reports) == {"daily_summary", "sales_dashboard", "customer_statement"}
        assert tenant.bank is not None
        assert (tenant.locale, tenant.currency, tenant.timezone) == ("en_IN", "INR", "Asia/Kolkata")
    assert registry.file_source("neithal")[1].date_format == "DD/MM/YYYY"


def test_the_summary_counts_what_is_in_the_files(demo: tuple[Workspace, DemoSummary]) -> None:
    ws, summary = demo
    for tenant, entities in summary.rows.items():
        lines = {
            entity: (ws.inbox(tenant) / f"{entity}.csv").read_bytes().count(b"\n") - 1
            for entity in entities
        }
        good, bad = sum(entities.values()), sum(summary.bad_rows[tenant].values())
        assert sum(lines.values()) == good + bad
