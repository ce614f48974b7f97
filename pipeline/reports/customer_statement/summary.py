"""The statement's summary: what moved in the period, by type of entry or by what it was for.

An entry's purpose stands before its type where the source says one: a TDS certificate is no
adjustment, a refund no payment received. Money that came in stays a payment, whatever it was for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pipeline.reports.customer_statement.allocations import Row
from pipeline.reports.customer_statement.content import Line, Summary
from pipeline.reports.figures.ageing import Ageing

_ZERO = Decimal("0.00")
_ROWS: Mapping[str, str] = {
    "tds": "tds",
    "interest": "interest",
    "forfeiture": "forfeitures",
    "waiver": "waivers",
    "withdrawal": "waivers",
    "transfer": "transfers",
}


def summarised(
    published: Row, rows: Sequence[Row], lines: Sequence[Line], opening: Decimal, ageing: Ageing
) -> Summary:
    """`rows`: the entries that `lines` were made of, in their order."""
    by_row: dict[str, Decimal] = {}
    for row, line in zip(rows, lines, strict=True):
        name, sign = _row_of(row.get("purpose"), line)
        by_row[name] = by_row.get(name, _ZERO) + sign * (line.debit - line.credit)
    return Summary(
        opening=opening,
        **{name: by_row.get(name, _ZERO) for name in _NAMES},
        closing=lines[-1].balance if lines else opening,
        total_debit=sum((line.debit for line in lines), _ZERO),
        total_credit=sum((line.credit for line in lines), _ZERO),
        overdue=ageing.overdue,
        not_due=ageing.not_due,
        unapplied_credit=ageing.unapplied_credit,
        last_payment_date=published["last_payment_date"],
        last_payment_amount=published["last_payment_amount"],
    )


_NAMES = (
    *("invoices", "debit_notes", "refunds", "payments", "credit_notes", "adjustments"),
    *sorted(set(_ROWS.values())),
)


def _row_of(purpose: str | None, line: Line) -> tuple[str, int]:
    """The row that the line counts in, and whether that counts debits (1) or credits (-1)."""
    if purpose == "tds":
        return "tds", 1
    if purpose == "refund" and line.debit:
        return "refunds", 1
    if line.kind == "payment":
        return ("refunds", 1) if line.debit else ("payments", -1)
    if purpose is not None and purpose in _ROWS:
        return _ROWS[purpose], 1
    return {
        "invoice": ("invoices", 1),
        "debit_note": ("debit_notes", 1),
        "credit_note": ("credit_notes", -1),
        "adjustment": ("adjustments", 1),
    }[line.kind]
