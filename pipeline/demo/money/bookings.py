"""The booking and customer tables, once the ledger has told what was paid."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Ints, Streams, gather
from pipeline.demo.leads import Leads
from pipeline.demo.money.ledger import Ledger
from pipeline.demo.money.sales import Sales
from pipeline.demo.people import emails, firm_names, gstins, pans, phones, street_addresses
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window
from pipeline.demo.tables import blank, codes, column, days, integers, money, times

_REASONS = (
    "Home loan not sanctioned",
    "Job transfer to another city",
    "Chose a larger home elsewhere",
    "Family did not agree",
    "Price above budget after tax",
    "Delay in possession",
    "Medical emergency",
    "Better offer from another builder",
)
_BUSINESS_REASONS = (
    "Expansion plan put on hold",
    "Head office chose another city",
    "Funding round delayed",
    "Layout did not fit the team",
    "Better rate from another park",
)


def unit_labels(profile: Profile, sales: Sales) -> pl.Series:
    """Such as `Skyline Aster A-0703`: unique within project and unit type."""
    labels = np.full(len(sales), "", dtype=object)
    for p, project in enumerate(profile.projects):
        for u in range(len(project.units)):
            here = np.flatnonzero((sales.project == p) & (sales.unit == u))
            serials = sales.serial[here].tolist()
            labels[here] = [f"{project.name} {_unit(project.numbering, u, s)}" for s in serials]
    return pl.Series(labels.tolist(), dtype=pl.String)


def _unit(numbering: str, kind: int, serial: int) -> str:
    if numbering == "plot":
        return f"P{kind + 1}-{serial + 1:03d}"
    if numbering == "villa":
        return f"V{kind + 1}-{serial + 1:02d}"
    if numbering == "floor":
        return f"F{serial // 4 + 1:02d}-{'ABCD'[serial % 4]}{kind + 1}"
    # Two units of a type on each of fifteen floors of a tower.
    tower, floor = "ABCDEFGHJKLM"[serial // 30 % 12], serial // 2 % 15 + 1
    return f"{tower}-{floor:02d}{kind * 2 + serial % 2 + 1:02d}"


def statuses(window: Window, sales: Sales, dues: Ints) -> pl.Series:
    """Completed = handed over and paid; a booking with dues stays confirmed past its date."""
    handed_over = (sales.handover >= 0) & (sales.handover <= window.last) & (dues <= 0)
    status = np.select(
        [sales.cancelled < NEVER, sales.pending, sales.held, handed_over],
        [3, 1, 2, 4],
        default=0,
    )
    return gather(("confirmed", "pending", "on_hold", "cancelled", "completed"), status)


def booking_table(
    streams: Streams,
    profile: Profile,
    window: Window,
    sales: Sales,
    ledger: Ledger,
    leads: Leads,
    ids: pl.Series,
    customer_ids: pl.Series,
) -> pl.DataFrame:
    draws, n = streams("booking table"), len(sales)
    cancelled = sales.cancelled < NEVER
    day_cancelled = np.where(cancelled, sales.cancelled // DAY, -1)
    status = statuses(window, sales, ledger.dues)
    reasons = _BUSINESS_REASONS if profile.business else _REASONS
    unit_names = [u.name for p in profile.projects for u in p.units]
    offsets = np.cumsum([0] + [len(p.units) for p in profile.projects])
    handed_over = np.where(status == "completed", sales.handover * DAY + 12 * HOUR, 0)
    updated = np.where(cancelled, sales.cancelled, np.maximum(sales.time, handed_over))
    return pl.DataFrame(
        {
            "id": ids,
            "customer_id": customer_ids.gather(sales.customer),
            "lead_id": gather(leads.ids, sales.lead),
            "booking_code": codes(f"{profile.prefix}-B-", n, 5),
            "booking_date": days(sales.time // DAY),
            "booking_amount": money(sales.price),
            "unit_type": gather(unit_names, offsets[sales.project] + sales.unit),
            "unit_count": sales.count,
            "units_booked": sales.count,
            "units_available": integers(sales.available),
            "delivery_date": days(sales.handover),
            "status": status,
            "cancellation_date": days(day_cancelled),
            "cancellation_reason": blank(draws.choice(reasons, n), ~cancelled),
            "cancellation_refund_amount": blank(money(ledger.refund), ~cancelled),
            "notes": unit_labels(profile, sales),
            "created_at": times(sales.time + 600),
            "updated_at": times(updated + 600),
        }
    )


def customer_table(
    streams: Streams,
    profile: Profile,
    sales: Sales,
    ledger: Ledger,
    names: dict[str, pl.Series],
    ids: pl.Series,
) -> pl.DataFrame:
    """`names` are those of the buyers' leads: first, last, their native forms, e-mail and phone."""
    draws, n = streams("customers"), sales.customers
    person, business_name = _scripted_names(streams, profile, names)
    firm = business_name.is_not_null().to_numpy()
    address, pan = street_addresses(draws, profile, n), pans(draws, n)
    gst = gstins(draws, pan, profile.face.state_code)
    credit_days = gather((0, 7, 15, 30), draws.pick((0.25, 0.15, 0.45, 0.15), n))
    created = sales.time[sales.first_of_customer()]
    live = np.zeros(n, np.int64)
    np.maximum.at(live, sales.customer, (sales.cancelled == NEVER).astype(np.int64))
    return pl.DataFrame(
        {
            "id": ids,
            "customer_code": codes(f"{profile.prefix}-C-", n, 5),
            "customer_name": _either(firm, business_name, person),
            "business_name": business_name,
            "business_type": gather(("individual", "company"), firm.astype(np.int64)),
            "primary_contact_name": person,
            "primary_email": names["email"],
            "primary_phone": names["phone"],
            "billing_address": address["street"],
            "billing_city": column([profile.face.city] * n),
            "billing_state": column([profile.face.state] * n),
            "billing_country": column(["India"] * n),
            "billing_zip": address["zip"],
            "pan_number": pan,
            "gst_number": blank(gst, ~firm),
            "credit_limit": money((1 + draws.below(9, n)) * 5 * 10**7),
            "credit_days": credit_days,
            "payment_terms": "Within " + credit_days.cast(pl.String) + " days of demand",
            "customer_category": gather(("End user", "Investor", "NRI"), draws.pick((7, 2, 1), n)),
            "status": gather(("inactive", "active"), live),
            "current_balance": money(ledger.closing),
            "created_at": times(created),
            "updated_at": times(created),
        }
    )


def _scripted_names(
    streams: Streams, profile: Profile, names: dict[str, pl.Series]
) -> tuple[pl.Series, pl.Series]:
    """The person and, for companies, the firm; some write their own language's script."""
    draws, n = streams("scripts"), len(names["full"])
    native = draws.chance(profile.native_names, n)
    person = _either(native, names["first_native"] + " " + names["last_native"], names["full"])
    firms = firm_names(draws, n)
    scripted = native if profile.business else np.zeros(n, bool)
    firm = _either(scripted, firms["name_native"], firms["name"])
    return person, blank(firm, ~draws.chance(0.8 if profile.business else 0.06, n))


def buyer_names(
    sales: Sales, leads: dict[str, pl.Series], strangers: dict[str, pl.Series]
) -> dict[str, pl.Series]:
    """The names of the leads behind the customers; without a lead, the name of a stranger."""
    lead = sales.lead[sales.first_of_customer()]
    unknown = lead < 0
    return {
        key: _either(unknown, strangers[key], gather(leads[key], lead.clip(0))) for key in leads
    }


def contact_details(
    streams: Streams, topic: str, names: dict[str, pl.Series]
) -> dict[str, pl.Series]:
    """Add full name, e-mail and phone to first and last names."""
    draws = streams(topic)
    first, last = names["first"], names["last"]
    return {
        **names,
        "full": first + " " + last,
        "email": emails(draws, first, last),
        "phone": phones(draws, len(first)),
    }


def _either(choose: Bools, yes: pl.Series, no: pl.Series) -> pl.Series:
    """`yes` where chosen and not null, else `no`."""
    picked = pl.when(pl.Series(choose) & yes.is_not_null()).then(yes).otherwise(no)
    return pl.select(picked).to_series()
