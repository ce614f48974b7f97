"""What the doctor says of databases, found on real ones."""

from collections.abc import Iterator

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.doctor import examine
from pipeline.doctor.finding import Patient
from tests.crm import URL, Crm, new_crm


@pytest.fixture(params=["postgres", "mariadb"])
def crm(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    server = request.getfixturevalue(request.param)
    with new_crm(server, "doctor", workspace, monkeypatch) as crm:
        crm.configure("skyline")
        yield crm


def findings(crm: Crm) -> dict[str, dict[str, str]]:
    patient = Patient(crm.ws, load_registry(crm.ws), Settings(home=crm.ws.root))
    return {row["check"]: row for row in examine(patient)["checks"] if row["area"] == "sources"}


def test_a_whole_database_with_a_login_that_can_write(crm: Crm) -> None:
    crm.create()
    found = findings(crm)
    assert found["crm"]["state"] == "ok"
    assert found["crm leads"]["state"] == "ok"
    assert found["crm login"]["state"] == "warning"
    assert "SELECT" in found["crm login"]["mend"]
    assert {row["state"] for row in found.values()} == {"ok", "warning"}


def test_a_login_that_may_only_read_is_well(crm: Crm) -> None:
    crm.create("leads")
    at = "" if crm.is_postgres else "@'%'"
    tables = "sales_leads" if crm.is_postgres else "doctor.*"
    crm.execute(f"CREATE USER reader{at}", f"GRANT SELECT ON {tables} TO reader{at}")
    url = crm.server.url(crm.database).replace("milepost@", "reader@")
    crm.monkeypatch.setenv(URL, url)
    try:
        found = findings(crm)
        assert found["crm leads"]["state"] == "ok"
        assert "crm login" not in found
    finally:
        if crm.is_postgres:
            crm.execute("DROP OWNED BY reader")
        crm.execute(f"DROP USER reader{at}")


def test_missing_tables_and_columns_and_a_dead_server_are_named(crm: Crm) -> None:
    crm.create("leads")
    crm.execute("ALTER TABLE sales_leads DROP COLUMN status")
    found = findings(crm)
    assert "no column status" in found["crm leads"]["says"]
    assert "no table sales_bookings" in found["crm bookings"]["says"]
    assert found["crm users"]["state"] == "ok"
    crm.monkeypatch.setenv(URL, crm.server.url().replace(f":{crm.server.port}", ":1"))
    assert findings(crm)["crm"]["state"] == "failed"
    crm.monkeypatch.delenv(URL)
    assert f"export {URL}=" in findings(crm)["crm"]["mend"]


def test_what_would_be_refused_is_said_before_a_refresh_refuses_it(crm: Crm) -> None:
    crm.create("leads", "ledger_entries")
    crm.execute(
        "ALTER TABLE sales_leads DROP COLUMN status",
        "ALTER TABLE sales_leads ADD COLUMN status varchar(20)",
        "ALTER TABLE sales_account_ledgers DROP COLUMN debit_amount",
        "ALTER TABLE sales_account_ledgers ADD COLUMN debit_amount double precision",
        "INSERT INTO sales_leads (id, tenant_id, status, created_at) VALUES"
        " ('00000000-0000-4000-8000-000000000001', 'skyline', 'Open', '2026-01-05 10:00:00'),"
        " ('00000000-0000-4000-8000-000000000002', 'skyline', 'Shut', '2026-01-05 10:00:00')",
    )
    found = findings(crm)
    assert found["crm leads rows"]["state"] == "failed"
    assert "'Open' is not one of new" in found["crm leads rows"]["says"]
    assert "of the first 2 rows 2" in found["crm leads rows"]["says"]
    assert "debit_amount is" in found["crm ledger_entries types"]["says"]
    assert "not exact" in found["crm ledger_entries types"]["says"]
    crm.execute("UPDATE sales_leads SET status = 'new' WHERE status = 'Open'")
    assert findings(crm)["crm leads rows"]["state"] == "warning"


def test_what_names_a_secret_is_not_read(crm: Crm) -> None:
    crm.create("users")
    crm.execute("ALTER TABLE users ADD COLUMN password_hash varchar(99)")
    assert "not read: password_hash" in findings(crm)["crm users"]["says"]


def test_the_stock_grants_on_test_do_not_make_a_reader_a_writer(crm: Crm) -> None:
    if crm.is_postgres:
        pytest.skip("PostgreSQL has no such grants")
    crm.create("leads")
    crm.execute(
        "CREATE USER plain@'%'",
        "GRANT SELECT ON doctor.* TO plain@'%'",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `test`.* TO plain@'%'",
        r"GRANT SELECT, INSERT, UPDATE ON `test\_%`.* TO plain@'%'",
    )
    crm.monkeypatch.setenv(URL, crm.server.url(crm.database).replace("milepost@", "plain@"))
    try:
        assert "crm login" not in findings(crm)
        crm.execute("GRANT INSERT ON `doc%`.* TO plain@'%'")
        assert "INSERT" in findings(crm)["crm login"]["says"]
    finally:
        crm.execute("DROP USER plain@'%'")
