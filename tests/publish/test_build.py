"""What dbt is told, what its failures read like, and a warehouse that does not open."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.config.settings import DBT_PROJECT_DIR, Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BuildError, BusyError
from pipeline.publish import build
from tests.dbt_project import raw_files
from tests.dbt_project.scenario import day


@pytest.fixture
def settings(workspace: Workspace) -> Settings:
    return Settings(home=workspace.root, threads=2, memory_limit="1GB")


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def test_a_build_runs_models_and_tests_but_no_unit_tests(workspace: Workspace) -> None:
    arguments = build.dbt_arguments(workspace)
    assert arguments[:3] == ["build", "--exclude-resource-type", "unit_test"]
    assert "--full-refresh" not in arguments
    assert "--select" not in arguments


def test_full_and_selected_builds(workspace: Workspace) -> None:
    arguments = build.dbt_arguments(workspace, full=True, select=["leads+", "tenants"])
    assert "--full-refresh" in arguments
    assert arguments[-3:] == ["--select", "leads+", "tenants"]


def test_dbt_writes_into_the_workspace_only(workspace: Workspace) -> None:
    arguments = build.dbt_arguments(workspace)
    for name in ("--target-path", "--log-path"):
        assert option(arguments, name).startswith(str(workspace.state))
    assert option(arguments, "--project-dir") == str(DBT_PROJECT_DIR)


def test_the_environment_names_paths_and_limits(workspace: Workspace, settings: Settings) -> None:
    environment = build.dbt_environment(workspace, settings)
    assert environment["MILEPOST_WAREHOUSE"] == str(workspace.warehouse_file)
    assert environment["MILEPOST_MEMORY_LIMIT"] == "1GB"
    assert environment["TZ"] == "UTC"
    assert not any("SECRET" in name or "PASSWORD" in name for name in environment)


def test_a_secret_of_this_process_does_not_reach_dbt(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_CUSTOM_ENV_TOKEN", "hush")
    monkeypatch.setenv("MILEPOST_SMTP_PASSWORD", "hush")
    seen = {}

    def record(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.update(options["env"])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", record)
    with pytest.raises(BuildError):
        build.run_command(workspace, settings, ["build"])
    assert "hush" not in seen.values()
    assert seen["PATH"] == os.environ["PATH"]


RESULTS = {
    "results": [
        {"unique_id": "model.milepost.leads", "status": "success", "message": "OK"},
        {
            "unique_id": "model.milepost.bookings",
            "status": "error",
            "message": "Runtime Error in model bookings\n  Binder Error: no column x",
        },
        {
            "unique_id": "test.milepost.grain_leads.abc",
            "status": "fail",
            "message": "Got 3 results",
        },
        {"unique_id": "model.milepost.v_booking_summary", "status": "skipped", "message": None},
    ]
}


def test_failures_are_named_in_order() -> None:
    assert [str(failure) for failure in build.failures(RESULTS)] == [
        "model bookings: Runtime Error in model bookings Binder Error: no column x",
        "test grain_leads: Got 3 results",
    ]


@pytest.mark.models
def test_a_build_of_a_broken_workspace_says_which_model_failed(
    workspace: Workspace, settings: Settings
) -> None:
    raw_files.write_empty_folders(workspace.root)
    raw_files.write_registry(workspace.root, {"acme": {"as_of_date": day("2026-03-31")}})
    for file in workspace.raw("users").iterdir():
        file.unlink()
    with pytest.raises(BuildError) as caught:
        build.run_dbt(workspace, settings, select=["base_users+"])
    message = str(caught.value)
    assert "model base_users:" in message
    assert "No files found" in message
    assert "were skipped after them" in message


def test_no_warehouse_is_nothing_to_mend(workspace: Workspace) -> None:
    assert build.prepare_warehouse(workspace) is None
    assert workspace.warehouse_file.parent.is_dir()


def test_a_sound_warehouse_stays(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    duckdb.connect(str(workspace.warehouse_file)).close()
    assert build.prepare_warehouse(workspace) is None
    assert workspace.warehouse_file.exists()


def test_a_warehouse_that_other_models_built_is_built_anew(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    duckdb.connect(str(workspace.warehouse_file)).close()
    workspace.warehouse_file.with_name("models.sha256").write_text("of last year's models")
    build.prepare_warehouse(workspace)
    assert not workspace.warehouse_file.exists()


def test_a_warehouse_that_does_not_open_is_moved_aside(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    for number in (1, 2):
        workspace.warehouse_file.write_bytes(b"not a database " * 1000)
        moved = build.prepare_warehouse(workspace)
        assert moved == workspace.warehouse_file.with_name(f"warehouse.duckdb.damaged-{number}")
        assert moved.exists()
        assert not workspace.warehouse_file.exists()


def test_a_warehouse_that_the_last_build_found_damaged_is_moved_aside(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    duckdb.connect(str(workspace.warehouse_file)).close()
    message = "Runtime Error: Corrupt database file: computed checksum 1 does not match 2"
    damaged = {"results": [{"unique_id": "model.m.leads", "status": "error", "message": message}]}
    (build.target_dir(workspace) / "run_results.json").write_text(json.dumps(damaged))
    assert build.prepare_warehouse(workspace) is not None


@pytest.mark.parametrize("place", range(0, 12288, 409))
def test_a_warehouse_with_a_damaged_block_is_never_taken_for_a_busy_one(
    workspace: Workspace, place: int
) -> None:
    """What the engine says of some blocks has the word lock in it."""
    build.prepare_warehouse(workspace)
    file = workspace.warehouse_file
    duckdb.connect(str(file)).close()
    data = bytearray(file.read_bytes())
    data[place : place + 64] = bytes(byte ^ 0xFF for byte in data[place : place + 64])
    file.write_bytes(data)
    moved = build.prepare_warehouse(workspace)
    assert moved is None or not file.exists()


def test_a_warehouse_that_may_not_be_opened_is_neither_damaged_nor_busy(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.prepare_warehouse(workspace)
    duckdb.connect(str(workspace.warehouse_file)).close()

    def refuse(*_: object) -> None:
        raise duckdb.IOException('Cannot open file "w": Permission denied (block device locked)')

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(BuildError, match="Permission denied"):
        build.prepare_warehouse(workspace)
    assert workspace.warehouse_file.exists()


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_dbt_that_outlived_its_refresh_is_ended_and_no_other(
    workspace: Workspace, tmp_path: Path, stubborn: bool
) -> None:
    build.prepare_warehouse(workspace)
    file = workspace.warehouse_file
    duckdb.connect(str(file)).close()
    program = tmp_path / "dbt"
    program.write_text(
        "import duckdb, signal, sys, time\n"
        + ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else "")
        + f"held = duckdb.connect({str(file)!r}) if sys.argv[1] == 'build' else None\n"
        "print(1, flush=True)\ntime.sleep(600)\n"
    )
    target = str(build.target_dir(workspace))

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(program), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    with (
        start("build", "--target-path", target) as orphan,
        start("docs", "--target-path", f"{target}-other") as other,
    ):
        try:
            assert build.prepare_warehouse(workspace) is None
            assert orphan.wait(timeout=30) < 0
            assert other.poll() is None
        finally:
            other.kill()
            orphan.kill()
    assert file.exists()


def test_a_warehouse_in_use_is_not_damaged(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    file = workspace.warehouse_file
    duckdb.connect(str(file)).close()
    hold = (
        f"import duckdb, sys; connection = duckdb.connect({str(file)!r});"
        " print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        with pytest.raises(BusyError, match=r"another process.*`milepost export"):
            build.prepare_warehouse(workspace)
        other.stdin.close()
    assert file.exists()


def test_whoever_looks_for_the_warehouse_finds_what_to_use_instead(workspace: Workspace) -> None:
    build.prepare_warehouse(workspace)
    notice = (workspace.warehouse_file.parent / "READ-ME-FIRST.txt").read_text()
    assert "milepost export --tenant T --to FILE.duckdb" in notice
