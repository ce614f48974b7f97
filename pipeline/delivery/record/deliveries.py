"""The record of every delivery: `state/deliveries.sqlite`.

One row a delivery, with its state, and one row a move in its history; every method that writes has
committed when it returns. How the file is kept is left to `database.py`, which moves are legal to
`states.py`, what to send and when to `send.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.delivery.record.database import Database
from pipeline.delivery.record.notices_and_suppressions import NoticesAndSuppressions
from pipeline.delivery.record.rows import delivery as as_delivery
from pipeline.delivery.record.rows import first_try, instant, key_values, text
from pipeline.delivery.record.states import (
    OPEN,
    Delivery,
    DeliveryKey,
    IllegalMove,
    Move,
    State,
    StoredMail,
    Subscription,
    check_move,
)
from pipeline.delivery.record.workspace_key import WorkspaceKey

_KEY = "tenant = ? AND report = ? AND period = ? AND recipient = ? AND version = ?"


class Deliveries:
    """The open record. Use as a context manager.

    `notices` holds what the record says beside deliveries, `key` makes its mails known again.
    """

    def __init__(self, path: Path, *, rehearsal: bool = False) -> None:
        """Open or create; MilepostError if the file is damaged or newer.

        With `rehearsal` everything happens to a copy in memory: for looking, and for a dry run.
        """
        self._db = Database(path, rehearsal=rehearsal)
        self.key = WorkspaceKey(path.parent, rehearsal=rehearsal)
        self.notices = NoticesAndSuppressions(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All changes of the block, committed together or not at all."""
        return self._db.transaction()

    def get(self, key: DeliveryKey) -> Delivery | None:
        """The delivery of this key, or None if there is none yet."""
        found = self._select(_KEY, *key_values(key))
        return found[0] if found else None

    def in_states(self, *states: State) -> list[Delivery]:
        """All deliveries in one of these states, in the order in which they are to go out."""
        return self._select(f"state IN ({', '.join('?' * len(states))})", *states)

    def open(self) -> list[Delivery]:
        """Everything that is neither sent nor given up: for whoever asks what is missing."""
        return self.in_states(*OPEN)

    def by_message_id(self, message_id: str) -> Delivery | None:
        """The delivery with this Message-ID, or None."""
        found = self._select("message_id = ?", message_id)
        return found[0] if found else None

    def by_id(self, number: int) -> Delivery | None:
        """The delivery with this number, or None."""
        found = self._select("id = ?", number)
        return found[0] if found else None

    def of_tenant(self, tenant: str) -> list[Delivery]:
        return self._select("tenant = ?", tenant)

    def history(self, delivery: Delivery) -> list[Move]:
        """Every move of the delivery, oldest first."""
        rows = self._db.rows(
            "SELECT from_state, to_state, reason, at FROM transitions"
            " WHERE delivery_id = ? ORDER BY id",
            (delivery.id,),
        )
        return [
            Move(State(before) if before else None, State(after), reason, instant(at))
            for before, after, reason, at in rows
        ]

    def began(self, delivery: Delivery) -> datetime:
        """When the newest attempt began to hand its bytes over; the row's last change if none."""
        rows = self._db.rows(
            "SELECT max(at) FROM transitions WHERE delivery_id = ? AND to_state = ?",
            (delivery.id, State.DATA_STARTED),
        )
        return instant(rows[0][0]) or delivery.updated_at

    def back_up(self, target: Path) -> None:
        """A copy of the record as it is now, for a backup."""
        self._db.back_up(target)

    def last_sent(self, key: DeliveryKey) -> date | None:
        """The newest day before the key's of which this address has had this report."""
        rows = self._db.rows(
            "SELECT max(period) FROM deliveries WHERE tenant = ? AND report = ? AND recipient = ?"
            " AND state = ? AND period < ?",
            (key.tenant, key.report, key.recipient, State.SENT, key.period.isoformat()),
        )
        return date.fromisoformat(rows[0][0]) if rows[0][0] else None

    def covered(self) -> dict[Subscription, datetime]:
        """For each known subscription the instant up to which its ticks have been seen to.

        That is the newest tick with a row, but not before the subscription began: derived from the
        rows, so that no second mark can disagree with them.
        """
        rows = self._db.rows(
            "SELECT s.tenant, s.report, s.recipient, max(s.since, coalesce(max(d.due_at), s.since))"
            " FROM subscriptions AS s LEFT JOIN deliveries AS d USING (tenant, report, recipient)"
            " GROUP BY s.tenant, s.report, s.recipient"
        )
        return {Subscription(*row[:3]): instant(row[3]) for row in map(tuple, rows)}

    def newest_due(self) -> dict[Subscription, datetime]:
        """For each subscription with a delivery the due time of its newest."""
        rows = self._db.rows(
            "SELECT tenant, report, recipient, max(due_at) FROM deliveries GROUP BY 1, 2, 3"
        )
        return {Subscription(*row[:3]): instant(row[3]) for row in map(tuple, rows)}

    def subscribe(self, subscription: Subscription, since: datetime) -> None:
        """Ticks after `since` are owed to this address; one that is known keeps its date."""
        with self.transaction():
            self._db.change(
                "INSERT INTO subscriptions VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (subscription.tenant, subscription.report, subscription.recipient, text(since)),
            )

    def unsubscribe(self, subscriptions: Iterable[Subscription]) -> None:
        """Forget these: one that comes back later begins anew, without what it missed meanwhile."""
        with self.transaction():
            for gone in subscriptions:
                self._db.change(
                    "DELETE FROM subscriptions WHERE tenant = ? AND report = ? AND recipient = ?",
                    (gone.tenant, gone.report, gone.recipient),
                )

    def add(
        self,
        key: DeliveryKey,
        due: datetime,
        message_id: str,
        now: datetime,
        *,
        promised: bool = True,
        state: State = State.QUEUED,
        reason: str = "",
    ) -> Delivery:
        """The delivery of this key, made in `state` if there is none yet, unchanged if there is."""
        check_move(None, state)
        with self.transaction():
            cursor = self._db.change(
                "INSERT INTO deliveries (tenant, report, period, recipient, version, message_id,"
                " state, reason, due_at, promised, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (tenant, report, period, recipient, version) DO NOTHING",
                (
                    *(*key_values(key), message_id, state, reason),
                    *(text(due), int(promised), text(now), text(now)),
                ),
            )
            if cursor.rowcount:
                self._remember(cursor.lastrowid, None, state, reason, now)
        return self._select(_KEY, *key_values(key))[0]

    def move(
        self,
        delivery: Delivery,
        state: State,
        now: datetime,
        reason: str = "",
        *,
        mail: StoredMail | None = None,
        evidence: str | None = None,
        retry_at: datetime | None = None,
    ) -> Delivery:
        """Bring `delivery` to `state` and return it as it is then.

        Raises IllegalMove if the rules do not have this move, or if the row is no longer in the
        state that the caller saw: then another process moved it.
        """
        check_move(delivery.state, state)
        # What was rendered from figures that were then held may not go out when they are mended.
        kept = None if state is State.HELD else mail or delivery.mail
        with self.transaction():
            cursor = self._db.change(
                "UPDATE deliveries SET state = ?, reason = ?, updated_at = ?,"
                " attempts = ?, eml_path = ?, eml_sha256 = ?, evidence = ?, tried_at = ?,"
                " retry_at = ?, marks = ? WHERE id = ? AND state = ?",
                (
                    *(state, reason, text(now), delivery.attempts + (state is State.CLAIMED)),
                    *((kept.path, kept.sha256) if kept else (None, None)),
                    *(evidence or delivery.evidence, text(first_try(delivery, state, now))),
                    *(
                        text(retry_at),
                        " ".join(kept.marks if kept else ()),
                        delivery.id,
                        delivery.state,
                    ),
                ),
            )
            if cursor.rowcount != 1:
                raise IllegalMove(
                    f"{delivery.message_id} is no longer {delivery.state}: another process moved it"
                )
            self._remember(delivery.id, delivery.state, state, reason, now)
        return self._select("id = ?", delivery.id)[0]

    def remove_tenant(self, tenant: str) -> None:
        """Remove all that is known of a tenant: deliveries, subscriptions, notices about it."""
        of = (tenant,)
        with self._db.transaction():
            self._db.change(
                "DELETE FROM transitions WHERE delivery_id IN"
                " (SELECT id FROM deliveries WHERE tenant = ?)",
                of,
            )
            for table in ("deliveries", "subscriptions", "suppressions", "notices"):
                self._db.change(f"DELETE FROM {table} WHERE tenant = ?", of)  # noqa: S608

    def forget(self, before: datetime) -> int:
        """Remove settled deliveries due before then, and what came in; how many deliveries went.

        The newest of each subscription stays: what is owed is reckoned from it.
        """
        old = (
            "SELECT id FROM deliveries AS d WHERE due_at < ? AND state IN ('sent', 'skipped')"
            " AND (report LIKE 'notice-%' OR report LIKE 'test-%'"
            " OR due_at < (SELECT max(due_at) FROM deliveries AS n"
            " WHERE (n.tenant, n.report, n.recipient) = (d.tenant, d.report, d.recipient)))"
        )
        at = (text(before),)
        with self._db.transaction():
            self._db.change(f"DELETE FROM transitions WHERE delivery_id IN ({old})", at)  # noqa: S608
            gone = self._db.change(f"DELETE FROM deliveries WHERE id IN ({old})", at).rowcount  # noqa: S608
            self._db.change("DELETE FROM inbound WHERE at < ?", at)
            self._db.change("DELETE FROM told WHERE at < ?", at)
            unused = "name NOT IN (SELECT report FROM deliveries)"
            self._db.change(f"DELETE FROM notices WHERE raised_at < ? AND {unused}", at)  # noqa: S608
        return gone

    def _remember(
        self, row: int | None, before: State | None, after: State, reason: str, at: datetime
    ) -> None:
        self._db.change(
            "INSERT INTO transitions (delivery_id, from_state, to_state, reason, at)"
            " VALUES (?, ?, ?, ?, ?)",
            (row, before, after, reason, text(at)),
        )

    def _select(self, condition: str, *values: object) -> list[Delivery]:
        rows = self._db.rows(
            f"SELECT * FROM deliveries WHERE {condition}"  # noqa: S608 (our own text, values bound)
            " ORDER BY due_at, tenant, report, recipient, version",
            values,
        )
        return [as_delivery(row) for row in rows]
