"""The customer statement: reads a tenant's published accounts, a chunk of customers at a time.

Every customer with an effective ledger entry or a balance gets one, whether or not anything moved
in the period. The period ends with the as-of day; it is the fiscal year to date unless the tenant
file says `month`, `quarter` or `all`. What a statement says is `content`'s,
how an account is added up `account`'s.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import Any

from pipeline.core import calendar
from pipeline.core.calendar import Period
from pipeline.core.errors import ConfigError
from pipeline.reports.customer_statement import files
from pipeline.reports.customer_statement.account import StatementError, assemble
from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.customer_statement.published_rows import Due, accounts_due, read_accounts
from pipeline.reports.drawing.formats import Formats, formats
from pipeline.reports.drawing.xlsx import Sheet
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs, Key, ReportModule

# Of how many customers the rows are read at once: first few, so that the workers can begin.
_FIRST, _CHUNK = 20, 500
_DEFAULT_PERIOD = "fiscal_year"


class CustomerStatement(ReportModule[Statement]):
    """A statement for each customer with an entry or a balance."""

    schema = "customer_statement/1"
    content = Statement

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Statement | StatementError]]:
        """Folder key and statement of each customer, or of the one asked for (by id or code) alone;
        but not of those that `inputs.keeps`.

        An account that does not tie comes as its StatementError, so that the others go on.
        ConfigError if the customer asked for has no account.
        """
        accounts = accounts_due(inputs.published)
        folders = _folders(accounts)
        wanted = (
            one
            for one in _wanted(accounts, inputs.asked.customer)
            if not inputs.keeps((folders[one.customer_id],), one.digest)
        )
        sizes = chain([_FIRST], repeat(_CHUNK))
        while chunk := list(islice(wanted, next(sizes))):
            for due, account in zip(chunk, read_accounts(inputs.published, chunk), strict=True):
                period = statement_period(inputs, due.first_date)
                yield (folders[due.customer_id],), _attempt(inputs.tenant.id, account, period)

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Widths of the money columns, in millimetres: as wide as this account's amounts need; and
        the part of the rows to show, which is all of them unless the PDF is a long one.
        """
        content = self._said(payload)
        rows = len(content.lines) + len(content.open_items) + len(content.settlements)
        return {
            "part": {"start": 0, "stop": rows, "rows": rows, "whole": True, "numbers": 0},
            "widths": _column_widths(
                content, formats(payload.envelope.locale, payload.envelope.currency)
            ),
        }

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        return files.sheets(self._said(payload))

    def attachments(self, payload: Payload) -> Mapping[str, bytes]:
        """`ledger.csv`."""
        return files.attachments(self._said(payload))


def statement_period(inputs: Inputs, first_entry: date | None) -> Period:
    """The days asked for, else the period that the tenant's configuration asks for; it ends with
    the as-of day, because what is open and overdue is known for that day alone.
    """
    usual = _usual_period(inputs, first_entry)
    period = inputs.asked.selection.period(usual)
    if period.last != usual.last:
        raise ConfigError(
            f"a statement ends with the as-of day, {usual.last}, not {period.last}:"
            f" ask for it as of {period.last}"
        )
    return period


def _usual_period(inputs: Inputs, first_entry: date | None) -> Period:
    configured = inputs.tenant.reports.get("customer_statement")
    kind = (configured.period if configured else None) or _DEFAULT_PERIOD
    as_of, start = inputs.envelope.as_of, inputs.tenant.fiscal_year_start
    if kind == "all":
        return Period(min(first_entry or as_of, as_of), as_of)
    if kind == "month":
        return calendar.month_to_date(as_of)
    if kind == "quarter":
        return Period(calendar.fiscal_quarter(as_of, start).first, as_of)
    return calendar.fiscal_year_to_date(as_of, start)


def _wanted(accounts: Sequence[Due], customer: str | None) -> Sequence[Due]:
    if customer is None:
        return accounts
    found = [one for one in accounts if customer in (one.customer_id, one.customer_code)]
    if not found:
        raise ConfigError(f"no customer {customer!r} with a ledger entry or a balance")
    return found


def _attempt(tenant_id: str, account: Account, period: Period) -> Statement | StatementError:
    try:
        return assemble(tenant_id, account, period)
    except StatementError as error:
        return error


def _folders(accounts: Sequence[Due]) -> dict[str, str]:
    """A folder name per customer: its code, made safe; told apart by a hash where two are alike."""
    slugs = {one.customer_id: _slug(one.name) for one in accounts}
    count = Counter(slugs.values())
    folders = {}
    for one in accounts:
        slug = slugs[one.customer_id]
        if count[slug] > 1 or slug != one.name.lower():
            digest = hashlib.sha256(one.customer_id.encode()).hexdigest()[:8]
            slug = f"{slug}-{digest}".lstrip("-")
        folders[one.customer_id] = slug
    return folders


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower())[:60].strip("-")


# At 8 pt: a tabular figure (separators are half of it), an average letter of a code.
_FIGURE_MM, _LETTER_MM, _PADDING_MM = 1.42, 1.45, 2.6
# The page's measure less the columns of fixed width in customer_statement.css.
_ROOM_MM = 182 - 57
_PARTICULARS_MM = (18, 45)
_VOUCHER_MM = (26, 34)


def _column_widths(content: Statement, values: Formats) -> dict[str, float]:
    """Millimetres of the ledger's columns by content; what is left is for the particulars.

    Long codes get more than their share only where the particulars are short.
    """
    lines, summary = content.lines, content.summary
    debits = [line.debit for line in lines] + [summary.total_debit]
    credits = [line.credit for line in lines] + [summary.total_credit]
    balances = [line.balance for line in lines] + [summary.opening]

    def money(amounts: Sequence[Decimal]) -> float:
        longest = max(_figures(values.amount(abs(amount))) for amount in amounts)
        return round(max(17, longest * _FIGURE_MM + _PADDING_MM), 1)

    def text(texts: Sequence[str | None]) -> float:
        return max((len(each or "") for each in texts), default=0) * _LETTER_MM + _PADDING_MM

    widths = {"debit": money(debits), "credit": money(credits), "balance": money(balances)}
    room = _ROOM_MM - sum(widths.values())
    particulars = _between(text([line.particulars for line in lines]), *_PARTICULARS_MM)
    codes = text([code for line in lines for code in (line.voucher, line.reference)])
    least, usual = _VOUCHER_MM
    widths["voucher"] = round(_between(codes, least, max(usual, room - particulars)), 1)
    return widths


def _between(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))


def _figures(text: str) -> float:
    return sum(1.0 if char.isdigit() else 0.5 for char in text)
