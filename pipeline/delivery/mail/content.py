"""What a mail says: a report's artefacts as subject, bodies and attachments, and the notes on top.

The daily summary is its own mail; other reports travel under a covering letter. What the artefacts
say is the reports' affair, how a mail is written the one of `message.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pipeline.config.tenant import ReportConfig, Tenant
from pipeline.delivery.mail import statement_letter
from pipeline.delivery.mail.cover_letter import cover, with_note
from pipeline.delivery.mail.message import Letter
from pipeline.delivery.mail.report_files import Papers


@dataclass(frozen=True)
class Edition:
    """What sets one mail apart from the others of its report.

    `partial`: why it has older figures than it was to have. `since`: the newest day of which the
    reader has had this report, so that the days between can be told.
    """

    message_id: str
    dated: datetime
    late_since: datetime | None = None
    test: bool = False
    held: str | None = None
    partial: str | None = None
    since: date | None = None


@dataclass(frozen=True)
class DayLine:
    """A day in one line, for the days between two mails."""

    day: date
    new_leads: int
    bookings: int


def write_letter(papers: Papers, config: ReportConfig | None) -> Letter | None:
    """The letter of a report, or None where it is empty and the tenant then wants nothing."""
    when_empty = config.when_empty if config else "send_full"
    if papers.is_empty and when_empty == "skip":
        return None
    if papers.is_empty and when_empty == "send_notice":
        headline = papers.payload["content"].get("headline") if papers.artifacts else None
        return cover(papers, "nothing", headline=headline)
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
    "customer_statement": statement_letter.letter,
}


def days_told(papers: Papers) -> tuple[DayLine, ...]:
    """The days that the report itself knows in one line each; none for most reports."""
    if papers.report != "daily_summary":
        return ()
    return tuple(
        DayLine(date.fromisoformat(day["day"]), day["new_leads"], day["bookings"])
        for day in papers.payload["content"].get("days", ())
    )


def mark(
    letter: Letter, tenant: Tenant, as_of: date, edition: Edition, days: Sequence[DayLine] = ()
) -> Letter:
    """The letter with what sets this edition apart said in its subject and above its bodies."""
    marks = {
        "[TEST] ": edition.test,
        # The report's own subject may have it.
        "HELD · ": edition.held and "HELD" not in letter.subject,
        "PARTIAL · ": edition.partial,
        "LATE · ": edition.late_since,
    }
    prefix = "".join(mark for mark, applies in marks.items() if applies)
    between = [day for day in days if edition.since and edition.since < day.day < as_of]
    if not prefix and not between:
        return letter
    return with_note(
        letter,
        tenant,
        prefix,
        test=edition.test,
        held=edition.held,
        partial=edition.partial,
        as_of=as_of,
        late_since=edition.late_since,
        between=[asdict(day) for day in between],
    )
