"""Statements chain: what the last one closed with and the restated lines are the opening balance.

Random accounts with entries that come late, are corrected, reversed, cancelled, deleted, re-dated
or moved. `closed_<seed>` has what was known at the end of a month, `next_<seed>` what was known a
month later; the balance of the one is the last closing of the other, from its tables alone.
"""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.restated import closing_then, restated_lines
from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import Row, Scenario, Tables, customer, entry, instant

SEEDS, ALL_SEEDS = 40, 200
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
PERIOD = Period(date(2026, 4, 1), APRIL)
CUSTOMERS = 3
KINDS = ["invoice", "invoice", "debit_note", "payment", "credit_note"]


def _history(seed: int) -> list[Row]:
    """Versions of entries; every one says when it was made."""
    draw = random.Random(seed)
    rows: list[Row] = []
    for number in range(draw.randrange(4, 14)):
        of, on = f"k{draw.randrange(CUSTOMERS)}", date(2026, 2, 1) + timedelta(draw.randrange(85))
        amount = f"{draw.randrange(1, 90)}.{number:02}"
        row = entry(f"e{number}", of, on.isoformat(), draw.choice(KINDS), amount)
        made = on + timedelta(draw.choice([0, 0, 0, 3, 20]))
        row |= {"created_at": _at(made), "updated_at": None, "deleted_at": None}
        rows.append(row)
        if draw.random() < 0.5:
            rows += _change(draw, row, made + timedelta(draw.randrange(30)))
    return rows


def _change(draw: random.Random, row: Row, on: date) -> list[Row]:
    changed = row | {"updated_at": _at(on)}
    side = "debit_amount" if row["debit_amount"] != "0" else "credit_amount"
    match draw.randrange(6):
        case 0:
            return [changed | {side: "77.77"}]
        case 1:
            return [changed | {"status": "cancelled"}]
        case 2:
            return [changed | {"deleted_at": _at(on)}]
        case 3:
            return [
                changed | {"ledger_date": row["ledger_date"] + timedelta(draw.choice([-20, 20]))}
            ]
        case 4:
            return [changed | {"customer_id": f"k{draw.randrange(CUSTOMERS)}"}]
        case _:
            amount = row[side]
            undoes = entry(
                f"u{row['id']}", row["customer_id"], on.isoformat(), "adjustment", amount
            )
            undoes |= {"debit_amount": row["credit_amount"], "credit_amount": row["debit_amount"]}
            undoes |= {"reference_document_id": row["id"], "created_at": _at(on)}
            return [
                changed | {"status": "reversed"},
                undoes | dict.fromkeys(["updated_at", "deleted_at"]),
            ]


def _at(on: date) -> datetime:
    return instant(f"{on}T06:00")


def _known(rows: list[Row], by: date) -> Tables:
    found = [
        row
        for row in rows
        if (row["deleted_at"] or row["updated_at"] or row["created_at"]).date() <= by
    ]
    customers = [customer(f"k{number}") for number in range(CUSTOMERS)]
    return {"customers": customers, "ledger_entries": found}


@cache
def random_scenarios(full: bool) -> dict[str, Scenario]:
    told = {}
    for seed in range(ALL_SEEDS if full else SEEDS):
        rows = _history(seed)
        told[f"closed_{seed}"] = Scenario(MARCH, [_known(rows, MARCH)])
        told[f"next_{seed}"] = Scenario(APRIL, [_known(rows, APRIL)])
    # Nothing came late, nothing changed.
    tidy = [
        entry(f"t{n}", "k0", f"2026-0{2 + n % 3}-10", "invoice", "5")
        | {"created_at": _at(date(2026, 2 + n % 3, 10)), "updated_at": None, "deleted_at": None}
        for n in range(9)
    ]
    told["tidy"] = Scenario(APRIL, [_known(tidy, APRIL)])
    return told


def _account(query: Query, tenant: str, customer_id: str) -> list[list[Row]]:
    return [
        query(f"select * from {table} where tenant_id = ? and customer_id = ?", tenant, customer_id)
        for table in ("ledger_entries", "ledger_entry_states")
    ]


def _balance(query: Query, tenant: str, customer_id: str) -> Decimal:
    rows = query(
        "select outstanding_balance as owed from v_customer_ledger_summary"
        " where tenant_id = ? and customer_id = ?",
        tenant,
        customer_id,
    )
    return rows[0]["owed"] if rows else Decimal(0)


def test_a_statement_opens_where_the_last_one_closed_or_says_why_not(
    query: Query, full: bool
) -> None:
    causes = set()
    for seed in range(ALL_SEEDS if full else SEEDS):
        for number in range(CUSTOMERS):
            who = f"k{number}"
            entries, states = _account(query, f"next_{seed}", who)
            closed = closing_then(entries, states, PERIOD)
            assert closed == _balance(query, f"closed_{seed}", who), (seed, who)
            lines = restated_lines(states, PERIOD)
            opening = sum(
                (
                    row["debit_amount"] - row["credit_amount"]
                    for row in entries
                    if row["is_effective"] and row["ledger_date"] < PERIOD.first
                ),
                Decimal(0),
            )
            assert closed + sum(line.amount - line.was for line in lines) == opening, (seed, who)
            assert all(line.was != line.amount for line in lines)
            causes |= {line.cause for line in lines}
    assert causes == {
        *("entered", "changed", "reversed", "cancelled", "deleted", "re-dated", "moved")
    }


def test_nothing_is_restated_where_nothing_came_late(query: Query, failures: Failures) -> None:
    entries, states = _account(query, "tidy", "k0")
    assert (len(entries), states) == (9, [])
    assert "ledger_states_end_in_ledger" not in failures("tidy")


@pytest.mark.parametrize("kind", ["closed", "next"])
def test_the_states_end_in_the_ledger(query: Query, kind: str) -> None:
    found = query(
        "select tenant_id from data_checks where check_name = 'ledger_states_end_in_ledger'"
        f" and failures > 0 and tenant_id like '{kind}_%'"
    )
    assert found == []
