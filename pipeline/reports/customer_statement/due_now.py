"""What of a balance is to be paid now, and what falls due next and when.

Where the tenant keeps accounts by booking, those say it: TDS that a buyer deducted is awaited as a
certificate and no money that is due, interest billed is due. Elsewhere it is what is overdue.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.customer_statement.content import DueNow
from pipeline.reports.figures.ageing import Ageing

_ZERO = Decimal("0.00")


def due_now(account: Account, ageing: Ageing, as_of: date) -> DueNow:
    """`ageing`: of the whole account, on the day."""
    if account.booking_accounts:
        return _by_booking(account)
    ahead = [
        (row["due_date"], row["open_amount"])
        for row in account.open_items
        if row["open_amount"] > 0 and row["due_date"] is not None and row["due_date"] >= as_of
    ]
    next_due = min((day for day, _ in ahead), default=None)
    return DueNow(
        amount=ageing.overdue,
        not_due=ageing.not_due,
        next_due=next_due,
        next_amount=sum((open_ for day, open_ in ahead if day == next_due), _ZERO) or None,
    )


def _by_booking(account: Account) -> DueNow:
    def total(name: str) -> Decimal:
        return sum((row[name] for row in account.booking_accounts), _ZERO)

    days = [row["next_due_date"] for row in account.booking_accounts if row["next_due_date"]]
    return DueNow(
        amount=total("due_now"),
        interest=total("open_interest"),
        tds_open=total("open_tds"),
        not_due=total("not_due"),
        next_due=min(days, default=None),
    )
