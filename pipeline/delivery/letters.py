"""What a mail says: a report's artefacts as subject, bodies and attachments, and the notes on top.

The daily summary is its own mail; other reports travel under a covering letter. What the artefacts
say is the reports' affair, how a mail is written the one of `message.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.delivery import statements
from pipeline.delivery.cover import cover, with_note
from pipeline.delivery.message import Letter
from pipeline.delivery.papers import Papers
from pipeline.tenant import ReportConfig, Tenant


@dataclass(frozen=True)
class Edition:
    """What sets one mail apart from the others of its report."""

    message_id: str
    dated: datetime
    late_since: datetime | None = None
    test: bool = False
    held: str | None = None


def write_letter(papers: Papers, config: ReportConfig | None) -> Letter | None:
    """The letter of a report, or None where it is empty and the tenant then wants nothing."""
    when_empty = config.when_empty if config else "send_full"
    if papers.is_empty and when_empty == "skip":
        return None
    if papers.is_empty and when_empty == "send_notice":
        return cover(papers, "nothing")
    return _LETTERS.get(papers.report, _covering_letter)(papers)


def _daily_summary(papers: Papers) -> Letter:
    """The report is the mail: its own subject, HTML and text; its other files are attached."""
    content = papers.payload["content"]
    attached, left = papers.attach(papers.files("pdf", "xlsx"))
    letter = Letter(content["subject"], papers.text("text"), papers.text("html"), attached)
    return with_note(letter, papers.tenant, left=list(left)) if left else letter


def _covering_letter(papers: Papers) -> Letter:
    attached, left = papers.attach(papers.files("html", "pdf", "xlsx"))
    return cover(papers, "cover", attachments=attached, left=left)


_LETTERS: Mapping[str, Callable[[Papers], Letter]] = {
    "daily_summary": _daily_summary,
    "customer_statement": statements.letter,
}


def mark(letter: Letter, tenant: Tenant, edition: Edition) -> Letter:
    """The letter with what sets this edition apart said in its subject and above its bodies."""
    said = "HELD" in letter.subject  # the report's own subject may have it
    marks = {
        "[TEST] ": edition.test,
        "HELD · ": edition.held and not said,
        "LATE · ": edition.late_since,
    }
    prefix = "".join(mark for mark, applies in marks.items() if applies)
    if not prefix:
        return letter
    return with_note(
        letter,
        tenant,
        prefix,
        test=edition.test,
        held=edition.held,
        late_since=edition.late_since,
    )
