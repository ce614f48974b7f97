"""What a mail says: a report's artifacts as subject, bodies and attachments, and the notes on top.

The daily summary and the collections are their own mails; other reports travel under a covering
letter. What the artifacts say is the reports' affair, how a mail is written `message.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pipeline.config.tenant import ReportConfig, Tenant
from pipeline.delivery.mail import statement_letter
from pipeline.delivery.mail.cover_letter import cover, with_note
from pipeline.delivery.mail.message import Letter
from pipeline.delivery.mail.report_files import ReportFiles


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


def write_letter(report_files: ReportFiles, config: ReportConfig | None) -> Letter | None:
    """The letter of a report, or None where it is empty and the tenant then wants nothing."""
    when_empty = config.when_empty if config else "send_full"
    if report_files.is_empty and when_empty == "skip":
        return None
    if report_files.is_empty and when_empty == "send_notice":
        headline = (
            report_files.payload["content"].get("headline") if report_files.artifacts else None
        )
        return cover(report_files, "nothing", headline=headline)
    return _LETTERS.get(report_files.report, _covering_letter)(report_files)


def _its_own_mail(report_files: ReportFiles) -> Letter:
    """The report is the mail: its own subject, HTML and text; its other files are attached."""
    content = report_files.payload["content"]
    attached, left = report_files.attach(report_files.files("pdf", "xlsx"))
    letter = Letter(
        content["subject"], report_files.text("text"), report_files.text("html"), attached
    )
    return with_note(letter, report_files.tenant, left=list(left)) if left else letter


def _covering_letter(report_files: ReportFiles) -> Letter:
    """The report's files; of one with a document each for many, those in one zip."""
    own = report_files.files("html", "pdf", "xlsx")
    attached, left = report_files.attach(own)
    if not own:
        documents = [file for _, files in report_files.documents() for file in files]
        attached = report_files.bundle(file for file in documents if file.format in _PAPERS)
        left = () if attached or not documents else (report_files.where(report_files.folder),)
    return cover(report_files, "cover", attachments=attached, left=left)


_PAPERS = ("pdf", "xlsx")


_LETTERS: Mapping[str, Callable[[ReportFiles], Letter]] = {
    "daily_summary": _its_own_mail,
    "collections": _its_own_mail,
    "customer_statement": statement_letter.letter,
}


def days_told(report_files: ReportFiles) -> tuple[DayLine, ...]:
    """The days that the report itself knows in one line each; none for most reports."""
    if report_files.report != "daily_summary":
        return ()
    return tuple(
        DayLine(date.fromisoformat(day["day"]), day["new_leads"], day["bookings"])
        for day in report_files.payload["content"].get("days", ())
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
