"""How far a report may be trusted: checks passed, rows in quarantine, sources that fell silent.

Quiet and broken must look different: a day without leads is news only if data has arrived since
that day ended. When the data is of what source stands in the payload's envelope.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.core.calendar import local_day_bounds
from pipeline.reports.payload import Frozen, SourceFreshness

if TYPE_CHECKING:
    from pipeline.publish.reader import Published


class Check(Frozen):
    """One check of the models over this tenant's data. `failures` 0: passed."""

    name: str
    severity: str
    blocking: bool
    failures: int
    sample: str | None
    owner: str | None
    description: str | None


class QuarantinedFile(Frozen):
    """Rows of one file that broke a hard rule and are not in any figure."""

    entity: str
    source_file: str | None
    rows: int
    top_reason: str | None


class Trust(Frozen):
    """`checks` that can fail, worst first; `notes` are counts to know about, not to mend."""

    checks: tuple[Check, ...]
    notes: tuple[Check, ...]
    quarantine: tuple[QuarantinedFile, ...]
    passed: int
    quarantined_rows: int

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.failures)


def read_trust(published: Published) -> Trust:
    rows = published.rows(
        "SELECT check_name, severity, is_blocking, failures, sample, owner_hint, description"
        " FROM data_checks ORDER BY failures > 0 DESC, is_blocking DESC, severity = 'error' DESC,"
        " failures DESC, check_name"
    )
    checks = [
        Check(
            name=row["check_name"],
            severity=row["severity"],
            blocking=bool(row["is_blocking"]),
            failures=row["failures"],
            sample=row["sample"],
            owner=row["owner_hint"],
            description=row["description"],
        )
        for row in rows
    ]
    quarantine = _read_quarantine(published)
    judged = tuple(check for check in checks if check.severity != "info")
    return Trust(
        checks=judged,
        notes=tuple(check for check in checks if check.severity == "info"),
        quarantine=quarantine,
        passed=sum(not check.failures for check in judged),
        quarantined_rows=sum(file.rows for file in quarantine),
    )


def _read_quarantine(published: Published) -> tuple[QuarantinedFile, ...]:
    rows = published.rows(
        'SELECT entity, source_file, "rows", top_reason FROM quarantine_summary'
        ' ORDER BY "rows" DESC, entity, source_file'
    )
    return tuple(QuarantinedFile.model_validate(row) for row in rows)


def silent_since(
    freshness: Sequence[SourceFreshness], as_of: date, timezone: str
) -> datetime | None:
    """When data last arrived, if that was before the as-of day ended; None if the day is whole."""
    arrived = [f.last_ingested_at for f in freshness if f.last_ingested_at]
    _, ended = local_day_bounds(as_of, ZoneInfo(timezone))
    return max(arrived) if arrived and max(arrived) < ended else None


class Source(Frozen):
    """One source over all its entities: its last delivery and its newest record."""

    name: str
    last_ingested_at: datetime | None
    newest_record_at: datetime | None
    rows: int


def sources(freshness: Sequence[SourceFreshness]) -> tuple[Source, ...]:
    """The envelope's freshness by source, in order of name."""
    names = sorted({entry.source_name for entry in freshness})
    return tuple(_source(name, [f for f in freshness if f.source_name == name]) for name in names)


def _source(name: str, entries: Sequence[SourceFreshness]) -> Source:
    ingested = [entry.last_ingested_at for entry in entries if entry.last_ingested_at]
    newest = [entry.newest_record_at for entry in entries if entry.newest_record_at]
    return Source(
        name=name,
        last_ingested_at=max(ingested, default=None),
        newest_record_at=max(newest, default=None),
        rows=sum(entry.rows for entry in entries),
    )
