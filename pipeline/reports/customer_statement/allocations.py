"""What is open on a customer's account, and what payments and credits were set against.

The models allocate; this module puts their rows into the statement's order. Also here: a customer's
published rows as the statement takes them, and the comparison with the balances the source stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.content import (
    AllocatedPart,
    CreditAllocation,
    OpenItem,
    Proof,
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """One customer's published rows. `entries` in entry order, the excluded ones anywhere."""

    customer: Row
    entries: Sequence[Row]
    open_items: Sequence[Row]
    allocations: Sequence[Row]
    bookings: Sequence[Row]
    summary: Row
    states: Sequence[Row] = ()
    booking_accounts: Sequence[Row] = ()


def days_overdue(open_item: Row | None) -> int | None:
    if not open_item or open_item["open_amount"] <= 0 or (open_item["days_overdue"] or 0) <= 0:
        return None
    return int(open_item["days_overdue"])


def open_items(rows: Sequence[Row]) -> list[OpenItem]:
    items = [
        OpenItem(
            voucher=row["ledger_code"],
            day=row["ledger_date"],
            kind=row["transaction_type"],
            due=row["due_date"] if row["open_amount"] > 0 else None,
            days_overdue=days_overdue(row),
            original=row["original_amount"],
            open=row["open_amount"],
        )
        for row in rows
        if row["open_amount"]
    ]
    return sorted(items, key=lambda item: (item.open < 0, item.due or item.day, item.voucher))


def settlements(account: Account, period: Period) -> list[CreditAllocation]:
    """Allocations of the period's credits, in the order of the ledger, a row to a credit."""
    order = {row["entry_id"]: number for number, row in enumerate(account.entries)}
    rows = sorted(
        account.allocations,
        key=lambda row: (
            order[row["credit_entry_id"]],
            row["method"],
            order[row["debit_entry_id"]],
        ),
    )
    settled = []
    for (credit, method), parts in groupby(rows, lambda r: (r["credit_entry_id"], r["method"])):
        entry = account.entries[order[credit]]
        if entry["ledger_date"] in period:
            settled.append(
                CreditAllocation(
                    voucher=entry["ledger_code"],
                    day=entry["ledger_date"],
                    kind=entry["transaction_type"],
                    method=method,
                    parts=tuple(
                        AllocatedPart(
                            voucher=account.entries[order[row["debit_entry_id"]]]["ledger_code"],
                            amount=row["amount"],
                        )
                        for row in parts
                    ),
                )
            )
    return settled


def proof(entries: Sequence[Row], effective: Sequence[Row], period: Period) -> Proof:
    stored = [
        row
        for row in effective
        if row["ledger_date"] in period and row["balance_after"] is not None
    ]
    return Proof(
        stored_balances=len(stored),
        stored_balances_differing=sum(
            row["balance_after"] != row["running_balance"] for row in stored
        ),
        excluded_entries=sum(
            not row["is_effective"] and row["ledger_date"] in period for row in entries
        ),
    )
