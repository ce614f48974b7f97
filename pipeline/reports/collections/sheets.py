"""The spreadsheet of the collections report: every list whole, a sheet each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pipeline.reports.collections.content import Collections, OfFlat
from pipeline.reports.drawing.xlsx import Cell, Kind, Sheet, SheetColumn
from pipeline.reports.payload import Frozen

_FLAT: tuple[tuple[str, Kind, str], ...] = (
    ("Unit", "text", "unit"),
    ("Tower", "text", "tower"),
    ("Project", "text", "project"),
    ("Booking", "text", "booking"),
    ("Customer", "text", "customer"),
    ("Phone", "text", "phone"),
    ("Owner", "text", "owner"),
)
_OVERDUE: tuple[tuple[str, Kind, str], ...] = (
    ("Instalment", "text", "label"),
    ("Stage", "text", "stage"),
    ("Due", "date", "due"),
    ("Days overdue", "number", "days"),
    ("Open", "money", "open_cash"),
    ("Interest", "money", "interest"),
    ("Interest a day", "money", "interest_per_day"),
    ("Reminder", "text", "reminder"),
    ("Reminder due today", "flag", "reminder_due"),
    ("Last payment on", "date", "last_payment_date"),
    ("Last payment", "money", "last_payment_amount"),
)
_FALLING_DUE: tuple[tuple[str, Kind, str], ...] = (
    ("Instalment", "text", "label"),
    ("Due", "date", "due"),
    ("Open", "money", "open_cash"),
)
_CERTIFICATES: tuple[tuple[str, Kind, str], ...] = (
    ("Instalment", "text", "label"),
    ("Paid on", "date", "paid_on"),
    ("TDS awaited", "money", "awaited"),
    ("Certificate", "text", "certificate"),
    ("Due", "date", "certificate_due"),
    ("Days overdue", "number", "days"),
)
_MILESTONES: tuple[tuple[str, Kind, str], ...] = (
    ("Project", "text", "project"),
    ("Tower", "text", "tower"),
    ("Stage", "text", "stage"),
    ("Certified on", "date", "certified_on"),
    ("Days since", "number", "days"),
    ("Instalments", "number", "instalments"),
    ("Total", "money", "total"),
)
_REFUNDS: tuple[tuple[str, Kind, str], ...] = (
    ("Cancelled on", "date", "cancelled_on"),
    ("Refund due", "money", "refund_due"),
    ("Paid", "money", "paid"),
    ("Open", "money", "open"),
    ("Days", "number", "days"),
)
_INTEREST: tuple[tuple[str, Kind, str], ...] = (
    ("Billed, not paid", "money", "open"),
    ("Accrued, not billed", "money", "unbilled"),
    ("A day more", "money", "per_day"),
)


def sheets(content: Collections) -> Iterator[Sheet]:
    received = content.received
    note = None if content.plans else "The source does not deliver the entity instalments."
    yield Sheet(
        "Received",
        (SheetColumn("Received"), SheetColumn("Cash", "money"), SheetColumn("TDS", "money")),
        [
            ("On the day", received.cash_today, received.tds_today),
            ("Month to date", received.cash_month, received.tds_month),
        ],
        note=note,
    )
    yield _sheet("Overdue", (*_FLAT, *_OVERDUE), content.overdue)
    yield _sheet("Falling due in 7 days", (*_FLAT, *_FALLING_DUE), content.falling_due)
    yield _sheet("TDS certificates overdue", (*_FLAT, *_CERTIFICATES), content.certificates)
    yield _sheet("Milestones to bill", _MILESTONES, content.milestones)
    yield _sheet("Refunds open", (*_FLAT, *_REFUNDS), content.refunds)
    yield _sheet("Interest", (*_FLAT, *_INTEREST), content.interest)


def _sheet(
    name: str, columns: Sequence[tuple[str, Kind, str]], rows: Sequence[Frozen | OfFlat]
) -> Sheet:
    """With the sums of its amounts, where there are rows."""
    sums: list[Cell] = [
        sum((getattr(row, field) or Decimal(0) for row in rows), Decimal(0))
        if kind == "money" and field != "last_payment_amount"
        else None
        for _, kind, field in columns
    ]
    return Sheet(
        name,
        [SheetColumn(title, kind) for title, kind, _ in columns],
        [[getattr(row, field) for _, _, field in columns] for row in rows],
        sums=["Total", *sums[1:]] if rows else None,
    )
