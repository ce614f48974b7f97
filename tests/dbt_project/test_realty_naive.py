"""Plans, interest and accounts against a second implementation, on random books."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.naive_realty import Books
from tests.dbt_project.random_realty import AS_OF, random_books
from tests.dbt_project.scenario import Row, Scenario, day

RowsOf = Callable[..., dict[str, list[Row]]]
SEEDS, ALL_SEEDS = 40, 500
RULES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"interest": {"grace_days": 7}},
    {"interest": {"grace_days": 10, "grace": "end_of_grace"}},
)
DAYS = (AS_OF, day("2026-03-15"), day("2025-12-31"), AS_OF)


def told(seed: int) -> Scenario:
    return Scenario(
        DAYS[seed % len(DAYS)], [random_books(f"plans_{seed}")], realty=RULES[seed % len(RULES)]
    )


@cache
def random_scenarios(full: bool) -> dict[str, Scenario]:
    return {f"plans_{seed}": told(seed) for seed in range(ALL_SEEDS if full else SEEDS)}


@pytest.fixture(scope="module")
def books(full: bool) -> Any:
    return {
        name: Books(scenario.batches[0], scenario.as_of, scenario.realty)
        for name, scenario in random_scenarios(full).items()
    }


@pytest.fixture(scope="module")
def rows_of(query: Query) -> Any:
    """`rows_of(table)`: tenant -> its rows."""

    def read(table: str, order: str = "all") -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in query(f"select * from {table} where tenant_id like 'plans%' order by {order}"):
            found[row["tenant_id"]].append(row)
        return found

    return read


def paisa(amount: Any) -> Any:
    return int(amount * 100)


def test_states_and_what_is_open(books: dict[str, Books], rows_of: RowsOf) -> None:
    rows = rows_of("instalments")
    for name, book in books.items():
        found = {
            row["instalment_id"]: (
                row["state"],
                paisa(row["tds_amount"]),
                paisa(row["open_cash"]),
                paisa(row["open_tds"]),
                row["ageing_bucket"],
            )
            for row in rows[name]
        }
        assert found == {
            key: (
                book.state(plan),
                plan.tds,
                plan.open_cash(book.as_of) if book.asked(plan) else 0,
                plan.open_tds(book.as_of) if book.asked(plan) else 0,
                book.bucket(plan),
            )
            for key, plan in book.plans.items()
        }, name


def test_every_line_of_interest(books: dict[str, Books], rows_of: RowsOf) -> None:
    rows = rows_of("interest_lines")
    lines = 0
    for name, book in books.items():
        found = sorted(
            (
                row["instalment_id"],
                row["from_date"],
                row["to_date"],
                paisa(row["open_amount"]),
                row["rate_percent"],
                paisa(row["interest"]),
            )
            for row in rows[name]
        )
        expected = sorted(
            (key, first, last, base, Decimal(rate.numerator) / rate.denominator, amount)
            for key, plan in book.plans.items()
            for first, last, base, rate, amount in book.interest(plan)
        )
        assert found == expected, name
        lines += len(expected)
    assert lines > 2 * len(books)


PARTS = (
    *("not_due", "overdue", "open_tds", "open_interest", "open_other", "unapplied_credit"),
    *("balance", "demanded", "to_be_demanded", "interest_accrued", "interest_dropped"),
    "interest_billed",
)


def test_accounts_of_bookings(books: dict[str, Books], rows_of: RowsOf) -> None:
    rows = rows_of("booking_accounts")
    for name, book in books.items():
        found = {
            (row["customer_id"], row["booking_id"]): {part: paisa(row[part]) for part in PARTS}
            for row in rows[name]
        }
        expected = {
            key: {part: parts.get(part, 0) for part in PARTS}
            for key, parts in book.accounts.items()
        }
        assert found == expected, name


def test_what_was_received_of_the_value(books: dict[str, Books], rows_of: RowsOf) -> None:
    rows = rows_of("booking_accounts")
    for name, book in books.items():
        found = {
            row["booking_id"]: paisa(row["received_base"])
            for row in rows[name]
            if row["booking_id"] != "(none)"
        }
        assert found == {key: book.received_base(row) for key, row in book.bookings.items()}, name


def test_certificates_awaited(books: dict[str, Books], rows_of: RowsOf) -> None:
    rows = rows_of("tds_awaited")
    awaited = 0
    for name, book in books.items():
        found = sorted(
            (
                row["instalment_id"],
                row["payment_date"],
                paisa(row["deducted"]),
                paisa(row["awaited"]),
                row["certificate_due"],
            )
            for row in rows[name]
        )
        expected = sorted(book.awaited())
        assert found == expected, name
        awaited += len(expected)
    assert awaited > len(books) // 4


def test_no_proof_breaks_on_random_books(query: Query) -> None:
    assert (
        query(
            "select * from data_checks where tenant_id like 'plans%' and severity = 'error'"
            " and failures > 0"
        )
        == []
    )
