"""The covering letter of the customer statements: who has one, what is owed, and the PDFs.

The list shows those who have most to pay now; whoever is not on it is in the attached index.
Figures come from the payloads, as text: nothing is computed anew but the sums of the columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.delivery.mail.cover_letter import cover
from pipeline.delivery.mail.message import Attachment, Letter
from pipeline.delivery.mail.report_files import ReportFiles
from pipeline.reports.artifacts import Artifact
from pipeline.reports.drawing.formats import formats

SHOWN = 25
_NOTHING = Decimal("0.00")
# What a spreadsheet would take for a formula (or the beginning of one) gets an apostrophe.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class CustomerEntry:
    """One customer's line. Positive amounts are what the customer owes."""

    code: str
    name: str
    number: str
    closing: Decimal
    due_now: Decimal
    next_due: date | None
    pdfs: tuple[Artifact, ...]


def letter(report_files: ReportFiles) -> Letter:
    """The letter to the people who send the statements on."""
    entries = _entries(report_files)
    merged, left = report_files.attach(report_files.files("pdf"))
    pdfs = [pdf for entry in entries for pdf in entry.pdfs]
    bundle = () if merged else report_files.bundle(pdfs)
    index = (_index(report_files, entries),) if len(entries) > SHOWN else ()
    closing = sum((entry.closing for entry in entries), _NOTHING)
    due_now = sum((entry.due_now for entry in entries), _NOTHING)
    return cover(
        report_files,
        "statements",
        news=_news(report_files, len(entries), due_now),
        attachments=(*merged, *bundle, *index),
        left=left or (() if merged or bundle else (report_files.where(report_files.folder),)),
        rows=[
            {
                "code": e.code,
                "name": e.name,
                "closing": e.closing,
                "due_now": e.due_now,
                "next_due": e.next_due,
            }
            for e in entries[:SHOWN]
        ],
        count=len(entries),
        closing=closing,
        due_now=due_now,
        with_dues=sum(e.closing > 0 for e in entries),
    )


def _news(report_files: ReportFiles, count: int, due_now: Decimal) -> str:
    """The news in the subject: `205 statements, ₹13.1 Cr due now`."""
    f = formats(report_files.tenant.locale, report_files.tenant.currency)
    statements = f"{f.number(count)} statement{'' if count == 1 else 's'}"
    return f"{statements}, {f.short_money(due_now)} due now" if due_now else statements


def _entries(report_files: ReportFiles) -> list[CustomerEntry]:
    """Every statement, those with the most due first; equal ones by customer code."""
    found = []
    for payload, files in report_files.documents():
        content = payload["content"]
        found.append(
            CustomerEntry(
                code=content["customer"]["code"],
                name=content["customer"]["name"],
                number=content["number"],
                closing=Decimal(content["summary"]["closing"]),
                due_now=Decimal(content["due"]["amount"]),
                next_due=_day(content["due"]["next_due"]),
                pdfs=tuple(file for file in files if file.format == "pdf"),
            )
        )
    return sorted(found, key=lambda e: (-e.due_now, -e.closing, e.code, e.number))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _index(report_files: ReportFiles, entries: Sequence[CustomerEntry]) -> Attachment:
    """Every customer with balance and what is due of it, for a spreadsheet."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["customer_code", "customer_name", "statement", "closing", "due_now", "next_due"])
    for e in entries:
        said = map(_harmless, (e.code, e.name, e.number))
        rows.writerow([*said, e.closing, e.due_now, e.next_due or ""])
    # The mark tells a spreadsheet that it is UTF-8.
    return Attachment(report_files.name(".csv"), ("\ufeff" + text.getvalue()).encode(), "text/csv")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
