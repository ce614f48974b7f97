"""The door through which a mail leaves: a small protocol, and the file outbox behind it (`smtp.py`
has the other).

A transport takes finished bytes. It calls `data_starts` just before the first of them leaves, so
that the record says so before the world can know, and it can say afterwards whether a mail arrived.
What is in the mail, when to send it and what to write down is left to `message.py` and `send.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol

from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.delivery.record.states import OPERATOR, DeliveryKey, State, digest

_LONGEST_RECIPIENT = 100


@dataclass(frozen=True)
class Parcel:
    """What identifies a mail to a transport: key, Message-ID, and the two envelope addresses."""

    key: DeliveryKey
    message_id: str
    sender: str
    recipient: str
    test: bool = False


class Reach(Enum):
    """Whom a failure concerns: this mail, all mail of its lane, or all mail of the server."""

    MAIL = "mail"
    LANE = "lane"
    SERVER = "server"


@dataclass(frozen=True)
class Result:
    """Where an attempt leaves the delivery: sent, queued (again), dead or uncertain, and why."""

    state: State
    detail: str
    reach: Reach = Reach.MAIL


class Transport(Protocol):
    """What `send.py` needs of a way out. An implementation raises nothing for a failed delivery.

    `parallel` is how many mails it takes at once, each from a thread of its own.
    """

    @property
    def parallel(self) -> int: ...

    def deliver(self, parcel: Parcel, data: bytes, data_starts: Callable[[], None]) -> Result:
        """Hand `data` over.

        Before `data_starts` is called nothing has left, and the result can only be queued or dead;
        afterwards also sent, or uncertain when the answer was lost.
        """

    def look_up(self, parcel: Parcel, since: datetime, now: datetime) -> Result:
        """The truth about an attempt that ended after `data_starts`, which was at `since`.

        Sent, queued (it surely did not arrive), or uncertain where there is no evidence.
        """

    def close(self) -> None:
        """Let go of what is open; the transport can be used again."""


class FileOutbox:
    """Mail as files, `outbox/<tenant>/<as_of>-<report>-<recipient>-<hash8>.eml`.

    The name follows from the key, so a second delivery of the same mail is the same file: the
    outbox itself is the evidence.
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    @property
    def parallel(self) -> int:
        return 1

    def close(self) -> None:
        """There is nothing open."""

    def deliver(self, parcel: Parcel, data: bytes, data_starts: Callable[[], None]) -> Result:
        data_starts()
        path = self.path(parcel)
        try:
            if not path.exists():
                atomic_files.write_bytes(path, data)
        except OSError as error:
            # The rename may have come before the failure (a sync that fails); the folder knows.
            found = self._find(parcel)
            if found.state is State.SENT:
                return found
            return Result(State.QUEUED, atomic_files.trouble(error), Reach.SERVER)
        return self._find(parcel)

    def look_up(self, parcel: Parcel, since: datetime, now: datetime) -> Result:  # noqa: ARG002
        """The folder knows, whenever it was."""
        return self._find(parcel)

    def _find(self, parcel: Parcel) -> Result:
        path = self.path(parcel)
        if path.exists():
            return Result(State.SENT, path.relative_to(self._ws.root).as_posix())
        return Result(State.QUEUED, f"not in the outbox: {path.name}")

    def path(self, parcel: Parcel) -> Path:
        """Where the mail lies once it is delivered."""
        key = parcel.key
        who = re.sub(r"[^a-z0-9@._+-]", "_", parcel.recipient.lower())[:_LONGEST_RECIPIENT]
        mark = "test-" if parcel.test else ""
        short = digest(parcel.message_id)[:8] if parcel.test else key.digest[:8]
        name = f"{mark}{key.period.isoformat()}-{key.report}-{who}-{short}.eml"
        folder = OPERATOR if key.tenant == OPERATOR else self._ws.outbox(key.tenant).name
        return self._ws.path("outbox", folder, name)
