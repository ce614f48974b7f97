"""Run dbt: from landed rows to a warehouse whose marts and reporting views are built and tested.

What dbt is told (arguments, environment) is computed by small functions that Dagster's dbt assets
use as well; running it here is one child process. dbt is the only writer of the warehouse. The
warehouse is disposable: one that does not open, or that the last build found damaged, is moved
aside and built again from raw. Which tenants may be published is not decided here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pipeline.config.settings import DBT_PROJECT_DIR, Settings, child_environment
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BuildError, BusyError
from pipeline.publish import set_aside
from pipeline.publish.damaged_warehouse import DAMAGE, is_damage, is_held_open, move_aside
from pipeline.publish.orphans import end_orphans
from pipeline.publish.warehouse import remove_if_of_other_models
from pipeline.publish.warehouse_notice import leave_notice

# What a child needs to start. The rest stays behind: dbt writes variables into its artifacts.
INHERITED = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
DBT = str(Path(sys.executable).with_name("dbt"))
FAILURES = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class BuildResult:
    """What one run of dbt built and how long that took."""

    models: int
    tests: int
    unit_tests: int
    seconds: float


@dataclass(frozen=True)
class FailedNode:
    """A node that failed: its kind, its name as people know it, and dbt's message."""

    kind: str
    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.message}"


def target_dir(ws: Workspace) -> Path:
    """Where dbt leaves its manifest, compiled SQL and run results."""
    return ws.path("state", "dbt", "target")


def dbt_environment(ws: Workspace, settings: Settings) -> dict[str, str]:
    """The variables that `profiles.yml` and the macros read; no secret is among them."""
    return {
        "MILEPOST_RAW_ROOT": str(ws.raw_root),
        "MILEPOST_QUARANTINE_ROOT": str(ws.quarantine_root),
        "MILEPOST_WAREHOUSE": str(ws.warehouse_file),
        "MILEPOST_TEMP": str(ws.path("state", "duckdb_temp")),
        "MILEPOST_MEMORY_LIMIT": settings.memory_limit,
        "MILEPOST_THREADS": str(settings.threads),
        "MILEPOST_SET_ASIDE": json.dumps(sorted(set_aside.held(ws))),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "TZ": "UTC",
    }


def dbt_arguments(ws: Workspace, *, full: bool = False, select: Sequence[str] = ()) -> list[str]:
    """`build` (models and data tests, no unit tests) with this workspace's folders."""
    arguments = ["build", "--exclude-resource-type", "unit_test", *_folders(ws)]
    if full:
        arguments.append("--full-refresh")
    if select:
        arguments += ["--select", *select]
    return arguments


def unit_test_arguments(ws: Workspace) -> list[str]:
    """The unit tests alone: for developers; a production build leaves them out."""
    return ["test", "--select", "test_type:unit", *_folders(ws)]


def compile_arguments(ws: Workspace) -> list[str]:
    """The SQL of a full build of every node into the manifest, without building anything."""
    return ["compile", "--full-refresh", *_folders(ws)]


def docs_arguments(ws: Workspace) -> list[str]:
    """dbt's own pages about the built models, as `static_index.html` in the target folder."""
    return ["docs", "generate", "--static", *_folders(ws)]


def run_dbt(
    ws: Workspace, settings: Settings, *, full: bool = False, select: Sequence[str] = ()
) -> BuildResult:
    """Build the warehouse; the caller holds the refresh lock.

    A tenant whose rows stop a model is set aside, and the others are built without it. Raises
    BuildError that names each failed node and says why, if that is no tenant's rows.
    """
    prepare_warehouse(ws)
    while True:
        try:
            return run_command(ws, settings, dbt_arguments(ws, full=full, select=select))
        except BuildError:
            if not set_aside.note_stopped(ws, target_dir(ws)):
                raise


def run_command(ws: Workspace, settings: Settings, arguments: Sequence[str]) -> BuildResult:
    """Run one dbt command that leaves run results; raises BuildError as `run_dbt` does."""
    results = target_dir(ws) / "run_results.json"
    results.unlink(missing_ok=True)
    finished = _dbt(ws, settings, arguments)
    if not results.is_file():
        raise BuildError(f"dbt did not start: {_last_lines(finished.stdout + finished.stderr)}")
    outcome = json.loads(results.read_text(encoding="utf-8"))
    if finished.returncode != 0:
        raise BuildError(_explain(outcome, _last_lines(finished.stdout + finished.stderr)))
    return _summary(outcome)


def ensure_manifest(ws: Workspace, settings: Settings) -> Path:
    """dbt's manifest for this workspace, parsed anew if a file of the project is newer.

    A copy of its own, whole or not there: daemon and web servers start together and read it, and
    dbt writes its own in place.
    """
    manifest = ws.path("state", "dbt", "manifest.json")
    newest = max(path.stat().st_mtime for path in DBT_PROJECT_DIR.rglob("*") if path.is_file())
    if not manifest.is_file() or manifest.stat().st_mtime < newest:
        _make_folders(ws)
        with TemporaryDirectory(prefix="parse-", dir=manifest.parent) as folder:
            finished = _dbt(ws, settings, ["parse", *_folders(ws, Path(folder))])
            if finished.returncode != 0:
                raise BuildError(f"dbt could not read its project: {_last_lines(finished.stdout)}")
            (Path(folder) / manifest.name).replace(manifest)
    return manifest


def prepare_warehouse(ws: Workspace) -> Path | None:
    """Make sure that dbt can open the warehouse; returns where a damaged one went, or None.

    One that other models built (before an upgrade) is removed: its tables that grow by batches may
    lack a column or hold what another rule said. Tenants that were set aside are tried again.
    Raises BusyError when another process has it open: that is no damage.
    """
    _make_folders(ws)
    end_orphans(target_dir(ws))
    leave_notice(ws.warehouse_file.parent)
    set_aside.forget(ws)
    remove_if_of_other_models(ws)
    file = ws.warehouse_file
    if not file.exists():
        return None
    try:
        duckdb.connect(str(file)).close()
    except duckdb.Error as error:
        if is_held_open(file):
            raise BusyError(
                f"another process has {file} open; close it and try again. To look into the data,"
                " use a copy: `milepost export --tenant T --to FILE.duckdb`"
            ) from None
        if not os.access(file, os.R_OK | os.W_OK) or not is_damage(error):
            raise BuildError(f"the warehouse {file} cannot be opened: {error}") from None
        return move_aside(file)
    return move_aside(file) if _found_damaged(target_dir(ws) / "run_results.json") else None


def failures(run_results: Mapping[str, Any]) -> list[FailedNode]:
    """The nodes of `run_results.json` that failed, in the order in which they ran."""
    found = []
    for result in run_results.get("results", []):
        if result["status"] in FAILURES:
            kind, _, name, *_ = result["unique_id"].split(".")
            message = " ".join((result.get("message") or "no message").split())
            found.append(FailedNode(kind, name, message))
    return found


def _explain(run_results: Mapping[str, Any], fallback: str) -> str:
    failed = failures(run_results)
    if not failed:
        return f"dbt failed: {fallback}"
    skipped = sum(result["status"] == "skipped" for result in run_results["results"])
    lines = [f"the models were not built; {len(failed)} failed, {skipped} were skipped after them"]
    return "\n".join(lines + [f"  {failure}" for failure in failed])


def _summary(run_results: Mapping[str, Any]) -> BuildResult:
    kinds = [result["unique_id"].split(".")[0] for result in run_results["results"]]
    models, tests, unit_tests = (kinds.count(kind) for kind in ("model", "test", "unit_test"))
    return BuildResult(models, tests, unit_tests, run_results["elapsed_time"])


def _dbt(
    ws: Workspace, settings: Settings, arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    own = child_environment()
    inherited = {name: own[name] for name in INHERITED if name in own}
    return subprocess.run(  # noqa: S603 (our own program, no shell)
        [DBT, *arguments],
        env={**inherited, **dbt_environment(ws, settings)},
        cwd=DBT_PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def _folders(ws: Workspace, target: Path | None = None) -> list[str]:
    return [
        *("--project-dir", str(DBT_PROJECT_DIR)),
        *("--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(target or target_dir(ws))),
        *("--log-path", str(ws.path("state", "dbt", "logs"))),
        # Debugging would write each statement; they are in the target folder.
        *("--log-level-file", "info"),
        "--no-use-colors",
    ]


def _make_folders(ws: Workspace) -> None:
    for folder in (target_dir(ws), ws.warehouse_file.parent, ws.path("state", "duckdb_temp")):
        folder.mkdir(parents=True, exist_ok=True)


def _found_damaged(results: Path) -> bool:
    """Whether the build before this one stopped at a damaged block of the warehouse."""
    try:
        failed = failures(json.loads(results.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return False
    return any(sign in failure.message.lower() for failure in failed for sign in DAMAGE)


def _last_lines(text: str, number: int = 8) -> str:
    return "\n".join(text.strip().splitlines()[-number:])
