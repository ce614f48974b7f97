"""The statement as data: the tables of its spreadsheet, and the ledger as CSV for the archive."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.reports.customer_statement.content import Line, Statement
from pipeline.reports.drawing.xlsx import Cell, Sheet, SheetColumn
from pipeline.reports.figures.ageing import BUCKETS

LEDGER_FILE = "ledger.csv"
_LEDGER = (
    SheetColumn("Date", "date"),
    SheetColumn("Type"),
    SheetColumn("Voucher"),
    SheetColumn("Reference"),
    SheetColumn("Particulars"),
    SheetColumn("Due", "date"),
    SheetColumn("Days overdue", "number"),
    SheetColumn("Debit", "money"),
    SheetColumn("Credit", "money"),
    SheetColumn("Balance", "money"),
    SheetColumn("Entered later, on", "date"),
)
# A spreadsheet that opens the CSV takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheets(content: Statement) -> Iterable[Sheet]:
    yield _summary(content)
    yield _ledger(content)
    yield _open_items(content)
    yield _allocation(content)


def attachments(content: Statement) -> Mapping[str, bytes]:
    """`ledger.csv`: opening balance, entries, closing balance; dates ISO, amounts with a point."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.title for column in _LEDGER])
    opening, closing = content.summary.opening, content.summary.closing
    writer.writerow(_edge(content.first, "Opening balance", opening))
    for line in content.lines:
        writer.writerow([_field(value) for value in _cells(line)])
    writer.writerow(_edge(content.last, "Closing balance", closing))
    return {LEDGER_FILE: text.getvalue().encode()}


def _summary(content: Statement) -> Sheet:
    s = content.summary
    return Sheet(
        "Statement",
        (SheetColumn("What"), SheetColumn("Amount", "money")),
        (
            (f"Opening balance, {content.first:%Y-%m-%d}", s.opening),
            ("Invoices", s.invoices),
            ("Debit notes", s.debit_notes),
            ("Refunds paid", s.refunds),
            ("Payments received", -s.payments),
            ("Credit notes", -s.credit_notes),
            ("TDS certificates", s.tds),
            ("Interest", s.interest),
            ("Forfeitures", s.forfeitures),
            ("Waived and withdrawn", s.waivers),
            ("Transfers", s.transfers),
            ("Adjustments", s.adjustments),
            (f"Closing balance, {content.last:%Y-%m-%d}", s.closing),
            ("Due now", content.due.amount),
            ("Overdue", s.overdue),
            ("Not yet due", s.not_due),
            *((f"Ageing: {title}", getattr(content.ageing, name)) for name, title in BUCKETS),
        ),
        note=f"Statement {content.number} of {content.customer.code}, {content.customer.name}."
        " Positive is what the customer owes.",
    )


def _ledger(content: Statement) -> Sheet:
    s = content.summary
    return Sheet(
        "Ledger",
        _LEDGER,
        [_cells(line) for line in content.lines],
        sums=(
            None,
            None,
            None,
            None,
            "Totals of the period",
            None,
            None,
            s.total_debit,
            s.total_credit,
            s.closing,
            None,
        ),
    )


def _open_items(content: Statement) -> Sheet:
    return Sheet(
        "Open items",
        (
            SheetColumn("Date", "date"),
            SheetColumn("Type"),
            SheetColumn("Voucher"),
            SheetColumn("Due", "date"),
            SheetColumn("Days overdue", "number"),
            SheetColumn("Original", "money"),
            SheetColumn("Open", "money"),
        ),
        [
            (i.day, _kind(i.kind), i.voucher, i.due, i.days_overdue, i.original, i.open)
            for i in content.open_items
        ],
        sums=("Total", None, None, None, None, None, content.ageing.total),
    )


def _allocation(content: Statement) -> Sheet:
    return Sheet(
        "Allocation",
        (
            SheetColumn("Date", "date"),
            SheetColumn("Type"),
            SheetColumn("Voucher"),
            SheetColumn("Set against"),
            SheetColumn("Amount", "money"),
            SheetColumn("Basis"),
        ),
        [
            (
                used.day,
                _kind(used.kind),
                used.voucher,
                part.voucher,
                part.amount,
                "as referenced" if used.method == "explicit" else "derived",
            )
            for used in content.settlements
            for part in used.parts
        ],
    )


def _cells(line: Line) -> Sequence[Cell]:
    return (
        line.day,
        _kind(line.kind),
        line.voucher,
        line.reference,
        line.particulars,
        line.due,
        line.days_overdue,
        line.debit or None,
        line.credit or None,
        line.balance,
        line.entered,
    )


def _edge(day: Any, what: str, balance: Any) -> list[str]:
    row = [""] * len(_LEDGER)
    row[0], row[1], row[9] = str(day), what, str(balance)
    return row


def _field(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value)


def _kind(name: str) -> str:
    return name.replace("_", " ").capitalize()
