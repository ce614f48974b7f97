"""What customers owe, for the dashboard: the seven ageing buckets and who is in them.

The buckets add up to the closing balance to the paisa; customers' credits stand beside the dues
and are not set off against them. The full document for finance is another report.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.reports.figures.ageing import BUCKETS
from pipeline.reports.figures.changes import Figure, Listing, figure
from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_LISTED = 50


class Bucket(Frozen):
    name: str
    title: str
    amount: Money


class CustomerDues(Frozen):
    """One customer. `overdue`: the five buckets past due; `beyond_90` the last two of them."""

    code: str | None
    name: str
    balance: Money
    not_due: Money
    overdue: Money
    beyond_90: Money
    credit: Money
    last_payment_date: date | None
    last_payment_amount: Money | None


class ReceivableDues(Frozen):
    """`collected_mtd`: receipts of the month to date over what was overdue when it began or fell
    due in it (`to_collect_mtd`).
    """

    receivable: Money
    credits: Money
    closing: Money
    overdue: Money
    customers_with_dues: int
    invoiced: Money
    paid: Money
    collected: Figure
    receipts_mtd: Money
    to_collect_mtd: Money
    collected_mtd: Figure
    buckets: tuple[Bucket, ...]
    customers: Listing[CustomerDues]


def read_dues(published: Published) -> ReceivableDues | None:
    """None where the tenant has no ledger at all."""
    rows = published.rows("SELECT * FROM receivables")
    if not rows or not (rows[0]["invoiced"] or rows[0]["paid"] or rows[0]["closing"]):
        return None
    row = rows[0]
    to_collect = row["overdue_at_month_start"] + row["falling_due_mtd"]
    return ReceivableDues(
        receivable=row["receivable"],
        credits=row["customer_credits"],
        closing=row["closing"],
        overdue=row["overdue_total"],
        customers_with_dues=row["customers_with_dues"],
        invoiced=row["invoiced"],
        paid=row["paid"],
        collected=_of_percent(row["collection_pct"], row["invoiced"]),
        receipts_mtd=row["receipts_mtd"],
        to_collect_mtd=to_collect,
        collected_mtd=_of_percent(row["collection_efficiency_pct"], to_collect),
        buckets=tuple(Bucket(name=n, title=title, amount=row[n]) for n, title in BUCKETS),
        customers=_customers(published),
    )


def _of_percent(percentage: float | None, whole: Decimal) -> Figure:
    rate = None if percentage is None else percentage / 100
    return figure("rate", rate, defined=bool(whole))


def _customers(published: Published) -> Listing[CustomerDues]:
    """Who owes anything, the most overdue first."""
    rows: list[dict[str, Any]] = published.rows(
        "SELECT customer_code AS code, customer_name AS name, outstanding_balance AS balance,"
        " not_due, days_1_30 + days_31_60 + days_61_90 + days_91_120 + days_over_120 AS overdue,"
        " days_91_120 + days_over_120 AS beyond_90, unapplied_credit AS credit,"
        " last_payment_date, last_payment_amount FROM v_customer_ledger_summary"
        " WHERE outstanding_balance > 0"
        " ORDER BY overdue DESC, balance DESC, customer_name, customer_id LIMIT $limit",
        {"limit": _LISTED},
    )
    total = published.rows(
        "SELECT count(*) AS n FROM v_customer_ledger_summary WHERE outstanding_balance > 0"
    )[0]["n"]
    return Listing[CustomerDues](
        rows=tuple(CustomerDues.model_validate(row) for row in rows), total=total
    )
