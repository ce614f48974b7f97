"""The largest amounts that the source contract lets in add up, and nothing overflows."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from pipeline.contracts import CONTRACTS
from pipeline.contracts.model import Type
from tests.dbt_project.conftest import Query
from tests.dbt_project.project import MODELS
from tests.dbt_project.scenario import Row, booking, customer, day, entry, lead, scenario

MOST = Decimal("9999999999999999.99")
ROWS = 30
OF_REALTY = {"instalments", "units", "brokerage_entries"}


def _most(entity: str, row: Row) -> Row:
    """The row with the largest value in each of its money columns that it does not say itself."""
    return dict.fromkeys(CONTRACTS[entity].money, str(MOST)) | row


def _entries(kind: str, sign: int) -> list[Row]:
    side = {"debit_amount": str(MOST) if sign > 0 else "0"}
    side |= {"credit_amount": "0" if sign > 0 else str(MOST)}
    return [
        _most("ledger_entries", entry(f"{kind}{n}", "k", "2026-01-10", kind, "0") | side)
        for n in range(ROWS)
    ]


def _spend(number: int) -> Row:
    row = {"id": f"s{number}", "campaign_id": "c", "spend_date": day("2026-01-10")}
    return _most("campaign_spend", row)


def _campaign() -> Row:
    named = {"campaign_code": "C", "campaign_name": "C", "campaign_type": "digital"}
    return _most("campaigns", {"id": "c", "start_date": day("2026-01-01"), **named})


def _booked(number: int) -> Row:
    gone = {"status": "cancelled", "cancellation_date": day("2026-02-10")} if number % 2 else {}
    row = booking(
        f"b{number}", "k", "2026-01-10", str(MOST), lead_id="l", units_available=2**31 - 1
    )
    return _most("bookings", row | gone | {"units_booked": 2**31 - 1, "unit_type": "2BHK"})


LARGEST = scenario(
    day("2026-03-31"),
    leads=[lead("l", "2026-01-01T05:00", campaign_id="c")],
    campaigns=[_campaign()],
    campaign_spend=[_spend(number) for number in range(ROWS)],
    customers=[_most("customers", customer("k")), _most("customers", customer("other"))],
    bookings=[_booked(number) for number in range(ROWS)],
    ledger_entries=_entries("invoice", 1)
    + _entries("debit_note", 1)
    + _entries("adjustment", 1)
    + _entries("payment", -1),
)
SCENARIOS = {"largest": LARGEST}


def test_every_money_column_of_the_contract_is_told() -> None:
    told = {entity for entity, rows in LARGEST.batches[0].items() if rows}
    # What is of realty only has columns of its own, and sums of its own.
    with_money = {name for name, contract in CONTRACTS.items() if contract.money} - OF_REALTY
    assert with_money <= told
    columns = {column.type for contract in CONTRACTS.values() for column in contract.columns}
    assert Type.MONEY in columns


@pytest.mark.parametrize(
    ("table", "figure", "expected"),
    [
        ("receivables", "closing", 2 * ROWS * MOST),
        ("receivables", "invoiced", ROWS * MOST),
        ("receivables", "days_61_90", 2 * ROWS * MOST),
        ("receivables", "invoiced_per_customer", ROWS * MOST),
        ("v_kpi_dashboard", "booked_amount", ROWS * MOST),
        ("v_kpi_dashboard", "net_booked_amount", ROWS // 2 * MOST),
        ("v_kpi_dashboard", "refunds_promised", ROWS // 2 * MOST),
        ("v_campaign_performance", "spend", ROWS * MOST),
        ("v_campaign_performance", "cost_per_lead", ROWS * MOST),
        ("v_customer_ledger_summary", "total_paid", ROWS * MOST),
        ("v_owner_performance", "booked_value", ROWS * MOST),
        ("v_booking_summary", "avg_booking_amount", MOST),
    ],
)
def test_the_largest_amounts_add_up(
    query: Query, table: str, figure: str, expected: Decimal
) -> None:
    rows: list[dict[str, Any]] = query(
        f"select max({figure}) as figure from {table} where tenant_id = 'largest'"
    )
    assert rows == [{"figure": expected}]


def test_the_running_balance_of_the_largest_amounts(query: Query) -> None:
    (row,) = query(
        "select max(running_balance) as top from ledger_entries where tenant_id = 'largest'"
    )
    assert row["top"] >= 2 * ROWS * MOST


def test_a_sum_is_wide_enough_for_a_billion_of_the_largest(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    (row,) = warehouse.execute(
        "select cast(sum(amount) as decimal(38, 2)) * 200 from"
        " (select cast(? as decimal(38, 2)) * 1000000000 as amount)",
        [MOST],
    ).fetchall()
    assert row[0] == MOST * 1000000000 * 200


def test_no_published_sum_is_narrower_than_a_sum(query: Query) -> None:
    """What one record says is 18 digits wide; everything else that is money is a sum."""
    recorded = {
        *("budget", "debit_amount", "credit_amount", "balance_after", "booking_amount"),
        *("cancellation_refund_amount", "credit_limit", "current_balance", "last_payment_amount"),
        *(
            "original_amount",
            "allocated_amount",
            "open_amount",
            "amount",
            "movement",
            "stamp_value",
        ),
        "tax_amount",
    }
    narrow = query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema in ('marts', 'reporting') and data_type = 'DECIMAL(18,2)'"
    )
    found = [
        row
        for row in narrow
        if row["column_name"] not in recorded and MODELS[row["table_name"]].parent.name != "realty"
    ]
    assert found == []
