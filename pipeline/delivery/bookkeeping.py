"""A person's look at the delivery record, and a person's word on what is in it.

Sends nothing. What may move where is `states.py`'s; a correction is a move like any other, with its
reason in the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.sole_writer import sole_writer
from pipeline.delivery.record.states import OPEN, Delivery, IllegalMove, State, Subscription
from pipeline.delivery.sender import read_mail
from pipeline.publish import layout


def listed(
    ws: Workspace,
    *,
    tenant: str | None = None,
    report: str | None = None,
    states: Sequence[str] | None = None,
    as_of: date | None = None,
) -> list[dict[str, Any]]:
    """A row a delivery, the newest first. ConfigError for a state that there is not."""
    wanted = _states(states)
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        found = [
            row
            for row in record.in_states(*wanted)
            if tenant in (None, row.key.tenant)
            and report in (None, row.key.report)
            and as_of in (None, row.key.period)
        ]
    return [_row(one) for one in reversed(found)]


def whole(ws: Workspace, number: int) -> dict[str, Any]:
    """One delivery with its history and the headers of its mail."""
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        one = _find(record, number)
        history = [
            {"at": move.at, "from": move.before or "", "to": move.after, "reason": move.reason}
            for move in record.history(one)
        ]
        bounces = record.notices.bounces(one.key.recipient)
    data = read_mail(ws, one.mail) if one.mail else None
    headers = message_from_bytes(data, policy=default).items() if data else []
    return {
        **_row(one),
        "message_id": one.message_id,
        "attempts": one.attempts,
        "evidence": one.evidence,
        "next_attempt": one.retry_at,
        "mail": one.mail.path if one.mail else None,
        "history": history,
        "headers": [{"header": name, "value": str(value)} for name, value in headers],
        "bounces": bounces,
    }


def mark_sent(ws: Workspace, number: int, because: str, now: datetime) -> dict[str, Any]:
    """An uncertain mail arrived."""
    with sole_writer(ws, now) as record:
        return _row(_move(record, number, State.SENT, now, because, evidence=because))


def leave(ws: Workspace, number: int, because: str, now: datetime) -> dict[str, Any]:
    """Whatever it waits for, it is not to be sent."""
    with sole_writer(ws, now) as record, record.transaction():
        one = _find(record, number)
        if one.state in (State.UNCERTAIN, State.DEAD):
            one = record.move(one, State.QUEUED, now, because)
        return _row(_move(record, number, State.SKIPPED, now, because))


def retry(
    ws: Workspace,
    numbers: Sequence[int],
    *,
    tenant: str | None,
    report: str | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Queue these, or all dead ones of the tenant and report; those that wait go at once."""
    because = "a person wants it tried again"
    with sole_writer(ws, now) as record, record.transaction():
        dead = [
            row.id
            for row in record.in_states(State.DEAD)
            if tenant in (None, row.key.tenant)
            and report in (None, row.key.report)
            and not row.key.is_test
        ]
        return [
            _row(_move(record, number, State.QUEUED, now, because)) for number in numbers or dead
        ]


def suppress(
    ws: Workspace,
    address: str,
    tenant: str | None,
    report: str | None,
    because: str,
    now: datetime,
) -> None:
    """Send nothing more to the address; ConfigError for a tenant that is not there."""
    if tenant is not None:
        load_registry(ws).tenant(tenant)
    with sole_writer(ws, now) as record:
        record.notices.suppress(Subscription(tenant or "", report or "", address), because, now)


def allow(ws: Workspace, address: str) -> int:
    """Lift every suppression of the address; how many there were."""
    with Deliveries(ws.deliveries_file) as record:
        return record.notices.allow(address)


def suppressed(ws: Workspace) -> list[dict[str, Any]]:
    """Who gets nothing, of what, and why."""
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        return [
            {
                "recipient": one.recipient,
                "tenant": one.tenant or "any",
                "report": one.report or "any",
                "reason": one.reason,
                "at": one.at,
            }
            for one in record.notices.suppressions()
        ]


def override(ws: Workspace, tenant: str, because: str, now: datetime) -> dict[str, Any]:
    """Publish a held tenant's day at the next refresh; MilepostError if it is not held."""
    load_registry(ws).tenant(tenant)
    held = layout.held(ws, tenant)
    if held is None:
        raise MilepostError(f"{tenant} is not held: there is nothing to override")
    checks = tuple(sorted({reason.check_name for reason in held.reasons}))
    decision = layout.Override(
        tenant=tenant, as_of=held.as_of, checks=checks, because=because, at=now
    )
    atomic_files.write_text(
        ws.published(tenant) / layout.OVERRIDE, decision.model_dump_json(indent=2)
    )
    return {
        "tenant": tenant,
        "as_of": held.as_of,
        "overridden": list(checks),
        "next": f"milepost run: the figures of {held.as_of} go out stamped UNVERIFIED",
    }


def _move(
    record: Deliveries,
    number: int,
    state: State,
    now: datetime,
    because: str,
    evidence: str | None = None,
) -> Delivery:
    one = _find(record, number)
    try:
        return record.move(one, state, now, because, evidence=evidence)
    except IllegalMove:
        raise MilepostError(
            f"delivery {number} is {one.state}; from there it cannot become {state}"
        ) from None


def _find(record: Deliveries, number: int) -> Delivery:
    found = record.by_id(number)
    if found is None:
        raise ConfigError(f"no delivery {number}: `milepost deliveries list` shows the numbers")
    return found


def _states(names: Sequence[str] | None) -> tuple[State, ...]:
    if not names:
        return tuple(State)
    if "open" in names:
        return OPEN
    try:
        return tuple(State(name) for name in names)
    except ValueError:
        known = ", ".join(["open", *State])
        raise ConfigError(f"no state {', '.join(names)}; there are {known}") from None


def _row(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "tenant": one.key.tenant,
        "report": one.key.report,
        "as_of": one.key.period,
        "recipient": one.key.recipient,
        "state": one.state.value,
        "marks": " ".join(one.marks),
        "due": one.due,
        "changed": one.updated_at,
        "reason": one.reason or one.evidence or "",
    }
