"""Bookings: which unit of which project, at what price, for which customer, and what is left to
sell.

The journey says when an attempt books or cancels; repeat purchases and bookings without a lead are
added here. Money that follows a booking is in `billing.py` and `accounts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.demo.draws import Bools, Draws, Ints, Streams
from pipeline.demo.journey import Attempts
from pipeline.demo.leads import Leads
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window, office_time

LAKH = 100_000 * 100  # in paise
# How far a phase of a project lags behind the one before.
PHASE_DAYS = 38


@dataclass(frozen=True)
class Sales:
    """Arrays over bookings in order of time. `lead` -1 = none; `customer` numbers the buyers.

    `unit` indexes the project's unit types, `serial` the inventory of project and unit type;
    `price` in paise, tax excluded; `available` = units left of that type after the booking, as
    somebody typed it then; `phase` = 0, 1, 2: towers are built one after the other.
    """

    lead: Ints
    customer: Ints
    time: Ints
    cancelled: Ints
    pending: Bools
    held: Bools
    project: Ints
    unit: Ints
    serial: Ints
    count: Ints
    price: Ints
    available: Ints
    phase: Ints
    handover: Ints

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def customers(self) -> int:
        return int(self.customer.max(initial=-1)) + 1

    def first_of_customer(self) -> Ints:
        """For each customer the index of the first booking."""
        return np.unique(self.customer, return_index=True)[1]


def make_sales(
    streams: Streams,
    profile: Profile,
    window: Window,
    leads: Leads,
    attempts: tuple[Attempts, ...],
) -> Sales:
    draws = streams("sales")
    lead, time, cancelled, pending = _booked(attempts)
    lead, time, cancelled, pending = _with_repeats(
        draws, profile, window, lead, time, cancelled, pending
    )
    order = np.lexsort((lead, time))
    lead, time, cancelled, pending = (part[order] for part in (lead, time, cancelled, pending))
    n = len(lead)
    project, unit = _choose_units(draws, profile, leads, lead)
    count = np.where(draws.chance(0.03, n), 2, 1)
    sales = Sales(
        lead=lead,
        customer=_customers(lead),
        time=time,
        cancelled=cancelled,
        pending=pending,
        held=draws.chance(profile.payers.on_hold, n) & (cancelled == NEVER) & ~pending,
        project=project,
        unit=unit,
        serial=np.zeros(n, np.int64),
        count=count,
        price=_prices(draws, profile, window, project, unit, time) * count,
        available=np.zeros(n, np.int64),
        phase=np.zeros(n, np.int64),
        handover=np.full(n, -1, np.int64),
    )
    sales = _with_inventory(draws, profile, sales)
    return _with_handover(draws, profile, window, sales)


def _booked(attempts: tuple[Attempts, ...]) -> tuple[Ints, Ints, Ints, Bools]:
    masks = [one.booked_at < NEVER for one in attempts]
    pairs = list(zip(attempts, masks, strict=True))
    return (
        np.concatenate([one.lead[mask] for one, mask in pairs]),
        np.concatenate([one.booked_at[mask] for one, mask in pairs]),
        np.concatenate([one.cancelled[mask] for one, mask in pairs]),
        np.concatenate([one.pending[mask] for one, mask in pairs]),
    )


def _with_repeats(
    draws: Draws,
    profile: Profile,
    window: Window,
    lead: Ints,
    time: Ints,
    cancelled: Ints,
    pending: Bools,
) -> tuple[Ints, Ints, Ints, Bools]:
    """Second units of content customers, and for curated tenants three bookings without a lead."""
    content = np.flatnonzero((cancelled == NEVER) & ~pending & (time < window.end - 15 * DAY))
    wanted = round(len(lead) * 0.03)
    if profile.bookings_per_lead is not None:
        wanted = max(0, round(profile.bookings_per_lead * profile.leads) - len(lead))
    if not len(content):
        wanted = 0
    again = content[draws.below(max(1, len(content)), wanted)] if wanted else content[:0]
    room = window.end - 3 * DAY - time[again]
    later = office_time(draws, time[again] + DAY + (room * draws.uniform(wanted)).astype(np.int64))
    strangers = 3 if profile.curated else 0
    span = window.end - window.begin
    when = window.begin + 60 * DAY + draws.below(span - 80 * DAY, strangers)
    stranger_times = office_time(draws, when)
    extra = wanted + strangers
    return (
        np.concatenate([lead, lead[again], np.full(strangers, -1)]),
        np.concatenate([time, np.minimum(later, window.end - HOUR), stranger_times]),
        np.concatenate([cancelled, np.full(extra, NEVER)]),
        np.concatenate([pending, np.zeros(extra, bool)]),
    )


def _customers(lead: Ints) -> Ints:
    """A number per buyer in order of the first booking; without a lead, a buyer of its own."""
    key = np.where(lead >= 0, lead, -1 - np.arange(len(lead)))
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def _choose_units(draws: Draws, profile: Profile, leads: Leads, lead: Ints) -> tuple[Ints, Ints]:
    """A unit of the project the lead asked for."""
    n = len(lead)
    project = draws.pick([p.share for p in profile.projects], n)
    project = np.where(lead >= 0, leads.project[lead.clip(0)], project)
    unit = np.zeros(n, np.int64)
    for index, one in enumerate(profile.projects):
        unit = np.where(project == index, draws.pick([u.weight for u in one.units], n), unit)
    return project, unit


def _prices(
    draws: Draws, profile: Profile, window: Window, project: Ints, unit: Ints, time: Ints
) -> Ints:
    """Floor and facing make the spread; list prices rise by 6 % a year. Whole ten thousands."""
    n = len(project)
    low, high = np.zeros(n), np.zeros(n)
    for p, one in enumerate(profile.projects):
        for u, kind in enumerate(one.units):
            here = (project == p) & (unit == u)
            low[here], high[here] = kind.low, kind.high
    lakh = low + (high - low) * (draws.uniform(n) + draws.uniform(n)) / 2
    lakh *= 1 + 0.06 * (time - window.begin) / (365 * DAY)
    prices: Ints = np.rint(lakh * 10).astype(np.int64) * (LAKH // 10)
    return prices


def _with_handover(draws: Draws, profile: Profile, window: Window, sales: Sales) -> Sales:
    """The phase a unit is built in and the promised day, -1 where the plan has none."""
    day, phase = sales.handover.copy(), sales.phase.copy()
    for index, one in enumerate(profile.projects):
        here = sales.project == index
        # Thirty units of a type fill a tower.
        per_phase = 30 if one.numbering == "tower" else 8
        phase = np.where(here, sales.serial // per_phase % 3, phase)
        if one.handover is not None:
            day = np.where(here, window.last + one.handover + phase * PHASE_DAYS, day)
        if one.handover_after is not None:
            after = sales.time // DAY + one.handover_after + draws.below(20, len(sales))
            day = np.where(here, after, day)
    return replace(sales, phase=phase, handover=day)


def _with_inventory(draws: Draws, profile: Profile, sales: Sales) -> Sales:
    """Number the units sold and count down what is left of each type, over all projects."""
    serial, available = sales.serial.copy(), sales.available.copy()
    inventory: dict[str, int] = {}
    kind = np.full(len(sales), "", dtype=object)
    for p, one in enumerate(profile.projects):
        for u, unit in enumerate(one.units):
            here = np.flatnonzero((sales.project == p) & (sales.unit == u))
            sold = np.cumsum(sales.count[here])
            total = max(4, -int(-(sold[-1] if len(here) else 0) // one.sold_through))
            shuffled = np.argsort(draws.uniform(total), kind="stable")
            serial[here] = shuffled[sold - 1]
            inventory[unit.name] = inventory.get(unit.name, 0) + total
            kind[here] = unit.name
    for name, total in inventory.items():
        here = np.flatnonzero(kind == name)
        available[here] = total - np.cumsum(sales.count[here]) + _returned(sales, here)
    return replace(sales, serial=serial, available=available)


def _returned(sales: Sales, here: Ints) -> Ints:
    """Units given back by cancellations of the bookings `here` until each of them was made."""
    by_time = here[np.argsort(sales.cancelled[here], kind="stable")]
    back = np.concatenate([[0], np.cumsum(sales.count[by_time])])
    before = np.searchsorted(sales.cancelled[by_time], sales.time[here], side="right")
    returned: Ints = back[before]
    return returned
