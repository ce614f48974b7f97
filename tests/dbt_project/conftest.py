"""One build for all tests of the models: every scenario is a tenant of it, beside the real data.

dbt takes seconds to start, so it runs few times: the first batches of all tenants, then the later
ones as an incremental refresh. Tests read the warehouse that results, whoever they are.
"""

import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.errors import BuildError
from pipeline.landing.ingest import ingest
from pipeline.publish.build import docs_arguments, run_command, run_dbt, unit_test_arguments
from tests.conftest import SHARED_DATA
from tests.dbt_project import raw_files
from tests.dbt_project.scenario import Scenario

HERE = Path(__file__).parent
REAL = {
    "olist": (date(2018, 11, 30), "America/Sao_Paulo", "BRL", "pt_BR"),
    "online_retail": (date(2011, 12, 31), "Europe/London", "GBP", "en_GB"),
    # The first half a year before: what its scores promised can be held against what came.
    "olist_then": (date(2018, 5, 31), "America/Sao_Paulo", "BRL", "pt_BR"),
}
SCORED = ("leads", "milestones", "lead_sources")
UNIT_TESTS = "unit_tests.txt"
Rows = list[dict[str, Any]]
Query = Callable[..., Rows]
Failures = Callable[[str], dict[str, int]]


def settings_of(home: Path) -> Settings:
    return Settings(home=home, threads=2, memory_limit="2GB")


def all_scenarios(full: bool = False) -> dict[str, Scenario]:
    """What the test modules tell: `SCENARIOS`, and `random_scenarios(full)` of as many seeds."""
    found: dict[str, Scenario] = {}
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.dbt_project.{file.stem}")
        made: dict[str, Scenario] = dict(getattr(module, "SCENARIOS", {}))
        if hasattr(module, "random_scenarios"):
            made |= module.random_scenarios(full)
        for tenant, told in made.items():
            assert tenant not in found, f"two modules tell of tenant {tenant}"
            found[tenant] = told
    return found


def land_scenarios(home: Path, told: dict[str, Scenario], refresh: int) -> None:
    """Land the batch of number `refresh` of every scenario that has one."""
    batch_id = batch_name(refresh)
    for entity in CONTRACTS:
        rows = [
            {"tenant_id": tenant, **row}
            for tenant, scenario in told.items()
            if refresh < len(scenario.batches)
            for row in scenario.batches[refresh].get(entity, ())
        ]
        if rows:
            raw_files.write_batch(home, entity, rows, batch_id)
        refused = [
            {"tenant_id": tenant, **row}
            for tenant, scenario in told.items()
            if refresh < len(scenario.batches)
            for row in scenario.batches[refresh].get(f"refused_{entity}", ())
        ]
        if refused:
            raw_files.write_quarantine(home, entity, refused, batch_id)
    for table in raw_files.SIDE_TABLES:
        # Replaced as a whole by each refresh, so that each has those before.
        rows = [
            {"tenant_id": tenant, **row}
            for tenant, scenario in told.items()
            for batch in scenario.batches[: refresh + 1]
            for row in batch.get(table, ())
        ]
        raw_files.write_side_table(home, table, rows)


def land_registry(home: Path, told: dict[str, Scenario], refresh: int) -> None:
    now = {name: scenario.at(refresh) for name, scenario in told.items()}
    tenants: dict[str, dict[str, Any]] = {
        name: {"as_of_date": scenario.as_of, "timezone": scenario.zone}
        for name, scenario in now.items()
        if scenario.registered
    }
    if SHARED_DATA.is_dir():
        tenants |= {
            name: dict(zip(("as_of_date", "timezone", "currency", "locale"), values, strict=True))
            for name, values in REAL.items()
        }
    stages = {name: scenario.stages for name, scenario in now.items() if scenario.stages}
    realty = {name: scenario.realty for name, scenario in now.items() if scenario.realty}
    raw_files.write_registry(home, tenants, batch_name(refresh), stages, realty)


def batch_name(refresh: int) -> str:
    return f"2027010{refresh + 1}T000000000000-a"


def ingest_real_data(home: Path) -> None:
    """The real tenants through the real landing."""
    ws = Workspace(home)
    ws.tenants_dir.mkdir(parents=True, exist_ok=True)
    for tenant, (_, zone, currency, locale) in REAL.items():
        (ws.tenants_dir / f"{tenant}.yaml").write_text(
            f"name: {tenant}\ntimezone: {zone}\ncurrency: {currency}\nlocale: {locale}\n"
        )
        inbox = ws.inbox(tenant)
        inbox.mkdir(parents=True)
        for file in (SHARED_DATA / tenant.removesuffix("_then")).glob("*.csv"):
            if not tenant.endswith("_then") or file.stem in SCORED:
                (inbox / file.name).write_bytes(file.read_bytes())
    result = ingest(ws, load_registry(ws), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert {file.status for file in result.files} == {"landed"}, result


@pytest.fixture(scope="session")
def home(made_once: Callable[..., Path], pytestconfig: pytest.Config, full: bool) -> Path:
    """The workspace of the one build."""
    chosen = pytestconfig.getoption("--models-home")
    return made_once("models", lambda home: _build(home, full), Path(chosen) if chosen else None)


def _build(home: Path, full: bool) -> None:
    told = all_scenarios(full)
    raw_files.write_empty_folders(home)
    if SHARED_DATA.is_dir():
        ingest_real_data(home)
    for refresh in range(max(len(scenario.batches) for scenario in told.values())):
        land_registry(home, told, refresh)
        land_scenarios(home, told, refresh)
        run_dbt(Workspace(home), settings_of(home))
    # Now or never: once a test reads the warehouse, no other process can open it to write.
    (home / UNIT_TESTS).write_text(_unit_tests(Workspace(home), settings_of(home)))
    run_command(Workspace(home), settings_of(home), docs_arguments(Workspace(home)))


def _unit_tests(ws: Workspace, settings: Settings) -> str:
    try:
        return f"{run_command(ws, settings, unit_test_arguments(ws)).unit_tests} passed"
    except BuildError as error:
        return str(error)


@pytest.fixture(scope="session")
def warehouse(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(Workspace(home).warehouse_file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="session")
def query(warehouse: duckdb.DuckDBPyConnection) -> Query:
    """`query(sql, *parameters)` gives rows as dictionaries; marts and reporting by plain name."""
    warehouse.execute("SET search_path = 'marts,reporting,quality,intermediate,staging'")

    def run(sql: str, *parameters: object) -> Rows:
        cursor = warehouse.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return run


@pytest.fixture(scope="session")
def failures(query: Query) -> Failures:
    """`failures(tenant)` gives the checks that found something, and how many records."""

    def run(tenant: str) -> dict[str, int]:
        found = query(
            "select check_name, failures from data_checks where tenant_id = ? and failures > 0",
            tenant,
        )
        return {row["check_name"]: row["failures"] for row in found}

    return run
