"""Tables cut by month: what is written when a day changes little, and what a reader sees of it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from pipeline.config.settings import DBT_PROJECT_DIR, Settings
from pipeline.config.workspace import Workspace
from pipeline.publish import layout, parts, publish
from pipeline.publish.reader import open_published
from tests.publish.test_publish import AS_OF, inodes, write_warehouse

# Of one tenant, by month: days on which it has entries -> how many.
Days = Mapping[str | None, int]
MONTHS: Days = {"2024-05-31": 700, "2025-12-31": 700, "2026-01-01": 700, "2026-03-01": 700}
FILES = {"2024.parquet", "2025.parquet", "2026-01.parquet", "2026-03.parquet"}


@pytest.fixture
def settings(workspace: Workspace) -> Settings:
    return Settings(home=workspace.root, threads=2, memory_limit="1GB", keep_builds=2)


def publish_entries(
    ws: Workspace, settings: Settings, entries: Mapping[str, Days], as_of: date = AS_OF
) -> dict[str, str]:
    """Publish the ledger entries, and say each tenant's build id."""
    write_warehouse(ws, dict.fromkeys(entries, 1))
    with duckdb.connect(str(ws.warehouse_file)) as connection:
        connection.execute("UPDATE marts.tenants SET as_of_date = ?", [as_of])
        connection.execute(
            "CREATE TABLE marts.ledger_entries (tenant_id VARCHAR, n INT, ledger_date DATE)"
        )
        for tenant, days in entries.items():
            for day, count in days.items():
                connection.execute(
                    "INSERT INTO marts.ledger_entries SELECT $1, i, $2 FROM range($3) AS r(i)",
                    [tenant, day, count],
                )
    return {build.tenant: build.build_id for build in publish.publish(ws, settings).builds}


def read(ws: Workspace, tenant: str) -> dict[str | None, int]:
    with open_published(ws, tenant) as published:
        rows = published.rows(
            "SELECT ledger_date::VARCHAR AS day, count(*) AS n FROM ledger_entries GROUP BY ALL"
        )
        [described] = published.rows("SELECT list(column_name) AS c FROM (DESCRIBE ledger_entries)")
    assert described["c"] == ["tenant_id", "n", "ledger_date"]
    return {row["day"]: row["n"] for row in rows}


@pytest.mark.parametrize("table", parts.BY_MONTH)
def test_the_date_by_which_a_table_is_cut_is_a_column_of_it(table: str) -> None:
    [file] = (DBT_PROJECT_DIR / "models").rglob(f"{table}.yml")
    [model] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    types = {column["name"]: column["data_type"] for column in model["columns"]}
    assert types[parts.BY_MONTH[table]].startswith(("date", "timestamp"))


def test_every_month_is_in_one_part_and_a_part_knows_its_months() -> None:
    for as_of in (date(2026, 1, 1), date(2026, 3, 31), date(2026, 12, 31)):
        months = [date(year, month, 1) for year in range(2023, 2028) for month in range(1, 13)]
        found = {
            part: parts.months_of(part, as_of)
            for part in {parts.part_of(month, as_of) for month in months}
        }
        assert sorted(month for of_part in found.values() for month in of_part if month) == months
    assert parts.months_of(parts.part_of(None, AS_OF), AS_OF) == [None]
    assert parts.part_of(date(2026, 1, 1), AS_OF) == "2026-01"
    assert parts.part_of(date(2025, 12, 1), AS_OF) == "2025"


def test_only_the_month_that_changed_is_written(workspace: Workspace, settings: Settings) -> None:
    publish_entries(workspace, settings, {"a": MONTHS, "b": MONTHS, "empty": {}})
    before = {tenant: inodes(workspace, tenant, "ledger_entries") for tenant in ("a", "b")}
    assert set(before["a"]) == FILES
    more = {**MONTHS, "2026-03-02": 5}
    publish_entries(workspace, settings, {"a": more, "b": MONTHS, "empty": {}})
    after = inodes(workspace, "a", "ledger_entries")
    assert {name for name in FILES if after[name] != before["a"][name]} == {"2026-03.parquet"}
    assert inodes(workspace, "b", "ledger_entries") == before["b"]
    assert read(workspace, "a") == more
    assert read(workspace, "b") == MONTHS
    assert read(workspace, "empty") == {}


def test_a_row_that_moves_to_another_month_is_written_in_both(
    workspace: Workspace, settings: Settings
) -> None:
    publish_entries(workspace, settings, {"a": MONTHS})
    before = inodes(workspace, "a", "ledger_entries")
    moved = {**MONTHS, "2025-12-31": 699, None: 1}
    publish_entries(workspace, settings, {"a": moved})
    after = inodes(workspace, "a", "ledger_entries")
    assert set(after) == FILES | {"undated.parquet"}
    assert {name for name in FILES if after[name] != before[name]} == {"2025.parquet"}
    assert read(workspace, "a") == moved


def test_a_month_without_rows_has_no_file(workspace: Workspace, settings: Settings) -> None:
    publish_entries(workspace, settings, {"a": MONTHS})
    fewer = {day: count for day, count in MONTHS.items() if day != "2026-01-01"}
    publish_entries(workspace, settings, {"a": fewer})
    assert set(inodes(workspace, "a", "ledger_entries")) == FILES - {"2026-01.parquet"}
    assert read(workspace, "a") == fewer


def test_months_join_their_year_when_the_day_moves_on(
    workspace: Workspace, settings: Settings
) -> None:
    publish_entries(workspace, settings, {"a": MONTHS})
    before = inodes(workspace, "a", "ledger_entries")
    publish_entries(workspace, settings, {"a": MONTHS}, date(2026, 4, 1))
    after = inodes(workspace, "a", "ledger_entries")
    assert set(after) == {"2024.parquet", "2025.parquet", "2026.parquet", "2026-03.parquet"}
    assert {name for name in before if after.get(name) == before[name]} == set(after) - {
        "2026.parquet"
    }
    assert read(workspace, "a") == MONTHS


def test_a_small_table_is_one_file_until_it_has_grown(
    workspace: Workspace, settings: Settings
) -> None:
    few = dict.fromkeys(MONTHS, 10)
    publish_entries(workspace, settings, {"a": few, "b": MONTHS})
    assert (layout.current_link(workspace, "a") / "ledger_entries.parquet").is_file()
    assert read(workspace, "a") == few
    publish_entries(workspace, settings, {"a": MONTHS, "b": MONTHS})
    assert set(inodes(workspace, "a", "ledger_entries")) == FILES
    assert read(workspace, "a") == MONTHS


def test_the_build_id_does_not_say_how_a_table_is_cut(
    workspace: Workspace, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a build from before tables were cut is followed by one that is, and by the same id."""
    monkeypatch.setattr(parts, "BY_MONTH", {})
    whole = publish_entries(workspace, settings, {"a": MONTHS})
    file = layout.current_link(workspace, "a") / "ledger_entries.parquet"
    assert file.is_file()
    monkeypatch.undo()
    assert publish_entries(workspace, settings, {"a": MONTHS}) == whole
    assert publish_entries(Workspace(tmp_path / "other"), settings, {"a": MONTHS}) == whole
    assert read(workspace, "a") == MONTHS
    more = {**MONTHS, "2026-03-02": 5}
    publish_entries(workspace, settings, {"a": more})
    assert set(inodes(workspace, "a", "ledger_entries")) == FILES
    assert read(workspace, "a") == more
