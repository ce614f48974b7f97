"""What goes wrong on accounts: cancellations that unwind, bounced cheques, advances, entries posted
late.

Takes the entries of the living bookings and adds to them; `ledger.py` orders and balances the
whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.demo.draws import Ints, Streams
from pipeline.demo.money.entries import block
from pipeline.demo.money.sales import Sales
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window, working_day

# Kept of what was paid when a booking is cancelled: 2 % of the price, never more than was paid.
_FORFEIT = 0.02


def refunds_due(sales: Sales, entries: pl.DataFrame) -> tuple[Ints, Ints]:
    """Per booking: what is kept and what is to be refunded (paise) if it was cancelled."""
    paid = _per_sale(sales, entries.filter(pl.col("type") == "payment"), "credit")
    tax = entries.filter(pl.col("text").str.starts_with("Tax deducted"))
    paid += _per_sale(sales, tax, "credit")
    cancelled = sales.cancelled < NEVER
    kept = np.minimum(np.rint(sales.price * _FORFEIT).astype(np.int64), paid)
    return np.where(cancelled, kept, 0), np.where(cancelled, paid - kept, 0)


def unwind(
    streams: Streams, window: Window, sales: Sales, entries: pl.DataFrame, booking_ids: pl.Series
) -> pl.DataFrame:
    """The entries of cancellations: charges credited, a charge for cancelling, the refund weeks
    later.
    """
    draws = streams("cancellations")
    kept, refund = refunds_due(sales, entries)
    charged = _per_sale(sales, entries, "debit")
    credited = _per_sale(sales, entries.filter(pl.col("type") == "credit_note"), "credit")
    gone = np.flatnonzero((sales.cancelled < NEVER) & (charged > 0))
    day = working_day(sales.cancelled[gone] // DAY)
    refunded = working_day(day + 12 + draws.below(40, len(gone)))
    common: dict[str, Any] = {
        "sale": gone,
        "about": "booking",
        "about_ids": booking_ids.gather(gone),
    }
    blocks = [
        block(
            draws,
            "credit_note",
            day=day,
            credit=(charged - credited)[gone],
            hour=10,
            text="Demands withdrawn, booking cancelled",
            **common,
        ),
        block(
            draws,
            "debit_note",
            day=day,
            debit=kept[gone],
            hour=14,
            text="Cancellation charges",
            **common,
        ),
        block(
            draws,
            "adjustment",
            day=refunded,
            debit=refund[gone],
            hour=12,
            text="Refund on cancellation by NEFT",
            **common,
        ),
    ]
    rows = pl.concat(blocks)
    return rows.filter((pl.col("day") <= window.last) & (pl.col("debit") + pl.col("credit") > 0))


def bounced_cheques(streams: Streams, profile: Profile, entries: pl.DataFrame) -> pl.DataFrame:
    """A cheque entered, bounced and taken back: two reversed rows before the payment that held."""
    draws = streams("bounced")
    payments = entries.filter((pl.col("type") == "payment") & (pl.col("about") == "invoice"))
    invoiced = entries.filter(pl.col("type") == "invoice").select("id", raised="day")
    payments = payments.join(invoiced, left_on="about_id", right_on="id", maintain_order="left")
    payments = payments.filter(pl.col("day") >= pl.col("raised") + 12)
    wanted = max(2 if profile.curated else 0, round(len(payments) * 0.006))
    chosen = payments[np.sort(np.unique(draws.below(max(1, len(payments)), wanted)))]
    sale, day = chosen["sale"].to_numpy(), chosen["day"].to_numpy()
    amount = chosen["credit"].to_numpy()
    ids = draws.ids(len(chosen))
    return pl.concat(
        [
            block(
                draws,
                "payment",
                sale=sale,
                day=working_day(day - 9),
                credit=amount,
                ids=ids,
                about="invoice",
                about_ids=chosen["about_id"],
                status="reversed",
                text="Receipt by cheque, returned unpaid",
                hour=14,
            ),
            block(
                draws,
                "adjustment",
                sale=sale,
                day=working_day(day - 5),
                debit=amount,
                about="reversal",
                about_ids=ids,
                status="reversed",
                text="Reversal: cheque returned unpaid",
                hour=11,
            ),
        ]
    )


def advances(streams: Streams, window: Window, sales: Sales, entries: pl.DataFrame) -> pl.DataFrame:
    """A few customers without dues pay ahead of the next demand."""
    draws = streams("advances")
    debit, credit = _per_sale(sales, entries, "debit"), _per_sale(sales, entries, "credit")
    clear = np.flatnonzero((debit == credit) & (debit > 0) & (sales.cancelled == NEVER))
    chosen = clear[draws.chance(0.04, len(clear))] if len(clear) else clear
    n = len(chosen)
    last = np.full(len(sales), window.first, np.int64)
    np.maximum.at(last, entries["sale"].to_numpy(), entries["day"].to_numpy())
    day = np.minimum(last[chosen] + 1 + draws.below(25, n), window.last)
    day = np.where(working_day(day) <= window.last, working_day(day), window.last)
    amount = (1 + draws.below(12, n)) * 25_000 * 100
    return block(
        draws,
        "payment",
        sale=chosen,
        day=day,
        credit=amount,
        text="Advance against next demand, RTGS",
        hour=15,
    )


def rounding(streams: Streams, profile: Profile, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries of nothing, as people leave them behind after rounding."""
    draws = streams("rounding")
    wanted = 2 if profile.curated and len(entries) else 0
    chosen = entries[draws.below(max(1, len(entries)), wanted)]
    return block(
        draws,
        "adjustment",
        sale=chosen["sale"].to_numpy(),
        day=chosen["day"].to_numpy(),
        text="Rounding off",
        hour=18,
    )


def posted_late(
    streams: Streams, profile: Profile, window: Window, entries: pl.DataFrame
) -> pl.DataFrame:
    """A few payments found in the bank statement weeks later: dated then, entered after later
    entries.
    """
    draws = streams("posted late")
    ordered = entries.sort("sale", "day", "created", "id")
    day = ordered["day"].to_numpy()
    sale = ordered["sale"].to_numpy()
    following = np.append(np.where(sale[1:] == sale[:-1], day[1:], -1), -1)
    gap = following - day
    eligible = np.flatnonzero(
        (ordered["type"] == "payment").to_numpy()
        & (ordered["status"] == "active").to_numpy()
        & (gap >= 3)
        & (gap <= 40)
        & (following + 4 <= window.last)
    )
    wanted = min(len(eligible), max(3 if profile.curated else 0, round(len(eligible) * 0.004)))
    chosen = (
        eligible[np.unique(draws.below(max(1, len(eligible)), wanted))] if wanted else eligible[:0]
    )
    created = ordered["created"].to_numpy().copy()
    created[chosen] = working_day(following[chosen] + 2) * DAY + 11 * HOUR
    created[chosen] += draws.below(5 * HOUR, len(chosen))
    remarks = np.full(len(ordered), False)
    remarks[chosen] = True
    return ordered.with_columns(
        created=pl.Series(created),
        remarks=pl.when(pl.Series(remarks)).then(pl.lit("Found in the bank statement")),
    )


def _per_sale(sales: Sales, entries: pl.DataFrame, column: str) -> Ints:
    """Σ of a column of the active entries per booking."""
    total = np.zeros(len(sales), np.int64)
    active = entries.filter(pl.col("status") == "active")
    np.add.at(total, active["sale"].to_numpy(), active[column].to_numpy())
    return total


__all__ = ["advances", "bounced_cheques", "posted_late", "refunds_due", "rounding", "unwind"]
