"""Receivables: who owes what and since when, and to whom a statement goes.

The sums are those of the customers listed, and must be the published ones where nobody asked for a
part: a difference raises. A customer's credit stands beside the dues of others and is not set off
against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import MilepostError
from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
from pipeline.reports.figures.ageing import BUCKETS, Ageing
from pipeline.reports.payload import Frozen, Money, Payload
from pipeline.reports.report import Inputs, Key, ReportModule
from pipeline.reports.selection import BOOKINGS

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_ZERO = Decimal("0.00")

# Where accounts are kept by booking those say what is due: TDS deducted is no money.
_ACCOUNTS = """
    select v.*, c.primary_email, c.primary_phone, b.due_now,
        case when b.due_now is null then o.next_due else b.next_due end as next_due
    from v_customer_ledger_summary v
    left join customers c using (customer_id)
    left join (
        select customer_id, sum(due_now) as due_now, min(next_due_date) as next_due
        from booking_accounts group by customer_id
    ) b using (customer_id)
    left join (
        select customer_id, min(due_date) as next_due from ledger_open_items
        where open_amount > 0 and due_date >= $as_of group by customer_id
    ) o using (customer_id)
"""


class CustomerBalance(Frozen):
    """One customer with a balance. `email`: where the statement goes, None if nowhere."""

    code: str | None
    name: str | None
    phone: str | None
    email: str | None
    balance: Money
    overdue: Money
    due_now: Money
    next_due: date | None
    oldest_days: int | None
    ageing: Ageing
    last_payment_date: date | None
    last_payment_amount: Money | None


class OpenDebit(Frozen):
    """What is left of one invoice or debit note."""

    customer: str | None
    voucher: str
    day: date
    kind: str
    due: date | None
    days_overdue: int
    original: Money
    open: Money


class Receivables(Frozen):
    """`receivable` is the sum of positive balances, `credits` of negative ones (as a positive
    amount), `closing` both together; accounts with the most overdue first.
    """

    narrowed: tuple[str, ...]
    receivable: Money
    credits: Money
    closing: Money
    overdue: Money
    due_now: Money
    ageing: Ageing
    owing: int
    without_email: int
    accounts: tuple[CustomerBalance, ...]
    open_debits: tuple[OpenDebit, ...]


class ReceivablesList(ReportModule[Receivables]):
    """One list per tenant, of the whole or of a part."""

    schema = "receivables/1"
    content = Receivables

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Receivables]]:
        condition, values = inputs.asked.selection.where()
        chosen = (
            f"customer_id in (select customer_id from {BOOKINGS} where is_gross and {condition})"  # noqa: S608
            if values
            else "true"
        )
        accounts = inputs.published.rows(
            f"{_ACCOUNTS} where outstanding_balance <> 0 and {chosen}",
            {**values, "as_of": inputs.envelope.as_of},
        )
        debits = inputs.published.rows(
            "select o.*, v.customer_name from ledger_open_items o"  # noqa: S608
            " left join v_customer_ledger_summary v using (customer_id)"
            f" where open_amount > 0 and {chosen} order by due_date, ledger_code, entry_id",
            values,
        )
        content = _content(
            inputs.asked.selection.described(),
            sorted(map(_account, accounts), key=_urgency),
            tuple(map(_open_debit, debits)),
        )
        if not values:
            _check(content, inputs.published)
        yield (), content

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        buckets = [SheetColumn(title, "money") for _, title in BUCKETS]
        yield Sheet(
            "Customers",
            (
                SheetColumn("Customer"),
                SheetColumn("Name"),
                SheetColumn("Phone"),
                SheetColumn("Statement to"),
                SheetColumn("Balance", "money"),
                SheetColumn("Overdue", "money"),
                SheetColumn("Due now", "money"),
                SheetColumn("Next due on", "date"),
                SheetColumn("Oldest, days", "number"),
                *buckets,
                SheetColumn("Last payment on", "date"),
                SheetColumn("Last payment", "money"),
            ),
            [
                (
                    one.code,
                    one.name,
                    one.phone,
                    one.email,
                    one.balance,
                    one.overdue,
                    one.due_now,
                    one.next_due,
                    one.oldest_days,
                    *one.ageing.model_dump().values(),
                    one.last_payment_date,
                    one.last_payment_amount,
                )
                for one in content.accounts
            ],
            sums=(
                "Total",
                None,
                None,
                None,
                content.closing,
                content.overdue,
                content.due_now,
                None,
                None,
                *content.ageing.model_dump().values(),
                None,
                None,
            ),
            note="Positive is what the customer owes. " + " · ".join(content.narrowed),
        )
        yield Sheet(
            "Open debits",
            (
                SheetColumn("Due", "date"),
                SheetColumn("Days overdue", "number"),
                SheetColumn("Customer"),
                SheetColumn("Voucher"),
                SheetColumn("Dated", "date"),
                SheetColumn("Type"),
                SheetColumn("Original", "money"),
                SheetColumn("Open", "money"),
            ),
            [
                (
                    one.due,
                    one.days_overdue,
                    one.customer,
                    one.voucher,
                    one.day,
                    one.kind.replace("_", " ").capitalize(),
                    one.original,
                    one.open,
                )
                for one in content.open_debits
            ],
        )


def _account(row: dict[str, Any]) -> CustomerBalance:
    ageing = Ageing(**{name: row[name] for name, _ in BUCKETS})
    return CustomerBalance(
        code=row["customer_code"],
        name=row["customer_name"],
        phone=row["primary_phone"],
        email=row["primary_email"],
        balance=row["outstanding_balance"],
        overdue=ageing.overdue,
        due_now=ageing.overdue if row["due_now"] is None else row["due_now"],
        next_due=row["next_due"],
        oldest_days=row["oldest_days_overdue"] or None,
        ageing=ageing,
        last_payment_date=row["last_payment_date"],
        last_payment_amount=row["last_payment_amount"],
    )


def _open_debit(row: dict[str, Any]) -> OpenDebit:
    return OpenDebit(
        customer=row["customer_name"],
        voucher=row["ledger_code"],
        day=row["ledger_date"],
        kind=row["transaction_type"],
        due=row["due_date"],
        days_overdue=max(0, row["days_overdue"] or 0),
        original=row["original_amount"],
        open=row["open_amount"],
    )


def _urgency(account: CustomerBalance) -> tuple[Any, ...]:
    return (-account.due_now, -account.balance, account.name or "", account.code or "")


def _content(
    narrowed: tuple[str, ...], accounts: Sequence[CustomerBalance], debits: tuple[OpenDebit, ...]
) -> Receivables:
    balances = [account.balance for account in accounts]
    owing = [account for account in accounts if account.balance > 0]
    ageing = {
        name: sum((getattr(account.ageing, name) for account in accounts), _ZERO)
        for name, _ in BUCKETS
    }
    return Receivables(
        narrowed=narrowed,
        receivable=sum((balance for balance in balances if balance > 0), _ZERO),
        credits=-sum((balance for balance in balances if balance < 0), _ZERO),
        closing=sum(balances, _ZERO),
        overdue=sum((account.overdue for account in accounts), _ZERO),
        due_now=sum((account.due_now for account in accounts), _ZERO),
        ageing=Ageing(**ageing),
        owing=len(owing),
        without_email=sum(not account.email for account in owing),
        accounts=tuple(accounts),
        open_debits=debits,
    )


def _check(content: Receivables, published: Published) -> None:
    """MilepostError unless the customers add up to what the models published."""
    (row,) = published.rows("select * from receivables")
    wanted = {
        "receivable": (content.receivable, row["receivable"]),
        "credits": (content.credits, abs(row["customer_credits"])),
        "closing": (content.closing, row["closing"]),
        **{name: (getattr(content.ageing, name), row[name]) for name, _ in BUCKETS},
    }
    wrong = [
        f"{name}: {ours} against {theirs}"
        for name, (ours, theirs) in wanted.items()
        if ours != theirs
    ]
    if wrong:
        raise MilepostError(f"the customers' balances are not the published {'; '.join(wrong)}")
