"""What an operator meets at the command line: clear errors, exit codes, safe exports."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.locking import exclusive
from pipeline.landing.ingest import ingest
from pipeline.publish.publish import publish
from tests.publish.test_publish import write_warehouse

MILEPOST = Path(sys.executable).with_name("milepost")


def milepost(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MILEPOST_")}
    return subprocess.run(
        [str(MILEPOST), *arguments], env={**clean, **environment}, capture_output=True
    )


@pytest.fixture
def published(workspace: Workspace) -> Workspace:
    write_warehouse(workspace, {"skyline": 3}, tag="=cmd|' /C calc'!A0")
    (workspace.tenants_dir / "skyline.yaml").write_text("name: Skyline\n")
    publish(workspace, Settings(home=workspace.root))
    return workspace


def query(ws: Workspace, sql: str, *more: str) -> subprocess.CompletedProcess[bytes]:
    return milepost("query", "--home", str(ws.root), "--tenant", "skyline", sql, *more)


def test_help_lists_every_command() -> None:
    text = milepost("--help").stdout.decode()
    for command in (
        "demo",
        "init",
        "refresh",
        "report",
        "send",
        "run",
        "query",
        "tables",
        "describe",
        "export",
        "status",
        "doctor",
    ):
        assert command in text


def test_a_folder_that_is_no_workspace_is_a_usage_error(tmp_path: Path) -> None:
    done = milepost("status", "--home", str(tmp_path))
    assert done.returncode == 2
    assert b"is not a workspace: it has no tenants/ folder" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_mistake_in_a_tenant_file_names_file_and_key(workspace: Workspace) -> None:
    (workspace.tenants_dir / "t.yaml").write_text("name: T\ncolour: red\n")
    done = milepost("status", "--home", str(workspace.root))
    assert done.returncode == 2
    assert b"t.yaml: colour: unknown key" in done.stderr


def test_a_bad_variable_is_named(published: Workspace) -> None:
    done = milepost("status", MILEPOST_HOME=str(published.root), MILEPOST_WORKERS="many")
    assert done.returncode == 2
    assert b"MILEPOST_WORKERS" in done.stderr


def test_a_second_refresh_is_turned_away_before_anything_heavy_is_imported(
    published: Workspace,
) -> None:
    with exclusive(published.refresh_lock_file, datetime(2026, 4, 1, tzinfo=UTC)):
        done = milepost("refresh", "--home", str(published.root), PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 1
    assert b"another refresh is running (process " in done.stderr
    assert b"since 2026-04-01T00:00:00+00:00" in done.stderr
    assert b" dagster\n" not in done.stderr


def test_query_formats_hold_the_same_rows(published: Workspace) -> None:
    sql = "SELECT lead_id, amount FROM leads ORDER BY 1"
    [first, *_] = records = json.loads(query(published, sql, "--json").stdout)
    assert len(records) == 3
    assert first["amount"] == "0.00"
    frame = pl.read_parquet(io.BytesIO(query(published, sql, "--format", "parquet").stdout))
    assert frame.schema["amount"] == pl.Decimal(18, 2)
    assert frame["lead_id"].to_list() == [record["lead_id"] for record in records]
    assert b"3 rows" in query(published, sql).stdout


def test_csv_text_cannot_become_a_formula_and_a_negative_number_stays_one(
    published: Workspace,
) -> None:
    sql = "SELECT '=1+1' AS a, '-1' AS b, -1 AS c, '@x' AS d, 'plain' AS e"
    [header, values] = query(published, sql, "--format", "csv").stdout.decode().splitlines()
    assert header == "a,b,c,d,e"
    assert values == "'=1+1,'-1,-1,'@x,plain"


def test_query_cannot_leave_the_tenant(published: Workspace) -> None:
    other = published.root / "warehouse" / "warehouse.duckdb"
    assert duckdb.connect(str(other), read_only=True)
    done = query(published, f"ATTACH '{other}' AS w")
    assert done.returncode == 2
    assert b"The tables of skyline are" in done.stderr


def test_query_writes_nothing_over_the_tenants_own_build(published: Workspace) -> None:
    build = (published.published("skyline") / "current").resolve()
    before = {path: path.read_bytes() for path in build.rglob("*") if path.is_file()}
    file = build / "leads.parquet"
    done = query(published, f"COPY (SELECT 0 AS amount) TO '{file}' (FORMAT parquet)")
    assert done.returncode == 2
    assert b"COPY is not a statement that only reads" in done.stderr
    assert {path: path.read_bytes() for path in build.rglob("*") if path.is_file()} == before


def test_square_brackets_in_data_are_text(published: Workspace) -> None:
    sql = "SELECT '[red]x[/red] [/] [bold' AS \"a [b]\", chr(27) || '[31m' AS c"
    done = query(published, sql)
    assert done.returncode == 0, done.stderr
    assert b"[red]x[/red] [/] [bold" in done.stdout
    assert b"a [b]" in done.stdout
    assert b"\x1b" not in done.stdout, "nor does data move the terminal's cursor"
    (published.tenants_dir / "skyline.yaml").write_text("name: Skyline\nreports: {'[/x]': 1}\n")
    done = milepost("status", "--home", str(published.root))
    assert done.returncode == 2
    assert b"[/x]" in done.stderr


def test_a_cut_file_of_one_tenant_is_its_own_trouble_in_status(published: Workspace) -> None:
    write_warehouse(published, {"skyline": 3, "tidewater": 2})
    (published.tenants_dir / "tidewater.yaml").write_text("name: Tidewater\n")
    publish(published, Settings(home=published.root))
    file = (published.published("skyline") / "current" / "data_checks.parquet").resolve()
    file.write_bytes(file.read_bytes()[:-9])
    done = milepost("status", "--home", str(published.root), "--json")
    assert done.returncode == 0, done.stderr
    states = {row["tenant"]: row["state"] for row in json.loads(done.stdout)["tenants"]}
    assert "data_checks.parquet is not as it was written" in states["skyline"]


def test_a_stopped_command_ends_as_after_ctrl_c(published: Workspace) -> None:
    """By its handlers, which end what it started, and not by the signal itself."""
    program = (
        "import os, signal, sys\n"
        "from pipeline.cli import app\n"
        "app.app = lambda: os.kill(os.getpid(), signal.SIGTERM) or signal.pause()\n"
        "try:\n    app.main()\nexcept KeyboardInterrupt:\n    print('ended its children')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert done.stdout == b"ended its children\n", done.stderr


def test_an_unknown_tenant_is_told_which_there_are(published: Workspace) -> None:
    done = milepost("query", "--home", str(published.root), "--tenant", "sky", "SELECT 1")
    assert done.returncode == 2
    assert b"no tenant 'sky'; there are skyline" in done.stderr


def test_a_tenant_that_has_no_build_yet_is_told_what_to_do(published: Workspace) -> None:
    (published.tenants_dir / "new.yaml").write_text("name: New\n")
    done = milepost("query", "--home", str(published.root), "--tenant", "new", "SELECT 1")
    assert done.returncode == 1
    assert b"nothing is published for 'new' yet: run `milepost refresh`" in done.stderr


def test_an_unknown_format_is_a_usage_error(published: Workspace) -> None:
    done = query(published, "SELECT 1", "--format", "xml")
    assert done.returncode == 2
    assert b"there are table, json, csv and parquet" in done.stderr


def test_init_makes_a_workspace_that_loads_and_refuses_a_full_folder(tmp_path: Path) -> None:
    done = milepost("init", str(tmp_path / "new"), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert milepost("status", "--home", result["workspace"]).returncode == 0
    again = milepost("init", str(tmp_path / "new"))
    assert again.returncode == 2
    assert b"is not empty" in again.stderr


@pytest.fixture
def quarantined(workspace: Workspace) -> Workspace:
    (workspace.tenants_dir / "skyline.yaml").write_text("name: Skyline\n")
    inbox = workspace.inbox("skyline")
    inbox.mkdir(parents=True)
    (inbox / "users.csv").write_text("id,name,email\nU1,Asha,\nU2,,=cmd()\n=U3,,\n")
    ingest(workspace, load_registry(workspace), now=datetime(2026, 4, 1, 2, 30, tzinfo=UTC))
    return workspace


def test_quarantine_shows_each_open_row_with_its_reasons_and_its_place(
    quarantined: Workspace,
) -> None:
    home = ("--home", str(quarantined.root))
    (first, _) = json.loads(milepost("quarantine", *home, "--json").stdout)["rows"]
    assert first["original"] == {"id": "U2", "name": None, "email": "=cmd()"}
    assert (first["source_file"], first["source_row"]) == ("skyline/users.csv", 3)
    table = milepost("quarantine", *home, "--limit", "1").stdout.decode()
    assert "skyline/users.csv:3" in table
    assert "name: a value is required" in table
    assert "1 more rows" in table
    rows = pl.read_csv(milepost("quarantine", *home, "--format", "csv").stdout)
    assert rows["id"].to_list() == ["U2", "'=U3"]
    assert b"nothing is open" in milepost("quarantine", *home, "--entity", "leads").stdout
    (quarantined.inbox("skyline") / "users_2.csv").write_text("id,name\nU2,Ravi\n")
    later = datetime(2026, 4, 2, 2, 30, tzinfo=UTC)
    ingest(quarantined, load_registry(quarantined), now=later)
    done = pl.read_csv(milepost("quarantine", *home, "--resolved", "--format", "csv").stdout)
    assert done["id"].to_list() == ["U2"]
    assert done["resolved"][0].startswith("2026-04-02")


def test_quarantine_of_what_there_is_not_is_a_usage_error(quarantined: Workspace) -> None:
    home = ("--home", str(quarantined.root))
    for wrong in (("--tenant", "acme"), ("--entity", "invoices"), ("--format", "xml")):
        done = milepost("quarantine", *home, *wrong)
        assert done.returncode == 2
        assert wrong[1].encode() in done.stderr


def test_a_row_wider_than_the_screen_is_a_value_a_line_and_nothing_is_cut(
    published: Workspace,
) -> None:
    columns = ", ".join(f"'value {number}' AS a_long_name_{number}" for number in range(30))
    lines = query(published, f"SELECT {columns}").stdout.decode().splitlines()
    assert lines[0] == "a_long_name_0   value 0"
    assert lines[29] == "a_long_name_29  value 29"
    assert lines[30] == "1 row"


def test_a_path_is_printed_whole(published: Workspace) -> None:
    deep = published.root.joinpath(*["a-folder-with-a-long-name"] * 8)
    done = milepost("init", str(deep))
    assert str(deep) in done.stdout.decode()


def test_a_query_that_would_write_is_told_that_queries_only_read(published: Workspace) -> None:
    for sql in ("DELETE FROM leads", "CREATE TABLE t AS SELECT 1", "COPY leads TO 'x.csv'"):
        done = query(published, sql)
        assert done.returncode == 2
        assert b"is not a statement that only reads, and nothing was changed" in done.stderr
    assert b"3 rows" in query(published, "FROM leads").stdout
    assert query(published, "PIVOT leads ON lead_id IN ('L1') USING count(*)").returncode == 0


def test_times_are_the_tenants(published: Workspace) -> None:
    sql = "SELECT TIMESTAMPTZ '2026-03-31 20:00:00+00' AS at"
    assert b"2026-04-01 01:30:00+0530" in query(published, sql).stdout
    [row] = json.loads(query(published, sql, "--json").stdout)
    assert row == {"at": "2026-04-01T01:30:00+05:30"}
    assert b"2026-04-01T01:30:00+05:30" in query(published, sql, "--format", "csv").stdout


def test_export_says_what_it_wrote_and_a_second_one_asks_to_replace(
    published: Workspace, tmp_path: Path
) -> None:
    target = tmp_path / "copies" / "skyline.duckdb"
    export = ("export", "--home", str(published.root), "--tenant", "skyline", "--to", str(target))
    result = json.loads(milepost(*export, "--json").stdout)
    assert (result["written"], result["as_of"]) == (str(target), "2026-03-31")
    again = milepost(*export)
    assert again.returncode == 2
    assert b"--replace writes it anew" in again.stderr
    assert milepost(*export, "--replace").returncode == 0
