"""One tenant's rows stop a model: it alone is held, with its name, table and key."""

from datetime import date

import duckdb
import pytest

from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BuildError
from pipeline.publish import layout, set_aside
from pipeline.publish.build import run_dbt
from pipeline.publish.publish import publish
from pipeline.publish.reader import open_published
from tests.dbt_project import raw_files
from tests.dbt_project.scenario import customer, day, entry, lead

pytestmark = pytest.mark.models

AS_OF = day("2026-03-31")
# Terms so long that the due date is no date any more: the contract lets them in.
FOREVER = 2**31 - 1


@pytest.fixture
def settings(workspace: Workspace) -> Settings:
    return Settings(home=workspace.root, threads=2, memory_limit="1GB")


def land(ws: Workspace, tenants: dict[str, int], batch: str) -> None:
    """A lead, two customers and their entries each; the terms of the second differ."""
    root = ws.root
    rows: dict[str, list[dict[str, object]]] = {"leads": [], "customers": [], "ledger_entries": []}
    for tenant, days in tenants.items():
        own = {"tenant_id": tenant}
        rows["leads"].append(lead(f"{tenant}-l", "2026-01-01T05:00") | own)
        for number, terms in enumerate((30, days)):
            key = f"{tenant}-k{number}"
            rows["customers"].append(customer(key, credit_days=terms) | own)
            rows["ledger_entries"] += [
                entry(f"{key}-{n}", key, "2026-01-10", "invoice", "10") | own for n in range(3)
            ]
    raw_files.write_registry(root, {tenant: {"as_of_date": AS_OF} for tenant in tenants}, batch)
    for entity, told in rows.items():
        raw_files.write_batch(root, entity, told, batch)


def test_a_tenant_whose_rows_stop_a_model_is_held_and_the_others_go_on(
    workspace: Workspace, settings: Settings
) -> None:
    raw_files.write_empty_folders(workspace.root)
    land(workspace, {"alpha": 30, "beta": FOREVER, "gamma": 0}, "20270101T000000000000-a")
    run_dbt(workspace, settings)
    result = publish(workspace, settings)
    assert [build.tenant for build in result.builds] == ["alpha", "gamma"]
    (held,) = result.held
    assert (held.tenant, held.as_of) == ("beta", date(2026, 3, 31))
    (reason,) = held.reasons
    assert reason.check_name == set_aside.CHECK
    assert reason.sample == "customers beta-k1"
    for words in ("int_ledger_entries", "out of range"):
        assert words in (reason.owner_hint or "")
    assert layout.held(workspace, "beta") == held
    with open_published(workspace, "alpha") as data:
        assert data.rows("SELECT sum(balance) AS owed FROM customers") == [{"owed": 60}]
    # Mended: it is tried again and comes back, and nothing of it was missed.
    land(workspace, {"alpha": 30, "beta": 45, "gamma": 0}, "20270102T000000000000-a")
    run_dbt(workspace, settings)
    mended = publish(workspace, settings)
    assert {build.tenant for build in mended.builds} == {"alpha", "beta", "gamma"}
    assert mended.held == ()
    assert layout.held(workspace, "beta") is None
    with open_published(workspace, "beta") as data:
        assert data.rows("SELECT sum(balance) AS owed FROM customers") == [{"owed": 60}]


def test_a_failure_that_is_nobodys_row_names_nobody(
    workspace: Workspace, settings: Settings
) -> None:
    raw_files.write_empty_folders(workspace.root)
    land(workspace, {"alpha": 30, "beta": 0}, "20270101T000000000000-a")
    workspace.path("raw", "leads").rename(workspace.path("raw", "lost"))
    with pytest.raises(BuildError):
        run_dbt(workspace, settings)
    assert set_aside.held(workspace) == {}


def test_a_warehouse_that_was_never_built_names_nobody(workspace: Workspace) -> None:
    assert not set_aside.note_stopped(workspace, workspace.path("state"))
    workspace.warehouse_file.parent.mkdir(parents=True)
    with duckdb.connect(str(workspace.warehouse_file)):
        pass
    assert not set_aside.note_stopped(workspace, workspace.path("state"))
