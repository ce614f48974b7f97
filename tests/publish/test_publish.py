"""Publish and reader on a hand-made warehouse: split, flip, hold, prune, isolation."""

import json
import os
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BuildError, MilepostError
from pipeline.publish import integrity, layout
from pipeline.publish.publish import publish
from pipeline.publish.reader import QueryLimits, open_published
from tests.mortal import tree

AS_OF = date(2026, 3, 31)


@pytest.fixture
def settings(workspace: Workspace) -> Settings:
    return Settings(home=workspace.root, threads=2, memory_limit="1GB", keep_builds=2)


def write_warehouse(
    ws: Workspace, leads: dict[str, int], blocking: dict[str, int] | None = None, tag: str = "x"
) -> None:
    """A warehouse with `leads[tenant]` rows a tenant, every row marked with `tag` and tenant."""
    ws.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    ws.path("state").mkdir(exist_ok=True)
    ws.warehouse_file.unlink(missing_ok=True)
    with duckdb.connect(str(ws.warehouse_file)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA reporting; CREATE SCHEMA staging")
        connection.execute("CREATE TABLE marts.tenants (tenant_id VARCHAR, as_of_date DATE)")
        connection.execute(
            "CREATE TABLE marts.data_checks (tenant_id VARCHAR, check_name VARCHAR,"
            " is_blocking BOOLEAN, failures BIGINT, sample VARCHAR, owner_hint VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE marts.leads (tenant_id VARCHAR, lead_id VARCHAR, amount DECIMAL(18,2))"
        )
        connection.execute("CREATE VIEW reporting.v_leads AS SELECT * FROM marts.leads")
        connection.execute("CREATE TABLE staging.secret AS SELECT 'not published' AS text")
        for tenant, count in leads.items():
            connection.execute("INSERT INTO marts.tenants VALUES (?, ?)", [tenant, AS_OF])
            connection.execute(
                "INSERT INTO marts.leads SELECT $1, $2 || '-' || $1 || '-' || i, i / 100.0"
                " FROM range($3) AS r(i)",
                [tenant, tag, count],
            )
            connection.execute(
                "INSERT INTO marts.data_checks VALUES (?, 'ledger_ties', true, ?, 'C-1', 'mend')",
                [tenant, (blocking or {}).get(tenant, 0)],
            )


def lead_ids(ws: Workspace, tenant: str) -> set[str]:
    with open_published(ws, tenant) as published:
        return {row["lead_id"] for row in published.rows("SELECT lead_id FROM leads")}


def test_each_tenant_gets_its_own_rows_of_every_mart_and_view(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3, "b": 5, "empty": 0})
    result = publish(workspace, settings)
    assert [build.tenant for build in result.builds] == ["a", "b", "empty"]
    with open_published(workspace, "b") as published:
        assert published.as_of == AS_OF
        assert set(published.manifest.tables) == {"data_checks", "leads", "tenants", "v_leads"}
        [row] = published.rows("SELECT count(*) AS n, min(tenant_id) AS t FROM v_leads")
        assert row == {"n": 5, "t": "b"}
    with open_published(workspace, "empty") as published:
        assert published.rows("SELECT * FROM leads") == []
        assert published.rows("SELECT as_of_date FROM tenants") == [{"as_of_date": AS_OF}]


def test_no_byte_of_one_tenant_is_in_anothers_folder(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 50, "b": 50}, tag="token")
    publish(workspace, settings)
    files = list(workspace.published("a").rglob("*.parquet"))
    assert files
    for file in files:
        rows = duckdb.sql(f"SELECT DISTINCT tenant_id FROM '{file}'").fetchall()
        assert rows in ([("a",)], [])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('{b}/current/leads.parquet')",
        "SELECT * FROM '{b}/current/leads.parquet'",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY leads TO '{b}/out.parquet'",
        "ATTACH '{root}/warehouse/warehouse.duckdb' AS w",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT * FROM read_parquet('{a}/current/../../../b/current/leads.parquet')",
        "COPY (SELECT 0 AS amount) TO '{build}/leads.parquet' (FORMAT parquet)",
        "COPY (SELECT 0 AS amount) TO '{build}/new.parquet' (FORMAT parquet)",
        "EXPLAIN ANALYZE COPY (SELECT 0) TO '{build}/leads.parquet' (FORMAT parquet)",
        "ATTACH '{build}/new.duckdb' AS w",
        "EXPORT DATABASE '{build}/all'",
        "SELECT * FROM read_text('{build}/manifest.json')",
        "CREATE VIEW leads AS SELECT 0",
        "CREATE TEMP MACRO sum(x) AS 0",
        "DROP VIEW leads",
        "PREPARE p AS SELECT 1",
        "CALL pragma_version()",
        "SELECT 1; COPY (SELECT 0) TO '{build}/leads.parquet'",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM pragma_table_info('leads')",
        "WITH x AS (SELECT * FROM glob('{build}/*')) SELECT (SELECT 1) FROM x",
        "BEGIN",
        "",
        "-- nothing",
        "EXPLAIN",
    ],
)
def test_a_query_reaches_nothing_but_the_tenants_own_build(
    workspace: Workspace, settings: Settings, sql: str
) -> None:
    write_warehouse(workspace, {"a": 3, "b": 5})
    publish(workspace, settings)
    build = layout.current_link(workspace, "a").resolve()
    names = {"a": workspace.published("a"), "b": workspace.published("b"), "build": build}
    sql = sql.format(**names, root=workspace.root)
    before = tree(build)
    with open_published(workspace, "a") as published, pytest.raises(MilepostError):
        published.answer(sql)
    assert tree(build) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM leads",
        "/* why */ WITH few AS (SELECT 1 AS n) SELECT n FROM few; -- done",
        "DESCRIBE leads",
        "SHOW TABLES",
        "SUMMARIZE leads",
        "EXPLAIN SELECT * FROM leads",
        "explain analyze (SELECT 1)",
        "EXPLAIN (FORMAT json) SELECT 1",
        "FROM leads SELECT count(*)",
        "VALUES (1)",
        "TABLE leads",
    ],
)
def test_a_statement_that_reads_is_answered(
    workspace: Workspace, settings: Settings, sql: str
) -> None:
    write_warehouse(workspace, {"a": 3})
    publish(workspace, settings)
    with open_published(workspace, "a") as published:
        assert published.answer(sql)[1]
        assert published.answer_as_arrow(sql).num_rows


@pytest.mark.parametrize(
    ("limits", "sql", "said"),
    [
        (QueryLimits(seconds=0.2), "SELECT sum(a.range) FROM range(9999999) a,"
         " range(9999999) b", "0.2"),
        (QueryLimits(rows=10), "SELECT * FROM leads", "more than 10 rows"),
        (QueryLimits(memory="20MB", disk="0MB"), "SELECT max(x) FROM (SELECT list(range) AS x"
         " FROM range(20000000))", "memory"),
    ],
)  # fmt: skip
def test_a_query_has_limits_and_says_which_it_met(
    workspace: Workspace, settings: Settings, limits: QueryLimits, sql: str, said: str
) -> None:
    write_warehouse(workspace, {"a": 30})
    publish(workspace, settings)
    with open_published(workspace, "a", limits=limits) as published:
        for ask in (published.answer, published.answer_as_arrow):
            with pytest.raises(MilepostError, match=said):
                ask(sql)


def test_what_lies_published_cannot_be_written(workspace: Workspace, settings: Settings) -> None:
    write_warehouse(workspace, {"a": 3})
    publish(workspace, settings)
    write_warehouse(workspace, {"a": 4})
    publish(workspace, settings)
    for build in layout.builds_dir(workspace, "a").iterdir():
        for path in (build, *build.rglob("*")):
            assert path.stat().st_mode & 0o222 == 0, path
    for _ in range(3):  # and old builds still go
        write_warehouse(workspace, {"a": 5 + _})
        publish(workspace, settings)
    assert len(list(layout.builds_dir(workspace, "a").iterdir())) == settings.keep_builds


def flip(file: Path, place: int = -30, seconds: int = 0) -> None:
    """Another byte in the middle of a file, as a disk or a hand would leave it."""
    stat = file.stat()
    file.chmod(0o644)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    file.chmod(0o444)
    # A disk that forgets a bit leaves the times as they were.
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("name", ["leads.parquet", "manifest.json", "data_checks.parquet"])
@pytest.mark.parametrize("how", ["bit", "cut", "gone"])
def test_a_damaged_file_gives_no_figure_and_a_publish_writes_it_again(
    workspace: Workspace, settings: Settings, name: str, how: str
) -> None:
    write_warehouse(workspace, {"a": 300, "b": 3})
    publish(workspace, settings)
    good = tree(layout.current_link(workspace, "a").resolve())
    file = layout.current_link(workspace, "a") / name
    if how == "bit":
        flip(file, len(file.read_bytes()) // 2)
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        file.unlink()
    if (name, how) != ("manifest.json", "gone"):  # then nothing is published, as far as it goes
        integrity.forget()
        with pytest.raises(layout.DamagedBuild, match=r"a/\S+ is not as it was written.*refresh"):
            open_published(workspace, "a")
    with open_published(workspace, "b"):
        pass
    assert [build.changed for build in publish(workspace, settings).builds] == [False, False]
    with open_published(workspace, "a") as published:
        assert published.rows("SELECT count(*) AS n FROM leads") == [{"n": 300}]
    assert tree(layout.current_link(workspace, "a").resolve()) == good


def test_a_damaged_file_is_not_linked_into_the_next_build(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 30})
    publish(workspace, settings)
    file = layout.current_link(workspace, "a").resolve() / "tenants.parquet"
    good = file.read_bytes()
    flip(file)
    write_warehouse(workspace, {"a": 31})
    publish(workspace, settings)
    assert (layout.current_link(workspace, "a") / "tenants.parquet").read_bytes() == good


def test_a_build_of_a_version_without_hashes_is_read_and_then_written_again(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 30})
    publish(workspace, settings)
    build = layout.current_link(workspace, "a").resolve()
    good = tree(build)
    manifest = json.loads((build / layout.MANIFEST).read_text())
    del manifest["files"], manifest["seal"]
    (build / layout.MANIFEST).write_text(json.dumps(manifest))
    assert len(lead_ids(workspace, "a")) == 30
    publish(workspace, settings)
    assert tree(build) == good


def test_the_same_content_has_the_same_build_id_and_is_not_written_again(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3, "b": 5})
    first = publish(workspace, settings)
    write_warehouse(workspace, {"b": 5, "a": 3})
    second = publish(workspace, settings)
    assert [b.build_id for b in first.builds] == [b.build_id for b in second.builds]
    assert not any(build.changed for build in second.builds)


def test_only_tables_whose_rows_changed_are_written(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3})
    publish(workspace, settings)
    before = (layout.current_link(workspace, "a") / "tenants.parquet").stat().st_ino
    leads = (layout.current_link(workspace, "a") / "leads.parquet").stat().st_ino
    write_warehouse(workspace, {"a": 4})
    publish(workspace, settings)
    assert (layout.current_link(workspace, "a") / "tenants.parquet").stat().st_ino == before
    assert (layout.current_link(workspace, "a") / "leads.parquet").stat().st_ino != leads


def test_a_blocking_finding_holds_that_tenant_and_no_other(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3, "b": 5}, tag="old")
    publish(workspace, settings)
    write_warehouse(workspace, {"a": 4, "b": 6}, blocking={"a": 2}, tag="new")
    result = publish(workspace, settings)
    assert [build.tenant for build in result.builds] == ["b"]
    [held] = result.held
    assert (held.tenant, held.reasons[0].failures) == ("a", 2)
    assert layout.held(workspace, "a") == held
    assert "ledger_ties: 2 (C-1)" in held.summary()
    assert all(lead.startswith("old") for lead in lead_ids(workspace, "a"))
    assert all(lead.startswith("new") for lead in lead_ids(workspace, "b"))

    write_warehouse(workspace, {"a": 4, "b": 6}, tag="new")
    publish(workspace, settings)
    assert layout.held(workspace, "a") is None
    assert len(lead_ids(workspace, "a")) == 4


def test_a_reader_keeps_its_build_through_every_later_publish(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3}, tag="first")
    publish(workspace, settings)
    with open_published(workspace, "a") as published:
        for i in range(5):
            write_warehouse(workspace, {"a": 4 + i}, tag=f"later{i}")
            publish(workspace, settings)
        rows = published.rows("SELECT DISTINCT split_part(lead_id, '-', 1) AS tag FROM leads")
        assert rows == [{"tag": "first"}]
        assert published.rows("SELECT count(*) AS n FROM v_leads") == [{"n": 3}]
    write_warehouse(workspace, {"a": 99})
    publish(workspace, settings)
    assert len(list(layout.builds_dir(workspace, "a").iterdir())) == settings.keep_builds


@pytest.mark.slow
def test_readers_in_a_loop_never_meet_an_error_or_a_mixed_build(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 1}, tag="v0")
    publish(workspace, settings)
    stop, problems, reads = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            with open_published(workspace, "a") as published:
                left = published.rows("SELECT count(*) AS n FROM leads")
                right = published.rows("SELECT count(*) AS n FROM v_leads")
                reads.append(1)
                if left != right:
                    problems.append((left, right))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for i in range(10):
        write_warehouse(workspace, {"a": 2 + i}, tag=f"v{i}")
        publish(workspace, settings)
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert len(reads) >= 20


def test_a_killed_publish_leaves_the_old_build_and_the_next_one_cleans_up(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_warehouse(workspace, {"a": 3}, tag="old")
    publish(workspace, settings)
    write_warehouse(workspace, {"a": 4}, tag="new")

    def power_cut(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", power_cut)
        with pytest.raises(KeyboardInterrupt):
            publish(workspace, settings)
    assert all(lead.startswith("old") for lead in lead_ids(workspace, "a"))
    publish(workspace, settings)
    assert all(lead.startswith("new") for lead in lead_ids(workspace, "a"))
    assert not (workspace.published_root / ".staging").exists()


def test_before_the_first_build_the_reader_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(MilepostError, match=r"nothing is published for 'a' yet: run"):
        open_published(workspace, "a")


def test_rows_of_a_tenant_that_is_not_registered_stop_the_publish(
    workspace: Workspace, settings: Settings
) -> None:
    write_warehouse(workspace, {"a": 3})
    with duckdb.connect(str(workspace.warehouse_file)) as connection:
        connection.execute("INSERT INTO marts.leads VALUES (NULL, 'x', 1), ('ghost', 'y', 2)")
    with pytest.raises(BuildError, match=r"leads has rows of unknown tenants: \['None', 'ghost'\]"):
        publish(workspace, settings)


def test_a_wrong_query_lists_the_tables(workspace: Workspace, settings: Settings) -> None:
    write_warehouse(workspace, {"a": 3})
    publish(workspace, settings)
    with (
        open_published(workspace, "a") as published,
        pytest.raises(MilepostError, match="The tables of a are: data_checks, leads"),
    ):
        published.rows("SELECT * FROM lead")


def test_an_override_publishes_a_held_day_and_nothing_else(workspace: Workspace) -> None:
    settings = Settings(home=workspace.root)
    write_warehouse(workspace, {"skyline": 3}, blocking={"skyline": 2})
    assert [held.tenant for held in publish(workspace, settings).held] == ["skyline"]
    held = layout.held(workspace, "skyline")
    assert held is not None
    checks = tuple(reason.check_name for reason in held.reasons)
    decision = layout.Override(
        tenant="skyline",
        as_of=held.as_of,
        checks=checks,
        because="the bank confirmed it",
        at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    path = workspace.published("skyline") / layout.OVERRIDE
    for other in ({"checks": ()}, {"as_of": held.as_of - timedelta(days=1)}):
        path.write_text(decision.model_copy(update=other).model_dump_json())
        assert publish(workspace, settings).builds == ()
    path.write_text(decision.model_dump_json())
    result = publish(workspace, settings)
    assert [build.tenant for build in result.builds] == ["skyline"]
    assert layout.held(workspace, "skyline") is None
    assert layout.override(workspace, "skyline") == decision
    write_warehouse(workspace, {"skyline": 3})
    publish(workspace, settings)
    assert layout.override(workspace, "skyline") is None  # there is nothing left to override


def add_visits(
    ws: Workspace, batches: dict[str, dict[str, int]], newest: str, large: str = ""
) -> None:
    """A table that comes in parts, `visits`: batch -> tenant -> how many rows it brought."""
    with duckdb.connect(str(ws.warehouse_file)) as connection:
        connection.execute("CREATE SCHEMA fingerprints")
        connection.execute("CREATE TABLE marts.visits (tenant_id VARCHAR, n INT, batch_id VARCHAR)")
        for batch, rows in batches.items():
            for tenant, count in rows.items():
                connection.execute(
                    "INSERT INTO marts.visits SELECT $1, i, $2 FROM range($3) AS r(i)",
                    [tenant, batch, count],
                )
        connection.execute(
            "CREATE TABLE fingerprints.visits AS SELECT tenant_id, CASE WHEN batch_id = $2"
            " OR batch_id[:8] = $1[:8] THEN batch_id WHEN batch_id[:6] = $1[:6] THEN batch_id[:8]"
            " ELSE batch_id[:6] END AS part, count(*) AS row_count, sum(hash(n)) AS fingerprint"
            " FROM marts.visits GROUP BY ALL",
            [newest, large],
        )


def inodes(ws: Workspace, tenant: str, table: str) -> dict[str, int]:
    folder = layout.current_link(ws, tenant) / table
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def visits(ws: Workspace, tenant: str) -> tuple[int, int]:
    with open_published(ws, tenant) as published:
        [row] = published.rows("SELECT count(*) AS n, count(DISTINCT batch_id) AS b FROM visits")
    return row["n"], row["b"]


def test_a_table_in_parts_is_written_where_rows_came_or_went(
    workspace: Workspace, settings: Settings
) -> None:
    first, second = "20260330T1-a", "20260331T1-a"
    write_warehouse(workspace, {"a": 1, "b": 1, "empty": 1})
    add_visits(workspace, {first: {"a": 3, "b": 4}, second: {"a": 5}}, second)
    publish(workspace, settings)
    assert (visits(workspace, "a"), visits(workspace, "b")) == ((8, 2), (4, 1))
    assert visits(workspace, "empty") == (0, 0)
    before = inodes(workspace, "a", "visits")
    assert set(before) == {"20260330.parquet", f"{second}.parquet"}

    third = "20260331T2-a"
    write_warehouse(workspace, {"a": 1, "b": 1, "empty": 1})
    add_visits(workspace, {first: {"a": 3, "b": 2}, second: {"a": 5}, third: {"empty": 2}}, third)
    publish(workspace, settings)
    assert inodes(workspace, "a", "visits") == before
    assert (visits(workspace, "b"), visits(workspace, "empty")) == ((2, 1), (2, 1))


def test_parts_grow_together_when_their_month_is_over(
    workspace: Workspace, settings: Settings
) -> None:
    days = {"20260330T1-a": {"a": 3}, "20260331T1-a": {"a": 5}}
    write_warehouse(workspace, {"a": 1})
    add_visits(workspace, days, "20260331T1-a")
    publish(workspace, settings)
    write_warehouse(workspace, {"a": 1})
    add_visits(workspace, {**days, "20260401T1-a": {"a": 1}}, "20260401T1-a")
    publish(workspace, settings)
    assert set(inodes(workspace, "a", "visits")) == {"202603.parquet", "20260401T1-a.parquet"}
    assert visits(workspace, "a") == (9, 3)


def test_a_large_batch_stays_by_itself_and_is_not_written_again(
    workspace: Workspace, settings: Settings
) -> None:
    days = {"20260330T1-a": {"a": 3}, "20260330T2-a": {"a": 9}}
    written: set[int] = set()
    for newest, others in [
        ("20260330T2-a", {"20260330T1-a.parquet"}),
        ("20260331T1-a", {"20260330.parquet", "20260331T1-a.parquet"}),
        ("20260401T1-a", {"202603.parquet", "20260401T1-a.parquet"}),
    ]:
        days.setdefault(newest, {"a": 1})
        write_warehouse(workspace, {"a": 1})
        add_visits(workspace, days, newest, large="20260330T2-a")
        publish(workspace, settings)
        files = inodes(workspace, "a", "visits")
        assert set(files) == others | {"20260330T2-a.parquet"}
        assert visits(workspace, "a") == (sum(rows["a"] for rows in days.values()), len(days))
        written.add(files["20260330T2-a.parquet"])
    assert len(written) == 1


def test_other_models_may_say_something_else_of_the_same_rows(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_again() -> dict[str, int]:
        write_warehouse(workspace, {"a": 1})
        add_visits(workspace, {"20260331T1-a": {"a": 5}}, "20260331T1-a")
        publish(workspace, settings)
        return inodes(workspace, "a", "visits")

    before = publish_again()
    assert publish_again() == before
    monkeypatch.setattr("pipeline.publish.warehouse.models_fingerprint", lambda: "another")
    assert publish_again() != before
