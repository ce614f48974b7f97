"""Blocks of ledger entries: invoices, payments, deductions, discounts, interest.

A block is a frame with the columns of `block`; blocks are concatenated freely. `sale` says which
booking an entry belongs to. Cancellations and corrections are `accounts.py`'s, order and balance
`ledger.py`'s.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Draws, Ints, Streams
from pipeline.demo.money.billing import NO_DAY, Demands, DemandsMet, payment_particulars
from pipeline.demo.money.sales import Sales
from pipeline.demo.seasons import DAY, HOUR, Window, working_day


def block(
    draws: Draws,
    kind: str,
    *,
    sale: Ints,
    day: Ints,
    text: Any,
    debit: Ints | None = None,
    credit: Ints | None = None,
    due: Ints | None = None,
    about: str | None = None,
    about_ids: pl.Series | None = None,
    ids: pl.Series | None = None,
    status: str = "active",
    hour: int = 14,
) -> pl.DataFrame:
    """Entries of one kind, posted within four hours after `hour` on their day; amounts in paise."""
    n = len(sale)
    zero = np.zeros(n, np.int64)
    reference = pl.Series([None] * n, dtype=pl.String) if about_ids is None else about_ids
    named = pl.Series([about], dtype=pl.String).gather(zero)
    return pl.DataFrame(
        {
            "id": draws.ids(n) if ids is None else ids,
            "sale": sale,
            "day": day,
            "type": pl.Series([kind]).gather(zero),
            "debit": zero if debit is None else debit,
            "credit": zero if credit is None else credit,
            "due": np.full(n, -1) if due is None else due,
            "about": named.set(reference.is_null(), None),
            "about_id": reference,
            "text": pl.Series([text]).gather(zero) if isinstance(text, str) else text,
            "status": pl.Series([status]).gather(zero),
            "created": day * DAY + hour * HOUR + draws.below(4 * HOUR, n),
        }
    )


def charges_and_receipts(
    streams: Streams,
    window: Window,
    sales: Sales,
    demands: Demands,
    settlement: DemandsMet,
    booking_ids: pl.Series,
    units: pl.Series,
) -> pl.DataFrame:
    """Everything that happens on a booking while it lives, up to the window's end."""
    draws = streams("entries")
    unit = units.gather(demands.sale)
    blocks = [
        block(
            draws,
            "invoice",
            sale=demands.sale,
            day=demands.day,
            debit=demands.amount,
            due=demands.due,
            about="booking",
            about_ids=booking_ids.gather(demands.sale),
            ids=demands.ids,
            text=demands.label + ", " + unit,
            hour=9,
        ),
        *_receipts(draws, demands, settlement, unit),
        *_credits(draws, demands, settlement, unit),
        *_interest(draws, window, demands, settlement, unit),
    ]
    rows = pl.concat(blocks)
    sale, day = rows["sale"].to_numpy(), rows["day"].to_numpy()
    stop = np.minimum(sales.cancelled // DAY, window.last + 1)
    moves = (rows["debit"] + rows["credit"]).to_numpy() > 0
    return rows.filter(pl.Series((day < stop[sale]) & moves))


def _receipts(
    draws: Draws, demands: Demands, settlement: DemandsMet, unit: pl.Series
) -> list[pl.DataFrame]:
    """Payments; most say which invoice they are for, the others are on account."""
    blocks = []
    for day, amount in (
        (settlement.first_day, settlement.first),
        (settlement.rest_day, settlement.rest),
    ):
        on_account = draws.chance(0.28, len(demands))
        blocks.append(
            block(
                draws,
                "payment",
                sale=demands.sale,
                day=day,
                credit=amount,
                about="invoice",
                about_ids=demands.ids.set(pl.Series(on_account), None),
                text=payment_particulars(draws, amount, settlement.loan) + ", " + unit,
                hour=14,
            )
        )
    return blocks


def _credits(
    draws: Draws, demands: Demands, settlement: DemandsMet, unit: pl.Series
) -> list[pl.DataFrame]:
    deducted = np.flatnonzero(settlement.deducted > 0)
    discounted = np.flatnonzero(settlement.discount > 0)
    return [
        block(
            draws,
            "adjustment",
            sale=demands.sale[deducted],
            day=settlement.deducted_day[deducted],
            credit=settlement.deducted[deducted],
            about="invoice",
            about_ids=demands.ids.gather(deducted),
            text="Tax deducted at source, certificate received, " + unit.gather(deducted),
        ),
        block(
            draws,
            "credit_note",
            sale=demands.sale[discounted],
            day=working_day(demands.day[discounted] + 2),
            credit=settlement.discount[discounted],
            about="invoice",
            about_ids=demands.ids.gather(discounted),
            text="Discount agreed at booking, " + unit.gather(discounted),
        ),
    ]


def _interest(
    draws: Draws, window: Window, demands: Demands, settlement: DemandsMet, unit: pl.Series
) -> list[pl.DataFrame]:
    """Debit notes for what was more than a month late; later paid, waived or still open."""
    paid = np.where(settlement.rest > 0, settlement.rest_day, settlement.first_day)
    late = (paid > demands.due + 30) & (demands.due + 36 <= window.last)
    charged = np.flatnonzero(late & draws.chance(0.5, len(demands)))
    n = len(charged)
    months = 1 + draws.below(2, n)
    amount = np.rint(demands.amount[charged] * 0.01 * months).astype(np.int64)
    day = working_day(demands.due[charged] + 32 + draws.below(12, n))
    note_ids = draws.ids(n)
    ending = draws.uniform(n)
    settles, waived = ending < 0.6, (ending >= 0.6) & (ending < 0.78)
    after = working_day(np.maximum(paid[charged], day) + 2 + draws.below(20, n))
    common: dict[str, Any] = {
        "sale": demands.sale[charged],
        "credit": amount,
        "about": "debit_note",
    }

    def closing(kind: str, chosen: Bools, text: pl.Series, when: Ints) -> pl.DataFrame:
        rows = block(draws, kind, day=when, about_ids=note_ids, text=text, **common)
        return rows.filter(pl.Series(chosen))

    at = unit.gather(charged)
    receipts = payment_particulars(draws, amount, np.zeros(n, bool))
    return [
        block(
            draws,
            "debit_note",
            sale=demands.sale[charged],
            day=day,
            debit=amount,
            due=day + 15,
            about="invoice",
            about_ids=demands.ids.gather(charged),
            ids=note_ids,
            text="Interest on late payment, " + at,
        ),
        closing("payment", settles, receipts + ", interest, " + at, after),
        closing("credit_note", waived, "Interest waived, " + at, working_day(day + 25)),
    ]


__all__ = ["NO_DAY", "block", "charges_and_receipts"]
