"""How fresh a report's data is: when each source last delivered, and whether they fell silent.

Quiet and broken must look different: a day without leads is news only if data has arrived since
that day ended. What is read here stands in the payload's envelope, entity by entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipeline.core.calendar import local_day_bounds
from pipeline.reports.payload import Frozen, SourceFreshness


def silent_since(
    freshness: Sequence[SourceFreshness], as_of: date, timezone: str
) -> datetime | None:
    """When data last arrived, if that was before the as-of day ended; None if the day is whole."""
    arrived = [f.last_ingested_at for f in freshness if f.last_ingested_at]
    _, ended = local_day_bounds(as_of, ZoneInfo(timezone))
    return max(arrived) if arrived and max(arrived) < ended else None


class SourceDelivery(Frozen):
    """One source over all its entities: its last delivery and its newest record."""

    name: str
    last_ingested_at: datetime | None
    newest_record_at: datetime | None
    rows: int


def sources(freshness: Sequence[SourceFreshness]) -> tuple[SourceDelivery, ...]:
    """The envelope's freshness by source, in order of name."""
    names = sorted({entry.source_name for entry in freshness})
    return tuple(_source(name, [f for f in freshness if f.source_name == name]) for name in names)


def _source(name: str, entries: Sequence[SourceFreshness]) -> SourceDelivery:
    ingested = [entry.last_ingested_at for entry in entries if entry.last_ingested_at]
    newest = [entry.newest_record_at for entry in entries if entry.newest_record_at]
    return SourceDelivery(
        name=name,
        last_ingested_at=max(ingested, default=None),
        newest_record_at=max(newest, default=None),
        rows=sum(entry.rows for entry in entries),
    )
