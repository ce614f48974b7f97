"""Witnesses of mail that was cut off in mid-sentence: did the server take it or not?

An archive is a mailbox that gets a copy of every mail; the mail server's log names each Message-ID
that was taken into its queue. Finding it is proof. Not finding it is proof only after a while, and
in a log only if the log reaches back that far. What follows from it is left to `planning.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pipeline.core.errors import MilepostError
from pipeline.delivery.record.states import State
from pipeline.delivery.transport.mailboxes import MailFolder
from pipeline.delivery.transport.outbox import Result

# A line of Postfix's cleanup names the mail; one of qmgr, for the same queue id, says that it is
# in the queue. The first alone is a mail that was broken off.
_NAMED = re.compile(r"cleanup\[\d+\]: (?P<queue>\w+): message-id=(?P<id><[^>]*>)")
_QUEUED = re.compile(r"qmgr\[\d+\]: (?P<queue>\w+): from=")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\S+")


class Witness(Protocol):
    """Somebody to ask about a Message-ID."""

    def look_up(self, message_id: str, since: datetime, now: datetime) -> Result:
        """Sent, queued (it surely did not arrive), or uncertain."""


@dataclass(frozen=True)
class Archive:
    """A mailbox that gets a copy of every mail."""

    folder: MailFolder
    settles: timedelta

    def look_up(self, message_id: str, since: datetime, now: datetime) -> Result:
        try:
            found = self.folder.has(message_id)
        except MilepostError as error:
            return Result(State.UNCERTAIN, f"the archive cannot be read: {error}")
        if found:
            return Result(State.SENT, f"found in the archive {self.folder.name}")
        return _absent(f"the archive {self.folder.name}", since, now, self.settles)


@dataclass(frozen=True)
class MtaLog:
    """Postfix's log on this machine, and its predecessor if it was rotated."""

    path: Path
    settles: timedelta

    def look_up(self, message_id: str, since: datetime, now: datetime) -> Result:
        try:
            lines = list(self._lines())
        except OSError as error:
            return Result(State.UNCERTAIN, f"the log cannot be read: {error}")
        matches = [match for line in lines if (match := _NAMED.search(line))]
        named = {match["queue"] for match in matches if match["id"] == message_id}
        queued = {match["queue"] for line in lines if (match := _QUEUED.search(line))}
        if taken := named & queued:
            return Result(State.SENT, f"in the log {self.path.name} as {min(taken)}")
        if not lines or (begin := _time(lines[0])) is None or begin > since:
            return Result(State.UNCERTAIN, f"the log {self.path.name} does not reach back to it")
        return _absent(f"the log {self.path.name}", since, now, self.settles)

    def _lines(self) -> Iterator[str]:
        for path in (self.path.with_name(f"{self.path.name}.1"), self.path):
            if path.exists() or path == self.path:
                with path.open(encoding="utf-8", errors="replace") as file:
                    yield from file


def _absent(where: str, since: datetime, now: datetime, settles: timedelta) -> Result:
    if now - since < settles:
        return Result(State.UNCERTAIN, f"not in {where} yet")
    return Result(State.QUEUED, f"not in {where} {settles // timedelta(minutes=1)} minutes later")


def _time(line: str) -> datetime | None:
    """The time at the beginning of a line of the log, where it is one with year and zone."""
    match = _TIME.match(line)
    try:
        found = datetime.fromisoformat(match[0]) if match else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None
