"""The notice RESTATED lists what changed of an account since its last statement closed.

Of entries that came late or changed, the models publish how each stood since when. What it was
worth to the opening balance on the day before the period is held against what it is worth now; a
line says both, and why. The last closing balance is worked out from what was known then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.allocations import Row
from pipeline.reports.customer_statement.content import Cause, Restated

_ZERO = Decimal("0.00")


def restated_lines(states: Sequence[Row], period: Period) -> list[Restated]:
    """One line for each entry that is worth another amount to the opening balance than it was."""
    by_entry: dict[str, list[Row]] = defaultdict(list)
    for state in sorted(states, key=lambda row: row["state_number"]):
        by_entry[state["entry_id"]].append(state)
    found = [_line(of_entry, period) for of_entry in by_entry.values()]
    lines = [line for line in found if line]
    return sorted(lines, key=lambda line: (line.day, line.voucher, line.known))


def closing_then(entries: Sequence[Row], states: Sequence[Row], period: Period) -> Decimal:
    """What the account came to on the day before the period, by what was known on that day."""
    told_apart = {state["entry_id"] for state in states}
    unchanged = sum(
        (
            row["debit_amount"] - row["credit_amount"]
            for row in entries
            if row["is_effective"]
            and row["entry_id"] not in told_apart
            and row["ledger_date"] < period.first
        ),
        _ZERO,
    )
    known: dict[str, Row] = {}
    for state in sorted(states, key=lambda row: row["state_number"]):
        if state["known_on"] < period.first:
            known[state["entry_id"]] = state
    return unchanged + sum((_worth(s, period.first) for s in known.values()), _ZERO)


def _line(states: Sequence[Row], period: Period) -> Restated | None:
    before = [state for state in states if state["known_on"] < period.first]
    then, now = before[-1] if before else None, states[-1]
    was = _worth(then, period.first) if then else _ZERO
    amount = _worth(now, period.first)
    if was == amount:
        return None
    shown = now if then is None or now["state"] == "active" else then
    return Restated(
        day=shown["ledger_date"],
        kind=shown["transaction_type"],
        voucher=shown["ledger_code"],
        cause=_cause(then, now, period.first),
        known=now["known_on"],
        was=was,
        amount=amount,
    )


def _worth(state: Row, first: date) -> Decimal:
    """What the entry in this state adds to the balance before the day."""
    return Decimal(state["movement"]) if state["ledger_date"] < first else _ZERO


def _cause(then: Row | None, now: Row, first: date) -> Cause:
    if now["state"] == "reversal":
        return "reversed"
    if now["state"] != "active":
        cause: Cause = now["state"]
        return cause
    if then is None:
        return "entered"
    if then["state"] == "moved":
        return "moved"
    moved_over = (then["ledger_date"] < first) != (now["ledger_date"] < first)
    return "re-dated" if moved_over else "changed"
