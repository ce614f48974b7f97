"""The instalments demanded in a period, each with the reason why it gets no letter, if any.

The letters and the register that lists them read the same rows here, so that what one has the other
names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core import calendar
from pipeline.core.calendar import Period
from pipeline.reports.realty.buyers import HEAD
from pipeline.reports.realty.narrowing import folders, narrowed
from pipeline.reports.report import Inputs

Row = Mapping[str, Any]

_DEMANDS = """
    select i.*, {head},
        a.booking_amount, a.demanded, a.received_cash as account_cash,
        a.received_tds as account_tds, a.balance, a.to_be_demanded
    from instalments i
    left join bookings b on b.booking_id = i.booking_id
    left join booking_accounts a on a.booking_id = i.booking_id and a.customer_id = i.customer_id
    left join customers c on c.customer_id = i.customer_id
    left join units u on u.unit_id = b.unit_id
    left join projects p on p.project_id = i.project_id
    where i.demand_date between $first and $last and {condition}
    order by i.demand_date, i.demand_voucher, b.booking_code, i.number, i.instalment_id
"""
_REASONS = {
    "waived": "the instalment is waived",
    "withdrawn": "the booking is cancelled",
    "transferred": "another buyer has taken the booking over",
}


@dataclass(frozen=True)
class Demanded:
    """One instalment of the period. `without_letter`: why no letter goes out for it."""

    row: Row
    number: str
    folder: str
    without_letter: str | None


def demand_period(inputs: Inputs) -> Period:
    """The days asked for; else the period of the tenant file, by default the month to date.

    One for letters and register: what the tenant file says of the one holds for the other.
    """
    as_of, start = inputs.envelope.as_of, inputs.tenant.fiscal_year_start
    reports = inputs.tenant.reports
    configured = reports.get("demand_book") or reports.get("demand_letter")
    match (configured.period if configured else None) or "month":
        case "month":
            usual = calendar.month_to_date(as_of)
        case "quarter":
            usual = Period(calendar.fiscal_quarter(as_of, start).first, as_of)
        case _:
            usual = calendar.fiscal_year_to_date(as_of, start)
    return inputs.asked.selection.period(usual)


def demanded(inputs: Inputs, period: Period) -> list[Demanded]:
    """Those of the period and of what was asked for, in the order of their demands."""
    condition, values = narrowed(inputs, "i.project_id")
    rows = inputs.published.rows(
        _DEMANDS.format(condition=condition, head=HEAD),
        {**values, "first": period.first, "last": period.last},
    )
    names = folders({row["instalment_id"]: _number(row) for row in rows})
    return [
        Demanded(row, _number(row), names[row["instalment_id"]], _why_not(row, inputs))
        for row in rows
    ]


def _number(row: Row) -> str:
    """That of its voucher; instalments that share one are told apart by the folder alone."""
    if row["demand_voucher"]:
        return str(row["demand_voucher"])
    booking = row["booking_code"] or row["booking_id"]
    return f"{booking}/{row['number'] if row['number'] is not None else row['instalment_id']}"


def _why_not(row: Row, inputs: Inputs) -> str | None:
    if row["state"] in _REASONS:
        return _REASONS[row["state"]]
    if row["stage_id"] is None:
        return None
    complete = row["stage_completed_date"]
    if complete is None or complete > inputs.envelope.as_of:
        return f"its stage, {row['stage_name'] or row['stage_id']}, is not complete"
    return None
