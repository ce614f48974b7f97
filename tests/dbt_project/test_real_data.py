"""Data that no one here made, with its right answers, through the real landing."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import day


def expected(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return told


@pytest.fixture(scope="module")
def olist(shared_data: Path) -> dict[str, Any]:
    return expected(shared_data / "olist")


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> dict[str, Any]:
    return expected(shared_data / "online_retail")


def test_leads_and_conversion(query: Query, olist: dict[str, Any]) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'olist'")
    assert (
        (kpi["total_leads"], kpi["converted_leads"])
        == (8000, 842)
        == (olist["leads"], olist["won"])
    )
    assert kpi["conversion_rate"] * 100 == pytest.approx(10.525) == olist["conversion_pct"]


def test_sources_with_unknown_and_none_apart(query: Query, olist: dict[str, Any]) -> None:
    rows = query("select * from v_lead_source_performance where tenant_id = 'olist'")
    found = {
        row["source_code"].replace("(none)", "(null)"): [
            row["total_leads"],
            row["converted_leads"],
            row["conversion_rate_legacy"],
        ]
        for row in rows
    }
    assert found == olist["by_source"]


def test_bookings(query: Query, olist: dict[str, Any]) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'olist'")
    assert kpi["total_bookings"] == olist["bookings"] == 4518
    assert kpi["booked_amount"] == Decimal("775815.63") == Decimal(olist["booking_cents"]) / 100


def test_ledger(query: Query, olist: dict[str, Any]) -> None:
    rows = query("select * from v_customer_ledger_summary where tenant_id = 'olist'")
    assert len(rows) == olist["accounts_with_ledger"] == 380
    assert sum(row["outstanding_balance"] for row in rows) == Decimal("-18.29")
    assert sum(row["outstanding_balance"] != 0 for row in rows) == 20
    assert sum(row["total_paid"] for row in rows) == Decimal("775833.92")


@pytest.mark.parametrize(("tenant", "entries"), [("olist", 9232), ("online_retail", 22190)])
def test_every_stored_balance_is_the_running_balance(
    query: Query, shared_data: Path, tenant: str, entries: int
) -> None:
    (row,) = query(
        "select count(*) as entries, count(balance_after) as stored,"
        " count(case when balance_after <> running_balance then 1 end) as differing"
        " from ledger_entries where tenant_id = ?",
        tenant,
    )
    assert row == {"entries": entries, "stored": entries, "differing": 0}


def test_the_warts_of_olist_are_findings(failures: Failures, shared_data: Path) -> None:
    assert failures("olist") == {
        "lead_converted_before_it_came": 1,
        "milestone_before_lead": 1,
        "lead_converted_unknown_customer": 462,
        "lead_conversion_signals_disagree": 462,
    }


def test_cohorts_and_months_of_winning(query: Query, shared_data: Path) -> None:
    (april,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = 'olist' and month = ?",
        day("2018-04-01"),
    )
    assert (april["total_leads"], april["converted_leads"]) == (1352, 183)
    rows = query(
        "select strftime(converted_date, '%Y-%m') as month, count(*) as won from leads"
        " where tenant_id = 'olist' and is_converted group by 1"
    )
    won = {row["month"]: row["won"] for row in rows}
    assert (won["2017-12"], won["2018-04"], max(won.values())) == (3, 207, 207)


def test_days_from_lead_to_win(query: Query, shared_data: Path) -> None:
    (row,) = query(
        "select median(days_to_booking) as middle, min(days_to_booking) as least,"
        " count(case when days_to_booking < 0 then 1 end) as negative from leads"
        " where tenant_id = 'olist'"
    )
    assert row == {"middle": 14, "least": -2, "negative": 1}


def test_campaigns_are_the_tenant(query: Query, olist: dict[str, Any]) -> None:
    rows = query("select * from v_campaign_performance where tenant_id = 'olist'")
    assert len(rows) == olist["campaigns"] + 1
    assert sum(row["total_leads"] for row in rows) == 8000
    assert sum(row["booked_value"] for row in rows) == Decimal("775815.63")


def test_the_wholesaler(query: Query, failures: Failures, retail: dict[str, Any]) -> None:
    rows = query("select * from v_customer_ledger_summary where tenant_id = 'online_retail'")
    balances = {row["customer_id"]: row["outstanding_balance"] for row in rows}
    assert len(balances) == retail["accounts"] == 4372
    assert sum(balances.values()) == Decimal("8300065.81")
    assert min(balances.items(), key=lambda item: item[1]) == ("17448", Decimal("-4287.63"))
    assert sum(value < 0 for value in balances.values()) == retail["accounts_negative"]
    assert sum(value == 0 for value in balances.values()) == retail["accounts_zero"]
    assert sum(row["total_invoiced"] for row in rows) == Decimal("8911407.90")
    assert sum(row["total_credit_notes"] for row in rows) == Decimal("611342.09")
    assert failures("online_retail") == {"ledger_zero_amount": 4}
    rows = query(
        "select quality_flags from ledger_entries"
        " where tenant_id = 'online_retail' and quality_flags is not null"
    )
    assert [row["quality_flags"] for row in rows] == ["zero_amount"] * 4
