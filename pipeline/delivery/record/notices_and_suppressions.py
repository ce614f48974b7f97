"""What the record holds beside deliveries: notices, suppressed addresses, mail that came in.

Its tables lie in the same file as the deliveries; every method has committed when it returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.delivery.record.database import Database
from pipeline.delivery.record.rows import instant, text
from pipeline.delivery.record.states import Subscription


@dataclass(frozen=True)
class Suppression:
    """An address that gets nothing: of one report, or of any where `report` is empty."""

    tenant: str
    report: str
    recipient: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Raised:
    """A notice that was raised."""

    kind: str
    tenant: str
    subject: str
    at: datetime


def _suppression(row: sqlite3.Row) -> Suppression:
    who = (row["tenant"], row["report"], row["recipient"])
    return Suppression(*who, row["reason"], instant(row["at"]))


class NoticesAndSuppressions:
    """Notices, suppressions and bounces in the record's file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep_notice(
        self,
        name: str,
        kind: str,
        tenant: str,
        subject: str,
        body: str,
        about: Sequence[str],
        now: datetime,
    ) -> bool:
        """Keep a notice unless all that it is about was said before; whether it was kept."""
        with self._db.transaction():
            said = [
                self._db.change(
                    "INSERT INTO told VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (one, name, text(now)),
                ).rowcount
                for one in about
            ]
            if not any(said):
                return False
            self._db.change(
                "INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (name, kind, tenant, subject, body, text(now)),
            )
        return True

    def unsaid(self, about: Sequence[str]) -> list[str]:
        """Those of these that no notice has said yet."""
        said = {row[0] for row in self._db.rows("SELECT about FROM told")}
        return [one for one in about if one not in said]

    def last_said(self, start: str) -> str | None:
        """The rest of what was said last of all that begins so; None if nothing was."""
        rows = self._db.rows(
            "SELECT about FROM told WHERE substr(about, 1, ?) = ? ORDER BY at DESC, rowid DESC"
            " LIMIT 1",
            (len(start), start),
        )
        return str(rows[0]["about"])[len(start) :] if rows else None

    def mark_said(self, about: str, now: datetime) -> None:
        """Note something that nobody is told, but that decides what is told later."""
        with self._db.transaction():
            self._db.change(
                "INSERT INTO told VALUES (?, '', ?) ON CONFLICT DO NOTHING", (about, text(now))
            )

    def notice(self, name: str) -> tuple[str, str]:
        """Subject and body of a notice."""
        [row] = self._db.rows("SELECT subject, body FROM notices WHERE name = ?", (name,))
        return str(row["subject"]), str(row["body"])

    def notices_since(self, since: datetime) -> list[Raised]:
        rows = self._db.rows(
            "SELECT * FROM notices WHERE raised_at >= ? ORDER BY raised_at DESC", (text(since),)
        )
        return [
            Raised(row["kind"], row["tenant"], row["subject"], instant(row["raised_at"]))
            for row in rows
        ]

    def suppress(self, who: Subscription, reason: str, now: datetime) -> None:
        """Send nothing more to this address: of this report, or of any if its report is empty."""
        with self._db.transaction():
            self._db.change(
                "INSERT INTO suppressions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (who.tenant, who.report, who.recipient, reason, text(now)),
            )

    def allow(self, recipient: str) -> int:
        """Lift every suppression of the address and forgive its bounces; how many were lifted."""
        who = (recipient.lower(),)
        with self._db.transaction():
            # Forgiven, not forgotten: they still lie in the mailbox and would be counted anew.
            forgive = "UPDATE inbound SET kind = 'forgiven' WHERE recipient = ? AND kind = 'bounce'"
            self._db.change(forgive, who)
            return self._db.change("DELETE FROM suppressions WHERE recipient = ?", who).rowcount

    def suppressions(self) -> list[Suppression]:
        rows = self._db.rows("SELECT * FROM suppressions ORDER BY recipient, tenant, report")
        return [_suppression(row) for row in rows]

    def came_in(self, message: str, kind: str, recipient: str, detail: str, now: datetime) -> bool:
        """Note a bounce or request; False if this very message was noted before."""
        with self._db.transaction():
            cursor = self._db.change(
                "INSERT INTO inbound VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (message, kind, recipient, detail, text(now)),
            )
            return bool(cursor.rowcount)

    def bounces(self, recipient: str) -> list[str]:
        """What the address's hard bounces said, oldest first."""
        rows = self._db.rows(
            "SELECT detail FROM inbound WHERE recipient = ? AND kind = 'bounce' ORDER BY at",
            (recipient,),
        )
        return [str(row["detail"]) for row in rows]
