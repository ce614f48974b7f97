"""The collections report: the mail that a collections desk begins its day with.

It says in words what came in, what is overdue and what to do today; the mail lists the first of
each, the spreadsheet all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pipeline.reports.collections.content import Collections
from pipeline.reports.collections.reading import CollectionLists
from pipeline.reports.collections.sheets import sheets
from pipeline.reports.drawing.formats import Formats, formats
from pipeline.reports.drawing.inlining import mail_html, mail_text
from pipeline.reports.drawing.xlsx import Sheet
from pipeline.reports.freshness import sources
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs, Key, ReportModule

_ZERO = Decimal("0.00")


class CollectionsReport(ReportModule[Collections]):
    """One mail per tenant and day, of the whole or of one project or owner."""

    schema = "collections/1"
    content = Collections

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Collections]]:
        lists, envelope = CollectionLists(inputs), inputs.envelope
        f = formats(envelope.locale, envelope.currency)
        parts: dict[str, Any] = {
            "received": lists.received(),
            "falling_due": lists.falling_due(),
            "overdue": lists.overdue(),
            "certificates": lists.certificates(),
            "milestones": lists.milestones(),
            "refunds": lists.refunds(),
            "interest": lists.interest(),
        }
        overdue = parts["overdue"]
        parts["overdue_total"] = sum((one.open_cash for one in overdue), _ZERO)
        parts["overdue_bookings"] = len({one.booking for one in overdue})
        plans = lists.has_plans()
        content = Collections(
            **parts,
            narrowed=inputs.asked.selection.described(),
            plans=plans,
            quiet=not any(parts[name] for name in _LISTS) and not parts["received"].cash_today,
            subject=_subject(parts, plans, f, envelope.as_of),
            headline=_headline(parts, plans, f, envelope.as_of),
        )
        yield (), content

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:  # noqa: ARG002
        """How fresh the sources are."""
        return {"sources": [one.model_dump() for one in sources(payload.envelope.freshness)]}

    def finish(self, payload: Payload, format_: str, text: str) -> str:  # noqa: ARG002
        return mail_text(text) if format_ == "text" else mail_html(text)

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        return sheets(self._said(payload))


_LISTS = ("falling_due", "overdue", "certificates", "milestones", "refunds")


def _subject(parts: Mapping[str, Any], plans: bool, f: Formats, day: Any) -> str:
    if not plans:
        return f"Collections {f.day_month(day)}: no instalments"
    due = _reminders_due(parts)
    said = f"Collections {f.day_month(day)}: {f.short_money(parts['overdue_total'])} overdue"
    return f"{said}, {due} reminder{'s' if due != 1 else ''} due" if due else said


def _headline(parts: Mapping[str, Any], plans: bool, f: Formats, day: Any) -> str:
    """What came in, what is overdue, what is to be done; each with its day."""
    if not plans:
        return (
            "There are no instalments: the source does not deliver the entity “instalments”,"
            " so nothing can be said of what is due."
        )
    received = parts["received"]
    today = f"{f.weekday(day)} {f.day_month(day)}"
    came = (
        f"{f.short_money(received.cash_today)} came in"
        if received.cash_today
        else "No money came in"
    )
    said = [
        f"{came} on {today}; {f.short_money(received.cash_month)} in {f.month(day)} so far.",
        _overdue_said(parts, f),
    ]
    due = _reminders_due(parts)
    todo = [
        f"{due} reminder{'s' if due != 1 else ''} to send" if due else "",
        _count(parts["milestones"], "milestone to bill", "milestones to bill"),
        _count(parts["certificates"], "TDS certificate to chase", "TDS certificates to chase"),
        _count(parts["refunds"], "refund to pay", "refunds to pay"),
    ]
    todo = [one for one in todo if one]
    said.append(f"To do: {', '.join(todo)}." if todo else "Nothing is to be sent today.")
    return " ".join(said)


def _overdue_said(parts: Mapping[str, Any], f: Formats) -> str:
    bookings = parts["overdue_bookings"]
    if not bookings:
        return "Nothing is overdue."
    flats = f"{bookings} booking{'s' if bookings != 1 else ''}"
    return f"{f.short_money(parts['overdue_total'])} is overdue on {flats}."


def _count(rows: Any, one: str, many: str) -> str:
    return f"{len(rows)} {one if len(rows) == 1 else many}" if rows else ""


def _reminders_due(parts: Mapping[str, Any]) -> int:
    return sum(line.reminder_due for line in parts["overdue"])
