"""The account of a booking, added up: published rows in, rows of a statement out.

It adds the booking's ledger up itself and compares with the published account; a difference raises
StatementError, so that a statement that does not tie is never rendered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.account import StatementError
from pipeline.reports.realty.bookings import Row
from pipeline.reports.unit_statement.content import (
    DueOfBooking,
    Movement,
    PlanLine,
    RowsOfPeriod,
)

_ZERO = Decimal("0.00")
_PARTS = ("not_due", "overdue", "open_tds", "open_interest", "open_other", "unapplied_credit")
_PURPOSES = {
    "interest": "interest",
    "forfeiture": "forfeited",
    "refund": "refunds",
    "transfer": "transfers",
    "waiver": "waived",
    "withdrawal": "waived",
}
_STATES = {
    "tds_awaited": "TDS certificate awaited",
    "unbilled": "complete, not demanded",
    "withdrawn": "withdrawn with the booking",
    "transferred": "taken over",
}


def due_of(account: Row) -> DueOfBooking:
    """What of the balance is what; StatementError if the parts are not the balance."""
    parts = sum((account[name] for name in _PARTS), _ZERO)
    if parts != account["balance"]:
        raise StatementError(
            f"the parts of {account['booking_id']} come to {parts}, its balance is"
            f" {account['balance']}"
        )
    return DueOfBooking(
        now=account["due_now"],
        overdue=account["overdue"],
        interest=account["open_interest"],
        other=account["open_other"],
        not_due=account["not_due"],
        tds_awaited=account["open_tds"],
        unapplied_credit=account["unapplied_credit"],
        balance=account["balance"],
    )


def movements(account: Row, entries: Sequence[Row], period: Period) -> tuple[Movement, ...]:
    """The entries of the period, with the balance after each."""
    balance, found = opening(entries, period), []
    for row in entries:
        if row["ledger_date"] not in period:
            continue
        balance += _net(row)
        found.append(
            Movement(
                day=row["ledger_date"],
                kind=_kind(row),
                voucher=row["ledger_code"],
                particulars=row["description"],
                due=row["due_date"] if row["debit_amount"] else None,
                debit=row["debit_amount"] or _ZERO,
                credit=row["credit_amount"] or _ZERO,
                balance=balance,
            )
        )
    if balance != account["balance"]:
        raise StatementError(
            f"the ledger of {account['booking_id']} comes to {balance}, its published balance is"
            f" {account['balance']}"
        )
    return tuple(found)


def opening(entries: Sequence[Row], period: Period) -> Decimal:
    return sum((_net(row) for row in entries if row["ledger_date"] < period.first), _ZERO)


def rows_of(entries: Sequence[Row], instalments: Sequence[Row], period: Period) -> RowsOfPeriod:
    """The sums of the period by what entries were for."""
    moved = [row for row in entries if row["ledger_date"] in period]
    sums: dict[str, Decimal] = {}
    for row in moved:
        name = _row_of(row)
        sign = -1 if name in ("received", "tds") else 1
        sums[name] = sums.get(name, _ZERO) + sign * _net(row)
    names = ("invoices", "received", "tds", "other", *sorted(set(_PURPOSES.values())))
    start = opening(entries, period)
    return RowsOfPeriod(
        opening=start,
        gst=_gst([row for row in moved if _row_of(row) == "invoices"], instalments),
        closing=start + sum((_net(row) for row in moved), _ZERO),
        **{name: sums.get(name, _ZERO) for name in names},
    )


def _row_of(row: Row) -> str:
    """Money that came in is received, whatever it was for; all else goes by its purpose."""
    if row["purpose"] == "tds":
        return "tds"
    if row["transaction_type"] == "payment" and row["credit_amount"]:
        return "received"
    if row["purpose"] in _PURPOSES:
        return _PURPOSES[row["purpose"]]
    return "invoices" if row["transaction_type"] == "invoice" else "other"


def _gst(invoices: Sequence[Row], instalments: Sequence[Row]) -> Decimal | None:
    """Tax as the entry says it, else that of the instalment it demands; None if one says none."""
    tax = {(one["instalment_id"], one["total"]): one["tax_amount"] for one in instalments}
    found = [
        row["tax_amount"]
        if row["tax_amount"] is not None
        else tax.get((row["instalment_id"], row["debit_amount"]))
        for row in invoices
    ]
    known = [value for value in found if value is not None]
    return sum(known, _ZERO) if len(known) == len(found) else None


def plan_of(instalments: Sequence[Row]) -> tuple[PlanLine, ...]:
    """The plan in its order."""
    return tuple(
        _plan_line(row)
        for row in sorted(instalments, key=lambda r: (r["number"] or 0, r["instalment_id"]))
    )


def _plan_line(row: Row) -> PlanLine:
    when, what = _when(row)
    return PlanLine(
        number=row["number"],
        label=row["label"],
        total=row["total"],
        tds=row["tds_amount"],
        received=row["received_cash"] + row["received_tds"],
        open_cash=row["open_cash"],
        state=_STATES.get(row["state"], row["state"]),
        when=when,
        what=what,
        days_overdue=row["days_overdue"] or 0,
    )


def _when(row: Mapping[str, object]) -> tuple[date | None, str]:
    named = {
        "waived": ("waived_on", "waived on"),
        "unbilled": ("stage_completed_date", "complete since"),
        "planned": ("expected_date", "expected"),
    }
    column, what = named.get(str(row["state"]), ("due_date", "due"))
    day = row[column]
    if day is None and row["state"] == "planned":
        day, what = row["stage_planned_date"], "stage planned for"
    return (day if isinstance(day, date) else None), what


def _kind(row: Row) -> str:
    purpose = row["purpose"]
    plain = str(row["transaction_type"]).replace("_", " ").capitalize()
    if purpose == "tds":
        return "TDS certificate"
    return plain if purpose in (None, "instalment", "other") else f"{plain}, {purpose}"


def _net(row: Row) -> Decimal:
    return Decimal(row["debit_amount"] or 0) - Decimal(row["credit_amount"] or 0)
