"""Rows of the delivery record as values, and values as columns: instants, keys, deliveries."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from typing import overload

from pipeline.delivery.record.states import Delivery, DeliveryKey, State, StoredMail


def delivery(row: sqlite3.Row) -> Delivery:
    period = date.fromisoformat(row["period"])
    return Delivery(
        id=row["id"],
        key=DeliveryKey(row["tenant"], row["report"], period, row["recipient"], row["version"]),
        message_id=row["message_id"],
        state=State(row["state"]),
        reason=row["reason"],
        attempts=row["attempts"],
        due=instant(row["due_at"]),
        promised=bool(row["promised"]),
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        mail=_mail(row) if row["eml_path"] else None,
        evidence=row["evidence"],
        tried_at=instant(row["tried_at"]),
        retry_at=instant(row["retry_at"]),
    )


def _mail(row: sqlite3.Row) -> StoredMail:
    return StoredMail(row["eml_path"], row["eml_sha256"], tuple(row["marks"].split()))


def key_values(key: DeliveryKey) -> tuple[object, ...]:
    return (key.tenant, key.report, key.period.isoformat(), key.recipient, key.version)


def first_try(delivery: Delivery, state: State, now: datetime) -> datetime | None:
    """When the present attempts began; they begin anew when a person or evidence says so."""
    if state is State.CLAIMED:
        return delivery.tried_at or now
    under_way = (State.QUEUED, State.CLAIMED, State.DATA_STARTED)
    return delivery.tried_at if delivery.state in under_way else None


@overload
def text(instant: datetime) -> str: ...
@overload
def text(instant: None) -> None: ...
def text(instant: datetime | None) -> str | None:
    """An instant as text that sorts by time: UTC, always with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds") if instant else None


@overload
def instant(text: str) -> datetime: ...
@overload
def instant(text: None) -> None: ...
def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
