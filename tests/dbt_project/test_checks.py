"""data_checks: the catalogue and the findings name the same checks, and each can be found."""

import csv
import re
from pathlib import Path

import pytest

from pipeline.config.settings import DBT_PROJECT_DIR
from tests.dbt_project.conftest import UNIT_TESTS, Failures, Query
from tests.dbt_project.project import MODELS, REPORTING, yaml_of
from tests.dbt_project.raw_files import FIRST_BATCH
from tests.dbt_project.scenario import (
    customer,
    day,
    entry,
    instant,
    lead,
    milestone,
    scenario,
)

CATALOGUE = DBT_PROJECT_DIR / "seeds" / "data_check_catalogue.csv"
FINDINGS = [path for name, path in MODELS.items() if name.startswith("findings_")]

# What is left to find after the warts of the other modules' tenants.
WARTS = scenario(
    day("2026-03-31"),
    customers=[customer("k", current_balance="5")],
    campaign_spend=[
        {"id": "s", "campaign_id": "?", "spend_date": day("2026-01-01"), "amount": "1"}
    ],
    milestones=[
        {
            "id": "m",
            "lead_id": "?",
            "milestone_type": "site_visit",
            "milestone_date": day("2026-01-01"),
        }
        | {"follow_up_required": True}
    ],
    ledger_entries=[
        entry("1", "k", "2026-01-01", "invoice", "1", ledger_code="V"),
        entry("2", "k", "2026-01-02", "invoice", "1", ledger_code="V"),
        entry("3", "?", "2026-01-03", "payment", "0", debit_amount="2"),
    ],
)
REFUSED = scenario(
    day("2026-03-31"),
    refused_leads=[
        {"source_file": "a.csv", "source_row": 1, "reason_text": "status: what is 'nwe'?"},
        {"source_file": "a.csv", "source_row": 2, "reason_text": "created_at: missing"},
        {"source_file": "a.csv", "source_row": 3, "reason_text": "created_at: missing"},
        {"source_file": "b.csv", "source_row": 1, "reason_text": "id: missing"},
    ],
    refused_bookings=[
        # Of a tenant that nobody knows, and without a file.
        {"tenant_id": "stranger", "source_file": "c.csv", "reason_text": "tenant_id: unknown"},
        {"source_system": "crm", "reason_text": "id: missing"},
        {"source_file": "d.csv", "source_row": 7, "reason_text": "id: missing"},
    ],
    # The last of them was mended.
    quarantine_resolved=[
        {"entity": "bookings", "batch_id": FIRST_BATCH, "source_file": "d.csv", "source_row": 7}
    ],
)


def total(entity: str, rows: int, money: str | None = None) -> dict[str, object]:
    return {
        "entity": entity,
        "source_system": "crm",
        "source_rows": 10 + rows,
        "warehouse_rows": 8,
        "quarantined_rows": 2,
        "row_difference": rows,
        "money_difference": money,
    }


COUNTED = scenario(
    day("2026-03-31"),
    source_totals=[
        total("leads", 0),
        total("bookings", 0, "booking_amount 0.01"),
        total("ledger_entries", -3, "credit_amount 5.00, debit_amount -1.00"),
    ],
)


def unread(file: str, *, is_only_data: bool) -> dict[str, object]:
    return {
        "entity": "leads",
        "source_file": file,
        "state": "refused",
        "message": "has no column id",
        "since": "2026-03-30T08:00:00+00:00",
        "is_only_data": is_only_data,
    }


# One file of several, and the only one: of a tenant without data nothing is to be believed.
PARTLY = scenario(day("2026-03-31"), files_not_read=[unread("p/leads.csv", is_only_data=False)])
BLIND = scenario(day("2026-03-31"), files_not_read=[unread("b/leads.csv", is_only_data=True)])
# The same id for two leads, case aside; the third of them was deleted.
CASED = scenario(
    day("2026-03-31"),
    leads=[
        lead("00Q5g", "2026-01-01T10:00"),
        lead("00Q5G", "2026-01-01T10:00"),
        lead("a", "2026-01-01T10:00"),
        lead("A", "2026-01-01T10:00", deleted_at=instant("2026-01-02T10:00")),
    ],
    milestones=[milestone("m", "A", "site_visit", "2026-01-02")],
)
SCENARIOS = {
    "warts": WARTS,
    "cased": CASED,
    "refused": REFUSED,
    "counted": COUNTED,
    "partly": PARTLY,
    "blind": BLIND,
}


def catalogue() -> list[dict[str, str]]:
    with CATALOGUE.open(newline="") as file:
        return list(csv.DictReader(file))


def test_catalogue_and_findings_name_the_same_checks() -> None:
    text = "\n".join(path.read_text() for path in FINDINGS) + "'rows_in_quarantine'"
    named = {check["check_name"] for check in catalogue()}
    assert named <= set(re.findall(r"'([a-z_0-9]+)'", text))
    emitted = set(re.findall(r"'([a-z_0-9]+)' as check_name", text))
    assert emitted <= named


def test_only_broken_proofs_hold_a_tenant_back() -> None:
    for check in catalogue():
        assert (check["severity"] == "error") == (check["is_blocking"] == "true"), check
        assert check["owner_hint"].endswith(".")
        assert check["description"].endswith(".")


def test_every_check_is_a_row_of_every_tenant_that_it_is_about(query: Query) -> None:
    rows = query("select tenant_id, count(*) as checks from data_checks group by 1")
    (tenants,) = query("select count(*) as n from tenants")
    assert len(rows) == tenants["n"]
    general = sum(check["is_of_realty"] == "false" for check in catalogue())
    assert {row["checks"] for row in rows} == {general, len(catalogue())}
    checks = {row["tenant_id"]: row["checks"] for row in rows}
    assert (checks["warts"], checks["asha"]) == (general, len(catalogue()))


def test_a_file_that_is_not_read_is_a_finding_and_blocks_who_has_nothing_else(query: Query) -> None:
    rows = query(
        "select tenant_id, severity, is_blocking, sample from data_checks"
        " where check_name = 'files_not_read' and failures > 0 order by tenant_id"
    )
    told = [(row["tenant_id"], row["severity"], row["is_blocking"]) for row in rows]
    assert told == [("blind", "error", True), ("partly", "warn", False)]
    assert rows[0]["sample"].startswith("b/leads.csv (refused since 2026-03-30")


def test_ids_that_differ_only_in_case_are_told_once(query: Query) -> None:
    (row,) = query(
        "select failures, sample from data_checks"
        " where tenant_id = 'cased' and check_name = 'ids_differ_only_in_case'"
    )
    assert (row["failures"], row["sample"]) == (1, "leads 00Q5G and 00Q5g")


def test_a_milestone_of_a_deleted_lead_is_of_no_unknown_one(failures: Failures) -> None:
    assert "milestone_unknown_lead" not in failures("cased")


def test_findings_and_their_records(query: Query, failures: Failures) -> None:
    assert failures("warts") == {
        "ledger_current_balance_differs": 1,
        "ledger_voucher_repeated": 1,
        "ledger_wrong_side": 1,
        "ledger_unknown_customer": 1,
        "follow_up_without_date": 1,
        "milestone_unknown_lead": 1,
        "spend_unknown_campaign": 1,
    }
    (row,) = query(
        "select sample from data_checks"
        " where tenant_id = 'warts' and check_name = 'ledger_wrong_side'"
    )
    assert row["sample"] == "3"


def test_a_sample_names_three_records_at_most(query: Query) -> None:
    (row,) = query(
        "select sample, failures from data_checks"
        " where tenant_id = 'bookings' and check_name = 'booking_without_lead'"
    )
    assert row == {"sample": "before, dated, done", "failures": 10}


def test_quarantined_rows_are_counted_per_file(query: Query, failures: Failures) -> None:
    rows = query("select * from quarantine_summary where tenant_id = 'refused' order by all")
    assert [(r["entity"], r["source_file"], r["rows"], r["top_reason"]) for r in rows] == [
        ("bookings", "crm", 1, "id: missing"),
        ("leads", "a.csv", 3, "created_at: missing"),
        ("leads", "b.csv", 1, "id: missing"),
    ]
    assert failures("refused") == {"rows_in_quarantine": 5}


def test_a_table_that_its_source_counts_otherwise_is_a_finding(
    query: Query, failures: Failures
) -> None:
    assert failures("counted") == {"source_total_differs": 2}
    (row,) = query(
        "select sample from data_checks"
        " where tenant_id = 'counted' and check_name = 'source_total_differs'"
    )
    assert row["sample"] == (
        "bookings of crm: booking_amount 0.01,"
        " ledger_entries of crm: -3 rows, credit_amount 5.00, debit_amount -1.00"
    )


def test_every_finding_was_seen_by_some_test(query: Query) -> None:
    """Checks that no tenant of these tests fails; proofs must never fail, the rest is a gap."""
    rows = query("select check_name from data_checks group by 1 having sum(failures) = 0")
    never = {row["check_name"] for row in rows}
    proofs = {check["check_name"] for check in catalogue() if check["severity"] == "error"}
    assert never == proofs


@pytest.mark.models
def test_unit_tests_pass(home: Path) -> None:
    assert re.fullmatch(r"[1-9]\d passed", (home / UNIT_TESTS).read_text())


def test_every_reporting_model_has_a_unit_test() -> None:
    assert REPORTING
    for name in REPORTING:
        tests = yaml_of(name).get("unit_tests", [])
        assert any(test["model"] == name for test in tests), name
