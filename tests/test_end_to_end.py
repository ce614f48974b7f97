"""The whole run on data that nobody here made, by the command line as an operator types it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.config.workspace import Workspace
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.publish import layout

MILEPOST = Path(sys.executable).with_name("milepost")
AS_OF = "2018-11-30"
NOW = "2018-12-01T12:00:00Z"

TENANTS = {
    "olist": """
name: Olist
timezone: America/Sao_Paulo
currency: BRL
locale: pt_BR
fiscal_year_start: 1
reports:
  daily_summary: {schedule: "0 8 * * *", recipients: [{email: vendas@olist.example}]}
""",
    "online_retail": """
name: Online Retail
timezone: Europe/London
currency: GBP
locale: en_GB
reports:
  daily_summary: {schedule: "0 8 * * *", recipients: [{email: sales@retail.example}]}
""",
}


def milepost(home: Path, *arguments: str, code: int = 0) -> Any:
    """Run the command with --json; returns its result."""
    environment = {**os.environ, "MILEPOST_HOME": str(home), "MILEPOST_NOW": NOW}
    done = subprocess.run(
        [str(MILEPOST), *arguments, "--json"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace with both tenants, and the result of its first `milepost run`."""
    home = tmp_path_factory.mktemp("real") / "workspace"
    (home / "tenants").mkdir(parents=True)
    for tenant, text in TENANTS.items():
        (home / "tenants" / f"{tenant}.yaml").write_text(text)
        inbox = home / "inbox" / tenant
        inbox.mkdir(parents=True)
        for file in (shared_data / tenant).glob("*.csv"):
            (inbox / file.name).write_bytes(file.read_bytes())
    return home, milepost(home, "run", "--as-of", AS_OF)


def rows(home: Path, tenant: str, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = milepost(home, "query", "--tenant", tenant, sql)
    return found


def test_everything_lands_and_nothing_is_quarantined(run: tuple[Path, Any]) -> None:
    _, result = run
    landed = {(row["tenant"], row["entity"]): row for row in result["landed"]}
    assert landed["olist", "leads"]["landed"] == 8000
    assert landed["olist", "milestones"]["landed"] == 8842
    assert landed["olist", "bookings"]["landed"] == 4518
    assert landed["online_retail", "ledger_entries"]["landed"] == 22190
    assert all(row["quarantined"] == 0 for row in landed.values())
    assert result["held"] == []


def test_dagster_shows_each_tenants_findings_as_a_check(
    run: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = run
    monkeypatch.setenv("DAGSTER_HOME", str(Workspace(home).dagster_home))
    key = dg.AssetCheckKey(dg.AssetKey("tenant_figures"), "data_checks")
    with dg.DagsterInstance.get() as instance:
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
    verdicts: dict[str | None, Any] = {
        record.partition: record.event.dagster_event.event_specific_data
        for record in records
        if record.event is not None and record.event.dagster_event is not None
    }
    assert set(verdicts) == set(TENANTS)
    assert not verdicts["olist"].passed
    assert verdicts["olist"].severity == dg.AssetCheckSeverity.WARN
    findings = verdicts["olist"].metadata["findings"].records
    counts = {record.data["check_name"]: record.data["failures"] for record in findings}
    assert counts["lead_converted_unknown_customer"] == 462


def test_olist_leads_and_conversion(run: tuple[Path, Any], shared_data: Path) -> None:
    home, _ = run
    expected = json.loads((shared_data / "olist" / "expected.json").read_text())
    [kpi] = rows(home, "olist", "SELECT total_leads, converted_leads FROM v_kpi_dashboard")
    assert kpi == {"total_leads": expected["leads"], "converted_leads": expected["won"]}
    [rate] = rows(home, "olist", "SELECT round(conversion_rate * 100, 3) AS r FROM v_kpi_dashboard")
    assert float(rate["r"]) == expected["conversion_pct"]
    found = {
        row["source_code"]: [row["total_leads"], row["converted_leads"], float(row["rate"])]
        for row in rows(
            home,
            "olist",
            "SELECT coalesce(source_code, '(null)') AS source_code, total_leads, converted_leads,"
            " round(conversion_rate * 100, 2) AS rate FROM v_lead_source_performance",
        )
    }
    found = {("(null)" if key == "(none)" else key): value for key, value in found.items()}
    assert {key: value[:2] for key, value in found.items()} == {
        key: value[:2] for key, value in expected["by_source"].items()
    }
    for key, (_, _, rate_expected) in expected["by_source"].items():
        assert found[key][2] == pytest.approx(rate_expected, abs=0.051)


def test_olist_bookings_and_ledger(run: tuple[Path, Any]) -> None:
    home, _ = run
    [bookings] = rows(
        home,
        "olist",
        "SELECT sum(booking_count)::INT AS n, sum(total_booking_amount)::DECIMAL(18,2) AS amount"
        " FROM v_booking_summary",
    )
    assert (bookings["n"], Decimal(bookings["amount"])) == (4518, Decimal("775815.63"))
    [ledger] = rows(
        home,
        "olist",
        "SELECT sum(outstanding_balance)::DECIMAL(18,2) AS closing, count(*) AS customers,"
        " count(*) FILTER (WHERE outstanding_balance <> 0) AS not_at_zero,"
        " sum(not_due + days_1_30 + days_31_60 + days_61_90 + days_91_120 + days_over_120"
        " + unapplied_credit)::DECIMAL(18,2) AS ageing FROM v_customer_ledger_summary",
    )
    assert Decimal(ledger["closing"]) == Decimal(ledger["ageing"]) == Decimal("-18.29")
    assert (ledger["customers"], ledger["not_at_zero"]) == (380, 20)


@pytest.mark.parametrize(("tenant", "entries"), [("olist", 9232), ("online_retail", 22190)])
def test_every_running_balance_equals_the_stored_one(
    run: tuple[Path, Any], tenant: str, entries: int
) -> None:
    home, _ = run
    [found] = rows(
        home,
        tenant,
        "SELECT count(*) AS n, count(*) FILTER"
        " (WHERE running_balance IS DISTINCT FROM balance_after) AS off FROM ledger_entries",
    )
    assert found == {"n": entries, "off": 0}


def test_olist_warts_are_findings(run: tuple[Path, Any]) -> None:
    home, _ = run
    checks = {
        row["check_name"]: row["failures"]
        for row in rows(home, "olist", "SELECT check_name, failures FROM data_checks")
    }
    assert checks["lead_converted_before_it_came"] == 1
    assert checks["lead_converted_unknown_customer"] == 462


def test_online_retail_ledger(run: tuple[Path, Any]) -> None:
    home, _ = run
    [found] = rows(
        home,
        "online_retail",
        "SELECT sum(outstanding_balance)::DECIMAL(18,2) AS net, min(outstanding_balance) AS least,"
        " count(*) FILTER (WHERE outstanding_balance < 0) AS negative,"
        " count(*) FILTER (WHERE outstanding_balance = 0) AS zero FROM v_customer_ledger_summary",
    )
    assert Decimal(found["net"]) == Decimal("8300065.81")
    assert Decimal(found["least"]) == Decimal("-4287.63")
    assert (found["negative"], found["zero"]) == (41, 14)
    [zero] = rows(
        home,
        "online_retail",
        "SELECT count(*) AS n FROM ledger_entries WHERE quality_flags LIKE '%zero_amount%'",
    )
    assert zero["n"] == 4


def test_no_row_of_one_tenant_is_in_anothers_tables_artifacts_or_mail(
    run: tuple[Path, Any],
) -> None:
    home, _ = run
    ws = Workspace(home)
    strangers = {"olist": b"Online Retail", "online_retail": b"Olist"}
    for tenant, stranger in strangers.items():
        folders = (layout.builds_dir(ws, tenant), home / "artifacts" / tenant, ws.outbox(tenant))
        for folder in folders:
            files = [path for path in folder.rglob("*") if path.is_file()]
            assert files, folder
            assert [path for path in files if stranger in path.read_bytes()] == []
        manifest = layout.current_manifest(ws, tenant)
        assert manifest is not None
        tables = manifest.tables
        assert len(tables) > 30
        sql = (f"SELECT '{one}' AS whose, tenant_id FROM \"{one}\"" for one in tables)
        found = rows(home, tenant, f"SELECT DISTINCT * FROM ({' UNION ALL '.join(sql)})")
        assert {row["tenant_id"] for row in found} == {tenant}
        assert len(found) > 10  # the others are empty


def test_each_tenant_got_its_mail_once_and_a_second_run_sends_nothing(
    run: tuple[Path, Any],
) -> None:
    home, result = run
    sent = [row for row in result["deliveries"] if row["state"] == "sent"]
    assert {row["recipient"] for row in sent} == {"vendas@olist.example", "sales@retail.example"}
    again = milepost(home, "run", "--as-of", AS_OF)
    assert [row for row in again["deliveries"] if row["state"] == "sent"] == []
    assert sum(row["landed"] for row in again["landed"]) == 0
    mails = list((home / "outbox").rglob("*.eml"))
    assert len(mails) == 2
    with Deliveries(Workspace(home).deliveries_file, rehearsal=True) as record:
        assert record.open() == []
