"""The reading of one table, over as many connections as it takes.

Rows are read in no order, which is quickest. After a lost connection they are read anew in the
order of the primary key, and from then on each connection goes on behind the last key. A large
table that is read whole is read in that order from the beginning, and what there is of it outlives
the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.source import DatabaseSource
from pipeline.contracts import Contract
from pipeline.sources.databases.extract_types import Extract, Note, Since, SourceTotal
from pipeline.sources.databases.saved_parts import Parts, Progress
from pipeline.sources.databases.session import Clock, Session, Unreadable
from pipeline.sources.databases.table import Plan, plan

_NEVER = datetime.max.replace(tzinfo=UTC)
# Some ten million rows. Below it reading anew after a kill costs less than sorting for the case.
LARGE = 2 << 30
# Rows that were read longer ago are read again, for what changed since may bear no date.
_STALE = timedelta(days=1)


class Reading:
    """The reading of one table over as many connections as it takes."""

    def __init__(
        self,
        name: str,
        source: DatabaseSource,
        contract: Contract,
        tenants: Mapping[str, str],
        since: Since,
        folder: Path,
        note: Note,
    ) -> None:
        self.rows = 0
        self._name, self._source, self._contract = name, source, contract
        self._tenants, self._since, self._note = tenants, since, note
        self._parts = Parts(folder)
        self._from: datetime | None = None
        self._plan: Plan | None = None
        self._whole = False
        self._first = Clock(_NEVER, _NEVER)
        self._newest: datetime | None = None
        self._last_key: tuple[str, ...] | None = None
        self._in_order = False
        self._snapshots = 0

    def take(self, session: Session) -> Extract | None:
        """Read all that is missing yet in this session's snapshot."""
        found = plan(session, self._name, self._source, self._contract, self._tenants)
        if found is None:
            return None
        if self._plan is not None and found.shape != self._plan.shape:
            raise Unreadable(f"source {self._name}: {found.table} changed while it was being read")
        self._first = min(self._first, session.clock, key=lambda clock: clock.now)
        if self._plan is None:
            self._whole = self._wants_whole(session, found)
            self._begin(session, found)
        self._plan = found
        self._snapshots += 1
        self._from, where = self._bounds(session, found)
        tail = ""
        if self._in_order:
            tail = found.in_order()
            where += [found.after(session, self._last_key)] if self._last_key else []
        for batch in session.stream(found.select(session, where, tail)):
            self._keep(batch, found)
        self._close_part(found)
        totals = None
        if self._whole and self._snapshots == 1:
            totals = _totals(session, found, self._contract)
        return self._so_far(found, is_complete=True, totals=totals)

    @property
    def kept(self) -> int:
        """Rows that a lost connection does not take away."""
        return self.rows if self._in_order else 0

    def broke_off(self) -> None:
        """After a lost connection: what was read in no order is of no use to go on from."""
        if not self._in_order:
            if self._parts.closed:
                self._note(None)
            self._parts.clear()
            self.rows, self._newest, self._last_key = 0, None, None
        self._in_order = self._plan is not None and bool(self._plan.key)
        if self._last_key is None:
            self._snapshots = 0

    def _wants_whole(self, session: Session, found: Plan) -> bool:
        since = self._since
        if since.watermark is None or since.whole_at is None or not found.changes:
            return True
        age = session.clock.now - since.whole_at
        if since.shape != found.shape or age >= timedelta(hours=self._source.reconcile_hours):
            return True
        limit = self._source.whole_below + 1
        some = found.select(session).partition(" FROM ")[2]
        ((count,),) = session.rows(
            f"SELECT count(*) FROM (SELECT 1 FROM {some} LIMIT {limit}) few"  # noqa: S608
        )
        return int(count) < limit

    def _bounds(self, session: Session, found: Plan) -> tuple[datetime | None, list[str]]:
        if self._whole or self._since.watermark is None:
            return None, []
        overlap = timedelta(minutes=self._source.overlap_minutes)
        from_ = lower_bound(self._since.watermark, overlap)
        return from_, [found.since(session, from_)]

    def _begin(self, session: Session, found: Plan) -> None:
        """Go on where a reading was killed, or begin anew."""
        earlier = self._parts.resume(found.shape, found.key) if self._whole else None
        if earlier is None or session.clock.now - earlier.clock.now > _STALE:
            self._parts.clear()
            is_large = self._whole and bool(found.key) and session.size(found.table) > LARGE
            self._in_order = is_large
            return
        self.rows, self._last_key, self._newest = earlier.rows, earlier.last_key, earlier.newest
        self._first, self._snapshots, self._in_order = earlier.clock, earlier.snapshots, True

    def _keep(self, batch: pa.RecordBatch, found: Plan) -> None:
        if not len(batch):
            return
        self._parts.write(batch)
        self.rows += len(batch)
        for column in found.changes:
            newest = _instant(pc.max(batch[column.name]), found.zone)
            self._newest = _later(self._newest, newest)
        if found.key:
            last = batch.slice(len(batch) - 1)
            self._last_key = tuple(str(last[name][0].as_py()) for name in found.key)
        if self._parts.is_full:
            self._close_part(found)
            self._note(self._so_far(found, is_complete=False))

    def _close_part(self, found: Plan) -> None:
        self._parts.close(column.name for column in found.columns)
        if self._in_order and self._whole and self._last_key:
            self._parts.remember(
                Progress(
                    found.shape,
                    found.key,
                    self.rows,
                    self._last_key,
                    self._first,
                    self._newest,
                    self._snapshots,
                )
            )

    def _so_far(
        self,
        found: Plan,
        *,
        is_complete: bool,
        totals: Mapping[str, SourceTotal] | None = None,
    ) -> Extract:
        watermark = safe_watermark(self._first, self._newest, self._since.watermark)
        return Extract(
            self._name,
            self._source,
            found,
            tuple(self._parts.closed),
            self.rows,
            is_complete,
            self._whole,
            self._first.now,
            self._from,
            watermark,
            self._newest,
            totals,
        )


def safe_watermark(
    clock: Clock, newest: datetime | None, earlier: datetime | None
) -> datetime | None:
    """Up to when everything has been read, the overlap aside.

    A writer's clock that runs ahead must not carry it past what commits later.
    """
    return min(clock.oldest, newest) if newest else earlier


def lower_bound(watermark: datetime, overlap: timedelta) -> datetime:
    """From when on rows are read again: they commit later than their timestamps say."""
    return watermark - overlap


def _totals(session: Session, found: Plan, contract: Contract) -> dict[str, SourceTotal]:
    only = next(iter(found.tenants.values()), "")
    totals = {}
    for tenant, rows, *sums in session.rows(found.totals(session, contract.money)):
        theirs = "" if tenant is None else str(tenant)
        ours = found.tenants.get(theirs, theirs) if found.tenant_column else only
        amounts = {
            name: Decimal(str(value or 0)) for name, value in zip(contract.money, sums, strict=True)
        }
        totals[ours] = SourceTotal(int(rows), amounts)
    return totals


def _instant(scalar: pa.Scalar, zone: ZoneInfo | None) -> datetime | None:
    """The newest value of a column, as the driver gives it, as an instant; None for none.

    PostgreSQL's infinity and MySQL's year 0 are no instants: their rows are validation's.
    """
    with suppress(ValueError, OverflowError):
        value = scalar.as_py()
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        if at is not None:
            return at.replace(tzinfo=at.tzinfo or zone or UTC).astimezone(UTC)
    return None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
