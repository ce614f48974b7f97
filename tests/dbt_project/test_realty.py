"""The worked example: every known answer, to the paisa, and each earlier day as it was then."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.config.workspace import Workspace
from pipeline.publish.build import target_dir
from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.realty.example import asha, expected
from tests.dbt_project.scenario import day

SCENARIOS = {
    "asha": asha(),
    # As it stood on the day before the transfer, and the day before the cancellation.
    "asha_may": asha(day("2026-05-14")),
    "asha_april": asha(day("2026-04-19")),
    "asha_late": asha(day("2026-12-01")),
}


def plain(value: object) -> str:
    """As the files of known answers write it."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def told(text: str) -> str:
    """A value of a file, numbers without the zeros behind them."""
    try:
        return f"{Decimal(text).normalize():f}"
    except ArithmeticError:
        return text


@pytest.fixture(scope="module")
def same(query: Query) -> Any:
    """`same(name, sql)`: the rows of the query are those of the file, whatever their order."""

    def check(name: str, sql: str) -> None:
        found = sorted(
            tuple(told(plain(value)) for value in row.values()) for row in query(sql, "asha")
        )
        assert found == sorted(tuple(map(told, row.values())) for row in expected(name))

    return check


def test_instalments(same: Callable[[str, str], None]) -> None:
    same(
        "instalments",
        "select instalment_id, state, total, received_cash, received_tds, open_cash, open_tds,"
        " days_overdue, ageing_bucket from instalments where tenant_id = ?",
    )


def test_interest_lines(same: Callable[[str, str], None]) -> None:
    same(
        "interest_lines",
        "select instalment_id, from_date, to_date, open_amount, rate_percent, days, interest"
        " from interest_lines where tenant_id = ?",
    )


def test_interest_by_booking(same: Callable[[str, str], None]) -> None:
    same(
        "interest_by_booking",
        "select booking_id, interest_accrued, interest_dropped, interest_billed, interest_unbilled"
        " from booking_accounts where tenant_id = ?",
    )


def test_booking_accounts(same: Callable[[str, str], None]) -> None:
    same(
        "booking_accounts",
        "select booking_id, status, demanded, received_cash, received_tds, not_due, overdue,"
        " open_tds, open_interest, unapplied_credit, balance, to_be_demanded, received_percent"
        " from booking_accounts where tenant_id = ?",
    )


def test_accounts_are_the_ledger_and_what_is_due_now(query: Query) -> None:
    (row,) = query("select sum(balance) as balance from booking_accounts where tenant_id = 'asha'")
    assert row["balance"] == Decimal("3284494.23")
    rows = query("select * from booking_accounts where tenant_id = 'asha' order by booking_id")
    assert [row["due_now"] for row in rows] == [
        *(Decimal("915150.90"), 0, 0, 0, Decimal(1042600), 0)
    ]
    assert rows[0]["interest_per_day"] == Decimal("260.38")
    assert [row["reminder_level"] for row in rows] == [4, 0, 0, 0, 4, 0]
    assert rows[1]["next_due_date"] == day("2026-07-11")


def test_tds_awaited(same: Callable[[str, str], None]) -> None:
    same(
        "tds_awaited",
        "select instalment_id, payment_date, deducted, awaited, statement_due, certificate_due,"
        " days_overdue from tds_awaited where tenant_id = ?",
    )


def test_tds_by_party(same: Callable[[str, str], None]) -> None:
    same(
        "tds_by_party",
        "select instalment_id, party_name, share_percent, tds_amount from tds_by_party"
        " where tenant_id = ? and instalment_id = 'BK-01/4'",
    )


def test_units_and_inventory(same: Callable[[str, str], None], query: Query) -> None:
    rows = query("select * from units where tenant_id = 'asha' order by unit_number")
    wanted = expected("units")
    for row, known in zip(rows, wanted, strict=True):
        assert (row["unit_number"], row["unit_type"], str(row["floor"]), row["status"]) == (
            *(known["unit"], known["unit_type"], known["floor"], known["status"]),
        )
        assert row["unit_value"] == Decimal(known["value"])
        assert (row["booking_id"] or "") == known["booking_id"]
        assert row["is_block_expired"] == (known["note"] == "block expired")
    same(
        "inventory",
        "select unit_type, status, units, unit_value from inventory where tenant_id = ?",
    )


def test_velocity_counts_no_transfer(query: Query) -> None:
    rows = query("select * from unit_velocity where tenant_id = 'asha' order by unit_type")
    assert [(row["unit_type"], row["unsold_units"], row["net_units_3_months"]) for row in rows] == [
        ("2 BHK", 2, 0),
        ("3 BHK", 1, 0),
    ]
    assert [row["months_of_inventory"] for row in rows] == [None, None]
    rows = query("select * from unit_availability where tenant_id = 'asha' order by unit_type")
    assert [(row["units_available"], row["observed_on"]) for row in rows] == [
        (2, day("2026-06-30")),
        (1, day("2026-06-30")),
    ]


def test_a_transfer_is_neither_sale_nor_cancellation(query: Query) -> None:
    (row,) = query(
        "select sum(gross_count) as gross, sum(gross_amount) as gross_amount,"
        " sum(cancelled_count) as cancelled, sum(cancelled_amount) as cancelled_amount,"
        " sum(net_count) as net, sum(net_amount) as net_amount"
        " from booking_months where tenant_id = 'asha'"
    )
    assert list(row.values()) == [5, 42675000, 1, 7550000, 4, 35125000]
    (row,) = query("select * from v_kpi_dashboard where tenant_id = 'asha'")
    assert (row["total_bookings"], row["booked_amount"]) == (5, 42675000)
    assert (row["bookings_cancelled"], row["net_booked_amount"]) == (1, 35125000)
    (row,) = query(
        "select sum(booking_count) as n, sum(total_booking_amount) as amount"
        " from v_booking_summary where tenant_id = 'asha'"
    )
    assert list(row.values()) == [5, 42675000]
    rows = query("select * from customers where tenant_id = 'asha' order by customer_id")
    assert [row["live_bookings"] for row in rows] == [1, 1, 0, 0, 1, 1]


def test_brokerage(same: Callable[[str, str], None]) -> None:
    same(
        "brokerage",
        "select channel_partner_id, booking_id, brokerage, received_percent, earned_on, earned,"
        " paid, payable, recoverable from brokerage where tenant_id = ?",
    )


def test_cancellation(same: Callable[[str, str], None], query: Query) -> None:
    same(
        "cancellation",
        "select booking_id, received, tax_amount, forfeited, interest_amount, refund_due_amount,"
        " refund_paid, refund_open_amount, days_open, refund_without_reversal_amount,"
        " credit_notes_by from cancellation_settlements where tenant_id = ?",
    )
    (row,) = query("select * from cancellation_settlements where tenant_id = 'asha'")
    assert (row["forfeited_by_rule"], row["still_to_reverse_by"]) == (755000, None)


def test_designated_account(query: Query) -> None:
    rows = query(
        "select month, received_amount, tax_amount, net_amount, designated_amount"
        " from designated_account where tenant_id = 'asha' and month >= date '2026-01-01'"
        " order by month"
    )
    assert [
        [f"{row['month']:%Y-%m}", *(f"{amount:.2f}" for amount in list(row.values())[1:])]
        for row in rows
    ] == [list(known.values()) for known in expected("designated_account")]


def test_unbilled_milestones(query: Query) -> None:
    rows = query(
        "select instalment_id, stage_name, stage_completed_date, total from instalments"
        " where tenant_id = 'asha' and state = 'unbilled' order by 1"
    )
    *known, whole = expected("unbilled_milestones")
    assert [tuple(map(plain, row.values())) for row in rows] == [
        (row["instalment_id"], row["stage"], row["completed"], told(row["total"])) for row in known
    ]
    (stage,) = query(
        "select * from stages where tenant_id = 'asha' and unbilled_amount > 0 order by stage_id"
    )
    assert (stage["stage_id"], stage["unbilled_count"], stage["days_since_completed"]) == (
        *("ST", 2, 15),
    )
    assert stage["unbilled_amount"] == Decimal(whole["total"])


def test_what_is_found_and_that_no_proof_breaks(query: Query, failures: Failures) -> None:
    assert failures("asha") == {
        "block_expired": 1,
        "booking_without_lead": 6,
        "brokerage_paid_unearned": 1,
        "refund_waits": 1,
        "stage_not_billed": 2,
        "tds_certificate_overdue": 1,
    }


CURVE = (40, 55, 65, 72, 78, 82, 85, 88, 90, 92, 93, 94, 95, 96)


@pytest.fixture(scope="module")
def forecast(home: Path, warehouse: duckdb.DuckDBPyConnection) -> Any:
    """The forecast's own SQL on the example's items and the curve of the known answers."""
    nodes = json.loads((target_dir(Workspace(home)) / "manifest.json").read_text())["nodes"]
    ((name,),) = warehouse.execute("select current_database()").fetchall()
    with duckdb.connect() as trial:
        trial.execute(f"attach ':memory:' as \"{name}\"")
        for schema in ("intermediate", "staging", "marts"):
            trial.execute(f'create schema "{name}".{schema}')
        for table in (
            "intermediate.int_forecast_items",
            "intermediate.int_tenant_days",
            "staging.stg_tenants",
        ):
            of_asha = f"select * from {table} where tenant_id = 'asha'"
            rows = warehouse.execute(of_asha).to_arrow_table()
            trial.register("rows", rows)
            trial.execute(f'create table "{name}".{table} as select * from rows')
        trial.execute(
            f'create table "{name}".intermediate.int_collection_curve'
            " (tenant_id varchar, forecast_on date, n integer, cash decimal(18, 2),"
            " whole decimal(18, 2))"
        )
        for n in range(92):
            week, rest = divmod(n, 7)
            cash = CURVE[week] * 7 + (rest and (CURVE[week + 1] - CURVE[week]) * rest)
            trial.execute(
                f'insert into "{name}".intermediate.int_collection_curve'
                " values ('asha', date '2026-06-30', ?, ?, 700)",
                [n, cash],
            )
        for model in ("int_forecast_weeks", "collection_items", "collection_weeks"):
            node = nodes[f"model.milepost.{model}"]
            trial.execute(
                f'create table "{name}".{node["schema"]}.{model} as {_compiled(home, node)}'
            )
        trial.execute(f'use "{name}".marts')
        yield trial


def _compiled(home: Path, node: Any) -> Any:
    return node.get("compiled_code") or (
        target_dir(Workspace(home)) / "compiled" / "milepost" / node["original_file_path"]
    ).read_text(encoding="utf-8")


def test_forecast_by_item(forecast: Any) -> None:
    rows = forecast.execute(
        "select case when kind = 'interest' then label else item_id end, kind, amount, due_on,"
        " expected_amount, case when is_stuck then 'stuck' else '' end from collection_items"
    ).fetchall()
    assert sorted(tuple(map(plain, row)) for row in rows) == sorted(
        tuple(map(told, row.values())) for row in expected("forecast_items")
    )


def test_forecast_by_week(forecast: Any) -> None:
    rows = forecast.execute(
        "select week, from_date, to_date, falling_due_amount, expected_amount"
        " from collection_weeks order by week"
    ).fetchall()
    *weeks, whole = expected("forecast_weeks")
    assert [tuple(map(plain, row)) for row in rows] == [
        tuple(map(told, row.values())) for row in weeks
    ]
    assert sum(row[4] for row in rows) == Decimal(whole["expected"])


def test_too_few_instalments_promise_nothing(query: Query) -> None:
    rows = query("select * from collection_weeks where tenant_id = 'asha'")
    assert len(rows) == 12
    assert {row["expected_amount"] for row in rows} == {None}
    assert sum(row["falling_due_amount"] for row in rows) == 10171200
    items = query("select * from collection_items where tenant_id = 'asha'")
    assert {row["expected_amount"] for row in items} == {None}


@pytest.mark.parametrize(
    ("tenant", "instalment", "state"),
    [
        ("asha_may", "BK-02/8", "overdue"),
        ("asha_may", "BK-04/3", "overdue"),
        ("asha_may", "BK-03/3", "withdrawn"),
        ("asha_april", "BK-03/3", "overdue"),
        ("asha_april", "BK-01/4", "planned"),
        ("asha_april", "BK-04/3", "overdue"),
        ("asha_late", "BK-06/1", "tds_awaited"),
    ],
)
def test_an_earlier_day_gives_the_state_of_that_day(
    query: Query, tenant: str, instalment: str, state: str
) -> None:
    (row,) = query(
        "select * from instalments where tenant_id = ? and instalment_id = ?", tenant, instalment
    )
    assert row["state"] == state


def test_before_the_transfer_nobody_has_taken_over(query: Query) -> None:
    rows = query(
        "select booking_id, status_asof, is_live from bookings where tenant_id = 'asha_may'"
        " order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("BK-01", "confirmed", True),
        ("BK-02", "confirmed", True),
        ("BK-03", "cancelled", False),
        ("BK-04", "confirmed", True),
        ("BK-06", "confirmed", True),
    ]


def test_before_the_cancellation_nothing_is_settled(query: Query) -> None:
    assert query("select * from cancellation_settlements where tenant_id = 'asha_april'") == []
    (row,) = query(
        "select * from booking_accounts where tenant_id = 'asha_april' and booking_id = 'BK-03'"
    )
    assert (row["status"], row["overdue"]) == ("confirmed", Decimal(1570400))
    assert row["interest_accrued"] == Decimal("8828.66")
