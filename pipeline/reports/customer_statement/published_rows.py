"""The published rows that statements are made of: which accounts there are, and their rows.

An account is read with hundreds of others, because a query costs more than the rows of one. `Due`
carries a digest of all rows of an account, made where they lie: what was stated once and has not
changed since is not even read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline.reports.customer_statement.allocations import Account, Row

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_UNKNOWN = {
    "customer_code": None,
    "customer_name": "Unknown customer",
    "business_name": None,
    "primary_contact_name": None,
    "primary_email": None,
    "primary_phone": None,
    "billing_address": None,
    "billing_city": None,
    "billing_state": None,
    "billing_country": None,
    "billing_zip": None,
    "pan_number": None,
    "gst_number": None,
    "credit_days": 0,
}
TABLES = {
    "customers": "customers",
    "entries": "ledger_entries",
    "open_items": "ledger_open_items",
    "allocations": "ledger_allocations",
    "bookings": "bookings",
    "summary": "v_customer_ledger_summary",
    "states": "ledger_entry_states",
    "booking_accounts": "booking_accounts",
}
_SAID = " union all ".join(
    f"select customer_id, sha256('{table}' || cast(t as varchar)) as said from {table} t"  # noqa: S608
    for table in TABLES.values()
)
_DUE = f"""
    with ledger as (
        select customer_id, min(ledger_date) as first_date
        from ledger_entries where is_effective group by customer_id
    ),
    digests as (
        select customer_id, sha256(string_agg(said, '' order by said)) as digest
        from ({_SAID}) group by customer_id
    )
    select coalesce(l.customer_id, s.customer_id) as customer_id, c.customer_code, l.first_date,
        d.digest
    from ledger l
    full join v_customer_ledger_summary s on s.customer_id = l.customer_id
    left join customers c on c.customer_id = coalesce(l.customer_id, s.customer_id)
    left join digests d on d.customer_id = coalesce(l.customer_id, s.customer_id)
    where l.customer_id is not null or s.outstanding_balance <> 0
    order by c.customer_code, l.customer_id, s.customer_id
"""  # noqa: S608


@dataclass(frozen=True)
class Due:
    """An account that gets a statement. `first_date`: its first effective entry's, if any;
    `digest`: SHA-256 of all its published rows, whatever their order.
    """

    customer_id: str
    customer_code: str | None
    first_date: date | None
    digest: str

    @property
    def name(self) -> str:
        return self.customer_code or self.customer_id


def accounts_due(published: Published) -> list[Due]:
    """Every account with an effective entry or a balance, by customer code."""
    return [Due(**row) for row in published.rows(_DUE)]


def read_accounts(published: Published, due: Sequence[Due]) -> Iterator[Account]:
    """The rows of these accounts, in the order asked for."""
    ids = [one.customer_id for one in due]
    tables = {name: _rows_of(published, table, ids) for name, table in TABLES.items()}
    for customer_id in ids:
        customer = tables["customers"][customer_id] or [{**_UNKNOWN, "customer_id": customer_id}]
        yield Account(
            customer=customer[0],
            entries=tables["entries"][customer_id],
            open_items=tables["open_items"][customer_id],
            allocations=tables["allocations"][customer_id],
            bookings=tables["bookings"][customer_id],
            summary=next(iter(tables["summary"][customer_id]), {}),
            states=tables["states"][customer_id],
            booking_accounts=tables["booking_accounts"][customer_id],
        )


def _rows_of(published: Published, table: str, ids: list[str]) -> Mapping[str, list[Row]]:
    """The table's rows of these customers, by customer; entries in their order."""
    order = "entry_order, entry_id" if table == "ledger_entries" else "customer_id"
    rows: dict[str, list[Row]] = defaultdict(list)
    # As one text: of each text in a list DuckDB asks whether it is of pandas, by importing it.
    asked = "select unnest(from_json(?, '[\"VARCHAR\"]'))"
    sql = f"select * from {table} where customer_id in ({asked}) order by {order}"  # noqa: S608
    for row in published.rows(sql, [json.dumps(ids)]):
        rows[row["customer_id"]].append(row)
    return rows
