from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.account import StatementError, assemble
from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.masking import mask_pan
from tests.reports.accounts import AS_OF, ZERO, Move, account, booking, customer

YEAR = Period(date(2025, 4, 1), AS_OF)
KINDS = ("invoice", "payment", "credit_note", "debit_note", "adjustment")
MOVES = st.lists(
    st.builds(
        Move,
        day=st.dates(date(2024, 1, 1), AS_OF),
        kind=st.sampled_from(KINDS),
        amount=st.decimals(min_value=-(10**12), max_value=10**12, places=2),
        effective=st.booleans(),
    ),
    max_size=25,
)


def moves(*rows: tuple[str, str, str]) -> list[Move]:
    return [Move(date.fromisoformat(day), kind, Decimal(amount)) for day, kind, amount in rows]


def statement(account: Account, period: Period = YEAR) -> Statement:
    return assemble("skyline", account, period)


BRIEF = moves(
    ("2025-04-15", "invoice", "500000"),
    ("2025-05-15", "payment", "300000"),
    ("2025-05-20", "credit_note", "50000"),
    ("2025-06-20", "payment", "150000"),
)


def test_the_briefs_own_example() -> None:
    made = statement(account(BRIEF))
    assert [line.balance for line in made.lines] == [500000, 200000, 150000, 0]
    assert made.summary.closing == 0
    assert (made.summary.payments, made.summary.credit_notes) == (Decimal(450000), Decimal(50000))


def test_what_is_before_the_period_is_its_opening_balance() -> None:
    made = statement(account(BRIEF), Period(date(2025, 5, 16), AS_OF))
    assert made.summary.opening == 200000
    assert [line.before for line in made.lines] == [200000, 150000]
    assert made.summary.invoices == 0


def test_consecutive_periods_chain() -> None:
    day = date(2025, 5, 20)
    later = statement(account(BRIEF), Period(day + timedelta(days=1), AS_OF))
    until = [move for move in BRIEF if move.day <= day]
    earlier = statement(account(until, as_of=day), Period(date(2025, 4, 1), day))
    assert earlier.summary.closing == later.summary.opening


@given(MOVES)
def test_every_account_adds_up(rows: list[Move]) -> None:
    made = statement(account(sorted(rows, key=lambda move: move.day)))
    s = made.summary
    by_type = s.invoices + s.debit_notes + s.refunds - s.payments - s.credit_notes + s.adjustments
    assert s.opening + by_type == s.opening + s.total_debit - s.total_credit == s.closing
    assert made.ageing.total == s.closing
    assert s.overdue + s.not_due + s.unapplied_credit == s.closing
    assert sum((item.open for item in made.open_items), ZERO) == s.closing
    balance = s.opening
    for line in made.lines:
        assert line.before == balance
        balance = line.balance


@pytest.mark.parametrize(
    ("table", "row", "column", "says"),
    [
        ("entries", 1, "debit_amount", "its balance adds up to"),
        ("entries", 2, "running_balance", "published is"),
        ("summary", None, "outstanding_balance", "published outstanding balance is"),
        ("summary", None, "not_due", "the ageing is"),
        ("summary", None, "days_over_120", "the ageing is"),
    ],
)
def test_a_paisa_too_much_and_there_is_no_statement(
    table: str, row: int | None, column: str, says: str
) -> None:
    whole = account(BRIEF)
    rows: Any = getattr(whole, table)
    changed = dict(rows if row is None else rows[row])
    changed[column] += Decimal("0.01")
    broken: Any = (
        changed if row is None else [changed if i == row else r for i, r in enumerate(rows)]
    )
    with pytest.raises(StatementError, match=says):
        statement(replace(whole, **{table: broken}))


def test_an_account_without_its_summary_is_named() -> None:
    with pytest.raises(StatementError, match="C-0017 has ledger entries but no row"):
        statement(replace(account(BRIEF), summary={}))


def test_refunds_stand_apart_from_payments() -> None:
    made = statement(
        account(
            moves(
                ("2025-04-15", "invoice", "500000"),
                ("2025-05-15", "payment", "500000"),
                ("2025-08-01", "credit_note", "500000"),
                ("2025-08-15", "payment", "-450000"),
            )
        )
    )
    assert (made.summary.payments, made.summary.refunds) == (Decimal(500000), Decimal(450000))
    assert made.summary.closing == -50000
    assert made.ageing.unapplied_credit == -50000


def test_due_dates_are_on_debits_and_days_overdue_on_what_is_open() -> None:
    made = statement(account(BRIEF[:2]))
    invoice, payment = made.lines
    assert invoice.due == date(2025, 4, 30)  # 15 days of credit
    assert invoice.days_overdue == (AS_OF - date(2025, 4, 30)).days
    assert payment.due is None
    assert statement(account(BRIEF)).lines[0].days_overdue is None  # settled since


def test_reversed_entries_are_left_out_and_counted() -> None:
    rows = [*BRIEF, replace(BRIEF[0], effective=False), replace(BRIEF[1], effective=False)]
    made = statement(account(rows))
    assert len(made.lines) == 4
    assert made.proof.excluded_entries == 2


def test_stored_balances_that_differ_are_counted() -> None:
    rows = [BRIEF[0], replace(BRIEF[1], stored=Decimal("199999.99")), *BRIEF[2:]]
    proof = statement(account(rows)).proof
    assert (proof.stored_balances, proof.stored_balances_differing) == (4, 1)


def test_back_dated_entries_say_when_they_were_entered() -> None:
    late = replace(BRIEF[1], entered=date(2025, 8, 2))
    made = statement(account([BRIEF[0], late]))
    assert [line.entered for line in made.lines] == [None, date(2025, 8, 2)]


def test_settlements_say_which_credit_met_which_debit() -> None:
    made = statement(
        account(
            moves(
                ("2025-04-02", "invoice", "100"),
                ("2025-04-03", "debit_note", "50"),
                ("2025-05-02", "payment", "120"),
            )
        )
    )
    (settled,) = made.settlements
    assert (settled.voucher, settled.method) == ("PAY-0003", "derived")
    assert [(part.voucher, part.amount) for part in settled.parts] == [
        ("INV-0001", Decimal(100)),
        ("DEB-0002", Decimal(20)),
    ]


def test_references_are_written_as_the_booking_or_voucher_they_point_to() -> None:
    rows = [
        replace(BRIEF[0], reference="id-BK-0042"),
        replace(BRIEF[1], reference="c-17-1"),
        replace(BRIEF[2], reference="somewhere else"),
    ]
    made = statement(account(rows, bookings=[booking()]))
    assert [line.reference for line in made.lines] == ["BK-0042", "INV-0001", "somewhere else"]


def test_the_number_is_the_statements_own() -> None:
    made = statement(account(BRIEF))
    assert made.number.startswith("SKYLINE/C-0017/20250401-20250918/")
    assert statement(account(BRIEF)).number == made.number
    assert statement(account(BRIEF[:3])).number != made.number


@pytest.mark.parametrize(
    ("pan", "masked"), [("ABCDE1234F", "XXXXXX234F"), (None, None), ("AB", "AB")]
)
def test_pan_is_masked(pan: str | None, masked: str | None) -> None:
    assert mask_pan(pan) == masked
    made = statement(account(BRIEF, of=customer(pan_number=pan)))
    assert made.customer.pan_masked == masked
    if pan == "ABCDE1234F":
        assert pan not in made.model_dump_json()


def test_no_movement_is_still_a_statement() -> None:
    made = statement(account(moves(("2025-01-15", "invoice", "250000"))))
    assert made.lines == ()
    assert made.summary.opening == made.summary.closing == 250000


def test_what_came_to_light_of_an_earlier_period_is_restated() -> None:
    late = Move(date(2025, 3, 10), "payment", Decimal("250.50"), entered=date(2025, 5, 2))
    before = Move(date(2025, 2, 10), "payment", Decimal(9), entered=date(2025, 3, 20))
    within = Move(date(2025, 4, 20), "invoice", Decimal(8), entered=date(2025, 6, 1))
    rows = [Move(date(2025, 2, 1), "invoice", Decimal(1000)), before, late, within]
    (restated,) = statement(account(rows)).restated
    assert (restated.day, restated.known) == (date(2025, 3, 10), date(2025, 5, 2))
    assert (restated.was, restated.amount, restated.cause) == (
        Decimal(0),
        Decimal("-250.50"),
        "entered",
    )
    made = statement(account(rows))
    assert made.last_closing + restated.amount == made.summary.opening
    assert statement(account(rows[:2])).restated == ()
