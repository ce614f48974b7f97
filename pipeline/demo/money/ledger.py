"""The customers' ledgers, whole: entries in the product's order, voucher codes, running balance,
the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo.draws import Ints, Streams
from pipeline.demo.money import accounts
from pipeline.demo.money.billing import make_demands, settle
from pipeline.demo.money.entries import charges_and_receipts
from pipeline.demo.money.sales import Sales
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, Window
from pipeline.demo.tables import days, money, times

_PREFIX = {
    "invoice": "INV",
    "payment": "RCT",
    "credit_note": "CN",
    "debit_note": "DN",
    "adjustment": "JV",
}


@dataclass(frozen=True)
class Ledger:
    """`entries` in order with `customer` and `balance` (paise); `refund` per booking; `closing` per
    customer; `dues` = what is still open per booking (paise).
    """

    entries: pl.DataFrame
    refund: Ints
    dues: Ints
    closing: Ints


def make_ledger(
    streams: Streams,
    profile: Profile,
    window: Window,
    sales: Sales,
    booking_ids: pl.Series,
    units: pl.Series,
) -> Ledger:
    demands = make_demands(streams, profile, window, sales)
    settlement = settle(streams, profile, sales, demands)
    living = charges_and_receipts(streams, window, sales, demands, settlement, booking_ids, units)
    _, refund = accounts.refunds_due(sales, living)
    rows = pl.concat(
        [
            living,
            accounts.unwind(streams, window, sales, living, booking_ids),
            accounts.advances(streams, window, sales, living),
            accounts.bounced_cheques(streams, profile, living),
            accounts.rounding(streams, profile, living),
        ]
    )
    if profile.entries_per_booking is not None:
        rows = _filled_up(streams, rows, round(profile.entries_per_booking * len(sales)))
    rows = accounts.posted_late(streams, profile, window, rows)
    rows = _coded(
        profile, rows.with_columns(customer=pl.Series(sales.customer).gather(rows["sale"]))
    )
    rows = _balanced(rows)
    return Ledger(
        rows, refund, _sum_by(rows, "sale", len(sales)), _sum_by(rows, "customer", sales.customers)
    )


def _filled_up(streams: Streams, rows: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """Enough payments made in two transfers to have `wanted` entries in all."""
    draws = streams("filling up")
    can = np.flatnonzero(((rows["type"] == "payment") & (rows["status"] == "active")).to_numpy())
    missing = min(wanted - len(rows), len(can))
    if missing <= 0:
        return rows
    chosen = np.sort(can[np.argsort(draws.uniform(len(can)), kind="stable")[:missing]])
    credit = rows["credit"].to_numpy().copy()
    part = credit[chosen] * 2 // 5
    credit[chosen] -= part
    second = rows[chosen].with_columns(
        id=draws.ids(missing),
        credit=pl.Series(part),
        created=pl.col("created") + 60,
    )
    return pl.concat([rows.with_columns(credit=pl.Series(credit)), second])


def _coded(profile: Profile, rows: pl.DataFrame) -> pl.DataFrame:
    """Vouchers numbered by type and fiscal year as they were entered: SKY/RCT/25-26/00042."""
    entered = pl.from_epoch(pl.col("created"), "s")
    year = entered.dt.year() - (entered.dt.month() < 4).cast(pl.Int32)
    fiscal = (
        (year % 100).cast(pl.String).str.zfill(2)
        + "-"
        + ((year + 1) % 100).cast(pl.String).str.zfill(2)
    )
    rows = rows.sort("created", "id").with_columns(
        series=profile.prefix + "/" + pl.col("type").replace_strict(_PREFIX) + "/" + fiscal
    )
    number = pl.int_range(1, pl.len() + 1).over("series")
    return rows.with_columns(code=pl.col("series") + "/" + number.cast(pl.String).str.zfill(5))


def _balanced(rows: pl.DataFrame) -> pl.DataFrame:
    """In the order of the product, with the balance after each effective entry, null on others."""
    effective = pl.col("status") == "active"
    movement = pl.when(effective).then(pl.col("debit") - pl.col("credit")).otherwise(0)
    rows = rows.sort("customer", "day", "created", "code", "id")
    return rows.with_columns(
        movement=movement, balance=pl.when(effective).then(movement.cum_sum().over("customer"))
    )


def _sum_by(rows: pl.DataFrame, key: str, size: int) -> Ints:
    total = np.zeros(size, np.int64)
    np.add.at(total, rows[key].to_numpy(), rows["movement"].to_numpy())
    return total


def ledger_table(rows: pl.DataFrame, customer_ids: pl.Series) -> pl.DataFrame:
    created = times(rows["created"].to_numpy())
    return pl.DataFrame(
        {
            "id": rows["id"],
            "customer_id": customer_ids.gather(rows["customer"]),
            "ledger_code": rows["code"],
            "ledger_date": days(rows["day"].to_numpy()),
            "transaction_type": rows["type"],
            "reference_document_type": rows["about"],
            "reference_document_id": rows["about_id"],
            "debit_amount": money(rows["debit"].to_numpy()),
            "credit_amount": money(rows["credit"].to_numpy()),
            "balance_after": money(rows["balance"].fill_null(0).to_numpy()).set(
                rows["balance"].is_null(), None
            ),
            "due_date": days(rows["due"].to_numpy()),
            "description": rows["text"],
            "remarks": rows["remarks"],
            "status": rows["status"],
            "created_at": created,
            "updated_at": created,
        }
    )


__all__ = ["DAY", "Ledger", "ledger_table", "make_ledger"]
