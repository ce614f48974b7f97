"""Customer accounts as the models would publish them, made from a plain list of movements.

Balances, open items, allocation and ageing are worked out here in the simplest way (oldest due
first), independently of the SQL, so that the statement's own sums have something right to agree
with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.figures.ageing import Ageing
from pipeline.reports.payload import (
    Branding,
    BrandingBank,
    BrandingContact,
    Envelope,
    SourceFreshness,
)

AS_OF = date(2025, 9, 18)
ZERO = Decimal("0.00")
DEBITS = ("invoice", "debit_note")


@dataclass(frozen=True)
class Move:
    """One ledger entry; `amount` on the side that its kind has, negative for the other one."""

    day: date
    kind: str
    amount: Decimal
    text: str | None = None
    due: date | None = None
    entered: date | None = None
    effective: bool = True
    reference: str | None = None
    stored: Decimal | None = None


def envelope(**changes: Any) -> Envelope:
    """Skyline Homes as of 18 September 2025, with `changes`."""
    values: dict[str, Any] = {
        "tenant_id": "skyline",
        "branding": Branding(
            name="Skyline Homes",
            legal_name="Skyline Homes Private Limited",
            address=("14 Residency Road", "Bengaluru 560025"),
            gstin="29ABCDE1234F1Z5",
            pan="ABCDE1234F",
            color="#0b5fa5",
            bank=BrandingBank(
                account_name="Skyline Homes Private Limited",
                account_number="0012 3456 7890",
                bank="Karnataka Bank",
                branch="Residency Road",
                ifsc="KARB0000012",
                upi="skyline@karbank",
            ),
            contact=BrandingContact(
                name="Accounts", email="accounts@skyline.example", phone="+91 80 4000 1234"
            ),
        ),
        "as_of": AS_OF,
        "timezone": "Asia/Kolkata",
        "locale": "en_IN",
        "currency": "INR",
        "build_id": "20250919T003000-1a2b3c",
        "freshness": (
            SourceFreshness(
                entity="ledger_entries",
                source_name="inbox",
                last_ingested_at=datetime(2025, 9, 19, 0, 5, tzinfo=UTC),
                rows=3,
            ),
        ),
    }
    return Envelope(**{**values, **changes})


def customer(**changes: Any) -> dict[str, Any]:
    values = {
        "tenant_id": "skyline",
        "customer_id": "c-17",
        "customer_code": "C-0017",
        "customer_name": "Meera Krishnan",
        "business_name": None,
        "primary_contact_name": "Meera Krishnan",
        "primary_email": "meera@example.org",
        "primary_phone": "+91 98450 12345",
        "billing_address": "7, 3rd Cross, Malleshwaram",
        "billing_city": "Bengaluru",
        "billing_state": "Karnataka",
        "billing_country": "India",
        "billing_zip": "560003",
        "pan_number": "BNZPK4321L",
        "gst_number": None,
        "credit_days": 15,
        "current_balance": None,
    }
    return {**values, **changes}


def booking(code: str = "BK-0042", customer_id: str = "c-17", **changes: Any) -> dict[str, Any]:
    values = {
        "tenant_id": "skyline",
        "customer_id": customer_id,
        "booking_id": f"id-{code}",
        "booking_code": code,
        "booking_date": date(2025, 4, 11),
        "unit_type": "3 BHK",
        "unit_count": 1,
        "units_booked": 1,
        "status_asof": "confirmed",
    }
    return {**values, **changes}


def account(
    moves: Sequence[Move],
    *,
    of: dict[str, Any] | None = None,
    bookings: Sequence[dict[str, Any]] = (),
    as_of: date = AS_OF,
) -> Account:
    """The account of customer `of` after `moves`, in their order."""
    who = of or customer()
    entries = _entries(moves, who)
    open_items, allocations = _settle(entries, who, as_of)
    return Account(
        customer=who,
        entries=entries,
        open_items=open_items,
        allocations=allocations,
        bookings=list(bookings),
        summary=_summary(entries, open_items, who),
        states=_states(entries),
    )


def _states(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of entries that came late: from when on each was known."""
    return [
        {
            "tenant_id": row["tenant_id"],
            "entry_id": row["entry_id"],
            "customer_id": row["customer_id"],
            "state_number": 1,
            "known_on": row["entered_date"],
            "ledger_code": row["ledger_code"],
            "ledger_date": row["ledger_date"],
            "transaction_type": row["transaction_type"],
            "state": "active",
            "movement": row["debit_amount"] - row["credit_amount"],
        }
        for row in entries
        if row["is_back_dated"] and row["is_effective"]
    ]


def _entries(moves: Sequence[Move], who: dict[str, Any]) -> list[dict[str, Any]]:
    balance, order, entries = ZERO, 0, []
    for number, move in enumerate(moves, 1):
        is_debit = (move.kind in DEBITS or move.kind == "adjustment") == (move.amount >= 0)
        debit, credit = (abs(move.amount), ZERO) if is_debit else (ZERO, abs(move.amount))
        if move.effective:
            balance, order = balance + debit - credit, order + 1
        entries.append(
            {
                "tenant_id": who["tenant_id"],
                "entry_id": f"{who['customer_id']}-{number}",
                "customer_id": who["customer_id"],
                "ledger_code": f"{move.kind[:3].upper()}-{number:04d}",
                "ledger_date": move.day,
                "transaction_type": move.kind,
                "reference_document_type": "booking",
                "reference_document_id": move.reference,
                "debit_amount": debit,
                "credit_amount": credit,
                "running_balance": balance if move.effective else None,
                "balance_after": move.stored if move.stored is not None else balance,
                "due_date": move.due,
                "description": move.text,
                "remarks": None,
                "entered_date": move.entered or move.day,
                "is_effective": move.effective,
                "exclusion_reason": None if move.effective else "reversed",
                "is_back_dated": move.entered is not None,
                "entry_order": order if move.effective else None,
                "purpose": None,
            }
        )
    return entries


def _settle(
    entries: Sequence[dict[str, Any]], who: dict[str, Any], as_of: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Credits against debits, oldest due first, as `derived` allocations."""
    effective = [row for row in entries if row["is_effective"]]
    debits = [_item(row, who, as_of) for row in effective if row["debit_amount"] > 0]
    credits = [_item(row, who, as_of) for row in effective if row["credit_amount"] > 0]
    debits.sort(key=lambda item: (item["due_date"], item["ledger_date"], item["entry_id"]))
    allocations = []
    for credit in credits:
        for debit in debits:
            amount = min(-credit["open_amount"], debit["open_amount"])
            if amount > 0:
                credit["open_amount"] += amount
                debit["open_amount"] -= amount
                allocations.append(
                    {
                        "tenant_id": who["tenant_id"],
                        "customer_id": who["customer_id"],
                        "credit_entry_id": credit["entry_id"],
                        "debit_entry_id": debit["entry_id"],
                        "amount": amount,
                        "method": "derived",
                    }
                )
    return debits + credits, allocations


def _item(row: dict[str, Any], who: dict[str, Any], as_of: date) -> dict[str, Any]:
    is_debit = row["debit_amount"] > 0
    due = row["due_date"] or row["ledger_date"] + timedelta(days=who["credit_days"])
    overdue = max(0, (as_of - due).days)
    return {
        "tenant_id": who["tenant_id"],
        "customer_id": who["customer_id"],
        "entry_id": row["entry_id"],
        "ledger_code": row["ledger_code"],
        "ledger_date": row["ledger_date"],
        "due_date": due if is_debit else None,
        "transaction_type": row["transaction_type"],
        "original_amount": row["debit_amount"] if is_debit else -row["credit_amount"],
        "allocated_amount": ZERO,
        "open_amount": row["debit_amount"] if is_debit else -row["credit_amount"],
        "days_overdue": overdue if is_debit else None,
        "ageing_bucket": _bucket(overdue) if is_debit else "unapplied_credit",
    }


def _bucket(overdue: int) -> str:
    for days, name in zip((0, 30, 60, 90, 120), Ageing.model_fields, strict=False):
        if overdue <= days:
            return name
    return "days_over_120"


def _summary(
    entries: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]], who: dict[str, Any]
) -> dict[str, Any]:
    buckets = dict.fromkeys(Ageing.model_fields, ZERO)
    for item in items:
        buckets[item["ageing_bucket"]] += item["open_amount"]
    payments = [r for r in entries if r["is_effective"] and r["transaction_type"] == "payment"]
    last = max(payments, key=lambda row: row["ledger_date"], default=None)
    return {
        "tenant_id": who["tenant_id"],
        "customer_id": who["customer_id"],
        "customer_code": who["customer_code"],
        "customer_name": who["customer_name"],
        "outstanding_balance": sum(buckets.values(), ZERO),
        **buckets,
        "last_payment_date": last["ledger_date"] if last else None,
        "last_payment_amount": last["credit_amount"] if last else None,
    }


def tables(*accounts: Account) -> dict[str, list[dict[str, Any]]]:
    """The published tables that hold these accounts."""
    return {
        "customers": [dict(each.customer) for each in accounts],
        "bookings": [dict(row) for each in accounts for row in each.bookings],
        "ledger_entries": [dict(row) for each in accounts for row in each.entries],
        "ledger_entry_states": [dict(row) for each in accounts for row in each.states],
        "ledger_open_items": [
            dict(row) for each in accounts for row in each.open_items if row["open_amount"]
        ],
        "ledger_allocations": [dict(row) for each in accounts for row in each.allocations],
        "v_customer_ledger_summary": [dict(each.summary) for each in accounts],
        "booking_accounts": [],
        "source_freshness": [],
    }
