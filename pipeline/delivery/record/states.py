"""What a delivery is: its key, the states it can have, and which moves between them are legal.

The one place that knows the moves: `deliveries.py` asks here before it writes. The states are those
of SMTP, so that the file outbox and a mail server share them. Storage is left to `deliveries.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

# The sender and addressee of notices that belong to no tenant; no tenant id begins with "_".
OPERATOR = "_operator"
NOTICE = "notice-"
# In the record a test copy's report is called so: what is owed to people is reckoned without it.
TEST = "test-"


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"  # owed, nothing done yet, or safe to try again
    CLAIMED = "claimed"  # a sender works on it; no byte of the mail has left
    DATA_STARTED = "data_started"  # committed before the first byte: from here, evidence only
    SENT = "sent"
    UNCERTAIN = "uncertain"  # it may or may not have arrived; a person or a policy decides
    DEAD = "dead"  # refused for good
    HELD = "held"  # the tenant's data may not be mailed yet; goes out when that clears
    SKIPPED = "skipped"  # not sent on purpose, with the reason


# Before data_started every way back to queued is safe: nothing has left. After it, only an answer
# or evidence that the mail was not accepted leads back; without either the state is uncertain.
_LEGAL: Mapping[State | None, frozenset[State]] = MappingProxyType(
    {
        None: frozenset({State.QUEUED, State.HELD, State.SKIPPED}),
        State.QUEUED: frozenset({State.QUEUED, State.CLAIMED, State.HELD, State.SKIPPED}),
        State.HELD: frozenset({State.HELD, State.QUEUED, State.SKIPPED}),
        State.CLAIMED: frozenset({State.QUEUED, State.DATA_STARTED, State.DEAD}),
        State.DATA_STARTED: frozenset({State.SENT, State.UNCERTAIN, State.DEAD, State.QUEUED}),
        State.UNCERTAIN: frozenset({State.SENT, State.QUEUED, State.DEAD}),
        State.DEAD: frozenset({State.QUEUED}),
        State.SKIPPED: frozenset({State.QUEUED}),
        State.SENT: frozenset(),
    }
)

# Neither sent nor given up: it waits, is under way, or needs a person.
OPEN = tuple(state for state in State if state not in (State.SENT, State.SKIPPED))


class IllegalMove(Exception):
    """A move between two states that the rules do not have: a bug, or two senders at once."""


def check_move(before: State | None, after: State) -> None:
    """Raise IllegalMove unless a delivery may go from `before` (None: it is new) to `after`."""
    if after not in _LEGAL[before]:
        raise IllegalMove(f"a delivery cannot go from {before or 'new'} to {after}")


@dataclass(frozen=True, order=True)
class Subscription:
    """One address that gets one report of one tenant."""

    tenant: str
    report: str
    recipient: str

    def __post_init__(self) -> None:
        # Head@x and head@x are one mailbox in practice: two spellings must not be two mails.
        object.__setattr__(self, "recipient", self.recipient.lower())


@dataclass(frozen=True, order=True)
class DeliveryKey:
    """What must go out exactly once: a report of a period to an address.

    `period` is the report's as-of date. `version` counts editions that are meant to be sent again
    (a correction on purpose); rendering anew does not make one, or late data would mail everybody
    twice.
    """

    tenant: str
    report: str
    period: date
    recipient: str
    version: int = 1

    @property
    def subscription(self) -> Subscription:
        return Subscription(self.tenant, self.report, self.recipient)

    @property
    def is_notice(self) -> bool:
        """Whether it is a notice to an owner or operator instead of a report."""
        return self.report.startswith(NOTICE)

    @property
    def is_test(self) -> bool:
        """Whether it is a test copy that an operator asked for."""
        return self.report.startswith(TEST)

    @property
    def is_owed(self) -> bool:
        """Whether it is a report that a schedule owes to a recipient."""
        return not self.is_notice and not self.is_test

    @property
    def digest(self) -> str:
        """64 hexadecimal characters that are this key's alone, on every machine and run."""
        return digest(*astuple(self))


@dataclass(frozen=True)
class StoredMail:
    """The rendered mail: its path relative to the workspace, the hash of its bytes, its marks."""

    path: str
    sha256: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One row.

    `reason` belongs to the present state, `evidence` says how `sent` is known. `promised`: the
    address was on the list when it was due; only then can it be late. `tried_at` is the first
    attempt, `retry_at` the time before which there is no other.
    """

    id: int
    key: DeliveryKey
    message_id: str
    state: State
    reason: str
    attempts: int
    due: datetime
    promised: bool
    created_at: datetime
    updated_at: datetime
    mail: StoredMail | None
    evidence: str | None
    tried_at: datetime | None = None
    retry_at: datetime | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        return self.mail.marks if self.mail else ()


@dataclass(frozen=True)
class Move:
    """One entry of a delivery's history; `before` is None for its first."""

    before: State | None
    after: State
    reason: str
    at: datetime


def digest(*parts: object) -> str:
    """SHA-256 over the parts; unlike joined text, ("a", "bc") and ("ab", "c") differ."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()
