"""A tenant as a test tells it: its day, its zone, and the rows that matter.

A test module keeps its tenants in `SCENARIOS`; all of them are landed together and built once, so
every test also runs beside forty other tenants. Builders give a row what the contract requires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Scenario:
    """One tenant. `batches` after the first arrive with later refreshes.

    `before` says what was otherwise in an earlier refresh: as_of, zone, stages, realty or
    `registered`.
    """

    as_of: date
    batches: Sequence[Tables]
    zone: str = "Asia/Kolkata"
    stages: Mapping[str, int] | None = None
    registered: bool = True
    realty: Mapping[str, Any] | None = None
    before: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def at(self, refresh: int) -> "Scenario":
        """The tenant as it stood in that refresh."""
        return replace(self, **self.before.get(refresh, {}))


def scenario(as_of: date, zone: str = "Asia/Kolkata", **tables: Sequence[Row]) -> Scenario:
    """A tenant whose rows arrive in one batch."""
    return Scenario(as_of, [tables], zone)


def day(text: str) -> date:
    return date.fromisoformat(text)


def instant(text: str) -> datetime:
    """An ISO timestamp; without an offset it is UTC."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def lead(key: str, created: str, status: str = "new", **values: Any) -> Row:
    return {"id": key, "status": status, "created_at": instant(created), **values}


def milestone(key: str, of: str, kind: str, on: str, **values: Any) -> Row:
    return {"id": key, "lead_id": of, "milestone_type": kind, "milestone_date": day(on), **values}


def contact(key: str, of: str, at: str, kind: str = "call_made", **values: Any) -> Row:
    return {
        "id": key,
        "lead_id": of,
        "engagement_type": kind,
        "engagement_date": instant(at),
    } | values


def customer(key: str, **values: Any) -> Row:
    return {"id": key, "customer_code": key.upper(), "customer_name": key.title(), **values}


def booking(
    key: str, of: str, on: str, amount: str, status: str = "confirmed", **values: Any
) -> Row:
    return {
        "id": key,
        "customer_id": of,
        "booking_code": key.upper(),
        "booking_date": day(on),
        "booking_amount": amount,
        "status": status,
        **values,
    }


DEBITS = {"invoice", "debit_note"}


def entry(key: str, of: str, on: str, kind: str, amount: str, **values: Any) -> Row:
    """A ledger entry on the side on which its type stands; an adjustment's sign decides."""
    is_debit = kind in DEBITS or (kind == "adjustment" and not amount.startswith("-"))
    side = "debit_amount" if is_debit else "credit_amount"
    return {
        "id": key,
        "customer_id": of,
        "ledger_code": f"V-{key}",
        "ledger_date": day(on),
        "transaction_type": kind,
        "debit_amount": "0",
        "credit_amount": "0",
        "status": "active",
        side: amount.lstrip("-"),
        **values,
    }
