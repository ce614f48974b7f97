"""A customer's account, added up: published rows in, the content of a statement out.

`assemble` is pure. It adds the account up itself and compares with what the models published; a
difference raises StatementError, so that a statement that does not tie is never rendered. Reading
the rows is `published_rows`'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from pipeline.core.calendar import Period
from pipeline.core.errors import MilepostError
from pipeline.reports.customer_statement.allocations import (
    Account,
    Row,
    days_overdue,
    open_items,
    proof,
    settlements,
)
from pipeline.reports.customer_statement.content import (
    AgeingTotal,
    BookingLine,
    Line,
    Party,
    Restated,
    Statement,
    Summary,
)
from pipeline.reports.customer_statement.due_now import due_now
from pipeline.reports.customer_statement.restated import closing_then, restated_lines
from pipeline.reports.customer_statement.summary import summarised
from pipeline.reports.figures.ageing import BUCKETS
from pipeline.reports.payload import canonical_json

_ZERO = Decimal("0.00")
_VERSION_DIGITS = 6


class StatementError(MilepostError):
    """The account does not tie; the message says where, and by how much."""


def assemble(tenant_id: str, account: Account, period: Period) -> Statement:
    """The statement of `period`, which ends with the published as-of day.

    Raises StatementError if opening + debits − credits, the published running balance, the
    published outstanding balance and the ageing do not all agree to the last digit.
    """
    party = _party(account.customer)
    if not account.summary:
        raise StatementError(f"{party.code} has ledger entries but no row in the ledger summary")
    effective = [row for row in account.entries if row["is_effective"]]
    opening = _sum_before(effective, period.first)
    closing = closing_then(account.entries, account.states, period)
    restated = tuple(restated_lines(account.states, period))
    lines = _lines(account, effective, period, opening)
    ageing = _ageing(account.summary)
    moved = [row for row in effective if row["ledger_date"] in period]
    summary = summarised(account.summary, moved, lines, opening, ageing)
    _check(party, account.summary, effective, summary, ageing)
    _check_chain(party, opening, closing, restated)
    content = Statement(
        number="",
        first=period.first,
        last=period.last,
        customer=party,
        bookings=tuple(_bookings(account.bookings)),
        summary=summary,
        due=due_now(account, ageing, period.last),
        lines=lines,
        ageing=ageing,
        open_items=tuple(open_items(account.open_items)),
        settlements=tuple(settlements(account, period)),
        proof=proof(account.entries, effective, period),
        last_closing=closing,
        restated=restated,
    )
    return content.model_copy(update={"number": _number(tenant_id, content)})


def mask_pan(pan: str | None) -> str | None:
    """ABCDE1234F as XXXXXX234F: the last four, as tax offices show it."""
    return None if not pan else "X" * max(0, len(pan) - 4) + pan[-4:]


def _number(tenant_id: str, content: Statement) -> str:
    """Tenant, customer, period, version. The version is a hash of what the statement says.

    So the same statement has the same number wherever and however often it is made, and one that
    says something else about the same period has another.
    """
    said = canonical_json(content.model_dump(mode="json"))
    version = hashlib.sha256(said).hexdigest()[:_VERSION_DIGITS].upper()
    period = f"{content.first:%Y%m%d}-{content.last:%Y%m%d}"
    return f"{tenant_id.upper()}/{content.customer.code}/{period}/{version}"


def _party(row: Row) -> Party:
    city = " ".join(part for part in (row["billing_city"], row["billing_zip"]) if part)
    place = ", ".join(filter(None, (city, row["billing_state"], row["billing_country"])))
    address = tuple(part for part in (row["billing_address"], place) if part)
    return Party(
        customer_id=row["customer_id"],
        code=row["customer_code"] or row["customer_id"],
        name=row["customer_name"],
        business_name=row["business_name"],
        address=address,
        contact_name=row["primary_contact_name"],
        email=row["primary_email"],
        phone=row["primary_phone"],
        gstin=row["gst_number"],
        pan_masked=mask_pan(row["pan_number"]),
        credit_days=row["credit_days"] or 0,
    )


def _bookings(rows: Sequence[Row]) -> list[BookingLine]:
    lines = [
        BookingLine(
            code=row["booking_code"],
            booked_on=row["booking_date"],
            units=row["units_booked"] or row["unit_count"],
            unit_type=row["unit_type"],
            status=row["status_asof"],
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.booked_on, line.code))


def _net(row: Row) -> Decimal:
    return Decimal(row["debit_amount"] or 0) - Decimal(row["credit_amount"] or 0)


def _sum_before(effective: Sequence[Row], first: date) -> Decimal:
    return sum((_net(row) for row in effective if row["ledger_date"] < first), _ZERO)


def _lines(
    account: Account, effective: Sequence[Row], period: Period, opening: Decimal
) -> tuple[Line, ...]:
    vouchers = {row["entry_id"]: row["ledger_code"] for row in account.entries}
    codes = {row["booking_id"]: row["booking_code"] for row in account.bookings}
    still_open = {row["entry_id"]: row for row in account.open_items}
    credit_days = timedelta(days=account.customer["credit_days"] or 0)
    lines, balance = [], opening
    for row in (row for row in effective if row["ledger_date"] in period):
        before, balance = balance, balance + _net(row)
        if balance != row["running_balance"]:
            raise StatementError(
                f"entry {row['ledger_code']} ({row['entry_id']}): its balance adds up to {balance},"
                f" published is {row['running_balance']}"
            )
        lines.append(
            Line(
                entry_id=row["entry_id"],
                day=row["ledger_date"],
                kind=row["transaction_type"],
                voucher=row["ledger_code"],
                reference=_reference(row, {**vouchers, **codes}),
                particulars=_particulars(row),
                due=_due(row, still_open.get(row["entry_id"]), credit_days),
                days_overdue=days_overdue(still_open.get(row["entry_id"])),
                debit=row["debit_amount"] or _ZERO,
                credit=row["credit_amount"] or _ZERO,
                before=before,
                balance=balance,
                entered=row["entered_date"] if row["is_back_dated"] else None,
            )
        )
    return tuple(lines)


def _reference(row: Row, names: Mapping[str, str]) -> str | None:
    """The code of the booking or entry referred to, where the reference is its id."""
    reference = row["reference_document_id"]
    return names.get(reference, reference) if reference else None


def _particulars(row: Row) -> str | None:
    parts = [row["description"], row["remarks"]]
    return " · ".join(dict.fromkeys(part for part in parts if part)) or None


def _due(row: Row, open_item: Row | None, credit_days: timedelta) -> date | None:
    if not row["debit_amount"]:
        return None
    if open_item and open_item["due_date"]:
        due: date = open_item["due_date"]
        return due
    fallback: date = row["due_date"] or row["ledger_date"] + credit_days
    return fallback


def _ageing(published: Row) -> AgeingTotal:
    amounts = {bucket: published[bucket] for bucket, _ in BUCKETS}
    return AgeingTotal(**amounts, total=sum(amounts.values(), _ZERO))


def _check(
    party: Party, published: Row, effective: Sequence[Row], summary: Summary, ageing: AgeingTotal
) -> None:
    s = summary
    by_type = (
        s.opening
        + s.invoices
        + s.debit_notes
        + s.refunds
        - s.payments
        - s.credit_notes
        + s.adjustments
        + (s.tds + s.interest + s.forfeitures + s.waivers + s.transfers)
    )
    figures = {
        "opening + debits − credits": s.opening + s.total_debit - s.total_credit,
        "opening and the totals by type": by_type,
        "the sum of all entries": sum((_net(row) for row in effective), _ZERO),
        "the published outstanding balance": published["outstanding_balance"],
        "the ageing": ageing.total,
    }
    wrong = [f"{name} is {value}" for name, value in figures.items() if value != s.closing]
    if wrong:
        raise StatementError(
            f"the account of {party.code} does not tie: the closing balance is {s.closing},"
            f" but {'; '.join(wrong)}"
        )


def _check_chain(
    party: Party, opening: Decimal, closing: Decimal, restated: Sequence[Restated]
) -> None:
    changed = sum((line.amount - line.was for line in restated), _ZERO)
    if closing + changed != opening:
        raise StatementError(
            f"the account of {party.code} does not chain: the last statement closed with {closing},"
            f" {changed} is restated, but the opening balance is {opening}"
        )
