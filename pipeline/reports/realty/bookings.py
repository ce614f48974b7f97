"""Accounts of bookings and the rows that belong to them, read for many bookings at once.

A query costs more than the rows of one booking, so that papers of all bookings come from a handful.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.core.errors import ConfigError
from pipeline.reports.realty.buyers import HEAD
from pipeline.reports.realty.narrowing import folders, narrowed
from pipeline.reports.report import Inputs

Row = Mapping[str, Any]

# A booking's account; what belongs to no booking of a customer has no unit, and no paper here.
_ACCOUNTS = """
    select a.*, {head}
    from booking_accounts a
    join bookings b on b.booking_id = a.booking_id
    left join customers c on c.customer_id = a.customer_id
    left join units u on u.unit_id = b.unit_id
    left join projects p on p.project_id = a.project_id
    where {condition} and {which}
    order by coalesce(b.booking_code, b.booking_id), a.booking_id, a.customer_id
"""
_TABLES = {
    "instalments": "instalments",
    "interest": "interest_lines",
    "awaited": "tds_awaited",
    "parties": "booking_parties",
    "tds_shares": "tds_by_party",
}


@dataclass(frozen=True)
class OfBooking:
    """The published rows of one booking."""

    instalments: Sequence[Row] = ()
    interest: Sequence[Row] = ()
    awaited: Sequence[Row] = ()
    parties: Sequence[Row] = ()
    tds_shares: Sequence[Row] = ()


def of_bookings(inputs: Inputs, ids: Iterable[str]) -> Mapping[str, OfBooking]:
    """The rows of these bookings, by booking; of one without rows there are none."""
    rows: dict[str, dict[str, list[Any]]] = defaultdict(lambda: {name: [] for name in _TABLES})
    asked = json.dumps(sorted(set(ids)))
    for name, table in _TABLES.items():
        wanted = "select unnest(from_json(?, '[\"VARCHAR\"]'))"
        sql = f"select * from {table} where booking_id in ({wanted})"  # noqa: S608
        for row in inputs.published.rows(sql, [asked]):
            rows[row["booking_id"]][name].append(row)
    return defaultdict(OfBooking, {key: OfBooking(**found) for key, found in rows.items()})


def accounts(inputs: Inputs, which: str = "true") -> Sequence[tuple[str, Row]]:
    """Folder and account of each booking, of those that meet the SQL condition `which`; of one
    customer's alone if one was asked for. ConfigError if that one has none.
    """
    condition, values = narrowed(inputs, "a.project_id", "a.owner_name")
    rows = inputs.published.rows(
        _ACCOUNTS.format(head=HEAD, condition=condition, which=which), values
    )
    names = {f"{row['booking_id']} {row['customer_id']}": _name(row) for row in rows}
    found = list(zip(folders(names).values(), rows, strict=True))
    asked = inputs.asked.customer
    if asked is None:
        return found
    chosen = [one for one in found if asked in (one[1]["customer_id"], one[1]["customer_code"])]
    if not chosen:
        raise ConfigError(f"no customer {asked!r} with the account of a booking")
    return chosen


def _name(row: Row) -> str:
    return str(row["booking_code"] or row["booking_id"])
