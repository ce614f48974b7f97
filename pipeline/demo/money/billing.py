"""Demands and how they are paid: the invoices of a payment plan, payments, deductions, interest.

Amounts are whole paise. `entries.py` makes ledger entries of them; `accounts.py` adds cancellations
and corrections, puts them in order and balances them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Draws, Ints, Streams, gather
from pipeline.demo.money.sales import PHASE_DAYS, Sales
from pipeline.demo.profile import Profile, Project
from pipeline.demo.seasons import DAY, NEVER, Window, working_day

# A day that never comes, for payments that are not made.
NO_DAY = int(NEVER // DAY)
_LATE = {
    "prompt": (-12, -8, -5, -2, 0, 2, 6),
    "loan": (2, 5, 8, 12, 18, 25, 40),
    "slow": (5, 12, 20, 32, 50, 75, 120),
    "partial": (-3, 0, 2, 5, 10, 18, 30),
    "defaulter": (5, 15, 25, 40, 60, 85, 130),
}
_REST = (20, 30, 42, 58, 78, 100, 140)
# How people pay small sums, sums up to five lakh, and more: UPI and IMPS have limits.
_MODES = (
    ("UPI", "UPI", "NEFT", "IMPS"),
    ("NEFT", "IMPS", "Cheque", "NEFT"),
    ("RTGS", "NEFT", "Cheque", "RTGS"),
)
_SMALL, _MEDIUM = 100_000 * 100, 500_000 * 100


@dataclass(frozen=True)
class Demands:
    """Arrays over invoices: sale, plan line, day raised, day due, amount with tax and without
    (paise).
    """

    ids: pl.Series
    sale: Ints
    line: Ints
    label: pl.Series
    day: Ints
    due: Ints
    amount: Ints
    net: Ints

    def __len__(self) -> int:
        return len(self.sale)


def make_demands(streams: Streams, profile: Profile, window: Window, sales: Sales) -> Demands:
    """Every demand raised by now on bookings that are neither pending nor, by then, given up."""
    draws = streams("demands")
    parts = []
    for index, project in enumerate(profile.projects):
        chosen = np.flatnonzero((sales.project == index) & ~sales.pending)
        parts.append(_plan_rows(draws, project, window, sales, chosen))
    rows = pl.concat(parts)
    # Stages that were complete before the agreement are asked for together.
    rows = rows.group_by("sale", "day", maintain_order=True).agg(
        pl.col("line").max(),
        pl.col("label").last(),
        pl.col("due").max(),
        pl.col("net").sum(),
        pl.col("tax").sum(),
    )
    stop = np.minimum(sales.cancelled // DAY, window.last + 1)
    on_hold = sales.time // DAY + 50
    stop = np.where(sales.held, np.minimum(stop, on_hold), stop)
    sale, day = rows["sale"].to_numpy(), rows["day"].to_numpy()
    rows = rows.filter(pl.Series(day < stop[sale])).sort("sale", "day", "line")
    return Demands(
        ids=streams("demand ids").ids(len(rows)),
        sale=rows["sale"].to_numpy(),
        line=rows["line"].to_numpy(),
        label=rows["label"],
        day=rows["day"].to_numpy(),
        due=rows["due"].to_numpy(),
        amount=(rows["net"] + rows["tax"]).to_numpy(),
        net=rows["net"].to_numpy(),
    )


def _plan_rows(
    draws: Draws, project: Project, window: Window, sales: Sales, chosen: Ints
) -> pl.DataFrame:
    """One row a booking and plan line, in order."""
    steps = project.plan
    booked = working_day(sales.time[chosen] // DAY)
    slack = draws.below(9, len(chosen))
    agreement = booked + next((s.days for s in steps[1:] if s.stage is None), 0) + slack
    columns = []
    for number, step in enumerate(steps):
        if step.stage is not None:
            certified = window.last + project.stages[step.stage] + sales.phase[chosen] * PHASE_DAYS
            day = np.maximum(certified, agreement + 12)
        elif number == 0:
            day = booked
        else:
            day = booked + step.days + slack
        columns.append(working_day(day))
    day = np.stack(columns, axis=1).reshape(-1)
    line = np.tile(np.arange(len(steps)), len(chosen))
    share = np.tile(np.array([s.share for s in steps]), len(chosen))
    net = np.rint(np.repeat(sales.price[chosen], len(steps)) * share).astype(np.int64)
    return pl.DataFrame(
        {
            "sale": np.repeat(chosen, len(steps)),
            "day": day,
            "line": line,
            "label": gather([s.label for s in steps], line),
            "due": day + np.tile(np.array([s.due_days for s in steps]), len(chosen)),
            "net": net,
            "tax": np.rint(net * project.tax).astype(np.int64),
        }
    )


@dataclass(frozen=True)
class DemandsMet:
    """How each demand is met: up to two payments, tax deducted, discount; days may lie in the
    future.
    """

    first_day: Ints
    first: Ints
    rest_day: Ints
    rest: Ints
    deducted_day: Ints
    deducted: Ints
    discount: Ints
    loan: Bools


def settle(streams: Streams, profile: Profile, sales: Sales, demands: Demands) -> DemandsMet:
    draws = streams("payments")
    n, payers = len(demands), profile.payers
    kinds = ("prompt", "loan", "slow", "partial", "defaulter")
    by_customer = draws.pick([getattr(payers, kind) for kind in kinds], sales.customers)
    customer = sales.customer[demands.sale]
    habit = by_customer[customer]
    late = np.choose(habit, [draws.spread(_LATE[kind], n) for kind in kinds])
    at_booking = demands.line == 0
    first_day = np.where(at_booking, demands.day, demands.due + late.astype(np.int64))
    first_day = working_day(np.maximum(first_day, demands.day))
    deducts = draws.chance(payers.tax_deducted, sales.customers)[customer] & ~at_booking
    rate = 0.1 if profile.business else 0.01
    deducted = np.where(deducts, np.rint(demands.net * rate), 0).astype(np.int64)
    discount = _discounts(draws, profile, sales, demands)
    payable = demands.amount - deducted - discount
    splits = (habit == 3) & ~at_booking
    part = np.floor(payable * draws.between(0.35, 0.75, n) / 10**7).astype(np.int64) * 10**7
    first = np.where(splits, part, payable)
    rest_day = working_day(first_day + draws.spread(_REST, n).astype(np.int64))
    gives_up = (habit == 4) & (demands.line >= 1) & draws.chance(0.75, n)
    forgotten = draws.chance(0.012, n) & ~at_booking
    never = gives_up | forgotten
    return DemandsMet(
        first_day=np.where(never, NO_DAY, first_day),
        first=first,
        rest_day=np.where(never | draws.chance(0.06, n), NO_DAY, rest_day),
        rest=payable - first,
        deducted_day=np.where(never, NO_DAY, working_day(first_day + draws.below(8, n) + 2)),
        deducted=deducted,
        discount=discount,
        loan=(habit == 1) & ~at_booking,
    )


def _discounts(draws: Draws, profile: Profile, sales: Sales, demands: Demands) -> Ints:
    """A discount promised at the booking is credited against the second demand."""
    promised = draws.chance(profile.payers.discounted, len(sales))[demands.sale]
    rupees = 25_000 * (1 + draws.below(4, len(demands)))
    small = demands.amount < rupees * 400
    return np.where(promised & (demands.line == 1) & ~small, rupees * 100, 0).astype(np.int64)


def payment_particulars(draws: Draws, amount: Ints, loan: Bools) -> pl.Series:
    """How an amount (paise) was paid: NEFT, cheque and the like, or a bank's disbursal."""
    n = len(loan)
    size = (amount > _SMALL).astype(np.int64) + (amount > _MEDIUM)
    mode = gather([mode for modes in _MODES for mode in modes], size * 4 + draws.below(4, n))
    number = pl.Series(draws.below(900_000, n) + 100_000).cast(pl.String)
    own = "Receipt by " + mode + ", ref. " + number
    return pl.select(
        pl.when(pl.Series(loan)).then("Home loan disbursal, ref. " + number).otherwise(own)
    ).to_series()
