"""Interest memos: one for each booking that ever bore interest or was billed some.

A memo bills nothing: what is not billed is owed under the agreement, and becomes part of a balance
when a debit note says so. The lines are the published ones, and must add up to the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pipeline.core.errors import MilepostError
from pipeline.reports.payload import Frozen, Money
from pipeline.reports.realty.bookings import OfBooking, Row, accounts, of_bookings
from pipeline.reports.realty.buyers import BookingHead, head_of
from pipeline.reports.report import Inputs, Key, ReportModule

_ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_WITH_INTEREST = "(a.interest_accrued <> 0 or a.interest_billed <> 0)"


class MemoError(MilepostError):
    """The lines are not what the account says; the message says by how much."""


class MemoLine(Frozen):
    """Days on which one amount was open at one rate."""

    label: str
    first: date
    last: date
    open_amount: Money
    rate_percent: Decimal
    days: int
    interest: Money
    dropped: bool


class InterestMemo(Frozen):
    """unbilled = accrued − dropped − billed; `gst`: on what is unbilled; None if not charged."""

    number: str
    head: BookingHead
    lines: tuple[MemoLine, ...]
    accrued: Money
    dropped: Money
    billed: Money
    paid: Money
    open: Money
    unbilled: Money
    gst: Money | None
    per_day: Money
    grace_days: int
    grace: str


class InterestMemos(ReportModule[InterestMemo]):
    """A memo for each booking."""

    schema = "interest_memo/1"
    content = InterestMemo

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, InterestMemo | MemoError]]:
        """A booking whose lines are not its account comes as the error, so that others go on."""
        found = accounts(inputs, _WITH_INTEREST)
        rows = of_bookings(inputs, [account["booking_id"] for _, account in found])
        for folder, account in found:
            try:
                yield (folder,), _memo(inputs, account, rows[account["booking_id"]])
            except MemoError as error:
                yield (folder,), error


def _memo(inputs: Inputs, account: Row, booking: OfBooking) -> InterestMemo:
    own = [row for row in booking.interest if row["customer_id"] == account["customer_id"]]
    instalments = {row["instalment_id"]: row for row in booking.instalments}
    lines = tuple(_line(row, instalments) for row in _in_order(own, instalments))
    accrued = sum((line.interest for line in lines), _ZERO)
    dropped = sum((line.interest for line in lines if line.dropped), _ZERO)
    said = (account["interest_accrued"], account["interest_dropped"])
    if (accrued, dropped) != said:
        raise MemoError(
            f"the interest of {account['booking_id']} adds up to {accrued}, {dropped} of it"
            f" dropped; published is {said[0]}, {said[1]} of it dropped"
        )
    rules, name = inputs.tenant.realty.interest, account["booking_code"] or account["booking_id"]
    unbilled = account["interest_unbilled"]
    charges_gst = rules.gst == "as_instalment"
    return InterestMemo(
        number=f"{inputs.tenant.id.upper()}/{name}/I/{inputs.envelope.as_of:%Y%m%d}",
        head=head_of(account, booking.parties),
        lines=lines,
        accrued=accrued,
        dropped=dropped,
        billed=account["interest_billed"],
        paid=account["interest_billed"] - account["open_interest"],
        open=account["open_interest"],
        unbilled=unbilled,
        gst=_gst(own, instalments, unbilled) if charges_gst else None,
        per_day=account["interest_per_day"],
        grace_days=rules.grace_days,
        grace=rules.grace,
    )


def _in_order(rows: Sequence[Row], instalments: Mapping[str, Row]) -> list[Row]:
    def place(row: Row) -> tuple[int, str, date]:
        number = instalments.get(row["instalment_id"], {}).get("number")
        return (number or 0, row["instalment_id"], row["from_date"])

    return sorted(rows, key=place)


def _line(row: Row, instalments: Mapping[str, Row]) -> MemoLine:
    instalment = instalments.get(row["instalment_id"], {})
    return MemoLine(
        label=instalment.get("label") or row["instalment_id"],
        first=row["from_date"],
        last=row["to_date"],
        open_amount=row["open_amount"],
        rate_percent=row["rate_percent"],
        days=row["days"],
        interest=row["interest"],
        dropped=row["is_dropped"],
    )


def _gst(rows: Sequence[Row], instalments: Mapping[str, Row], unbilled: Decimal) -> Decimal:
    """At the rate of the instalments that bear the interest, each in its share of it."""
    tax, base = Decimal(0), Decimal(0)
    for row in rows:
        instalment = instalments.get(row["instalment_id"])
        if instalment is None or row["is_dropped"] or not instalment["amount"]:
            continue
        base += row["interest"]
        tax += row["interest"] * (instalment["tax_amount"] or 0) / instalment["amount"]
    return (unbilled * tax / base).quantize(_CENT, ROUND_HALF_UP) if base else _ZERO
