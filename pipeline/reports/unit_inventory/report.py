"""The inventory of a tenant's projects: sums, velocity, charts, and what should not stay as it is.

The sums are the published ones and every unit stands in one chart, so that a unit that is in no
sum cannot be in a chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pipeline.reports.drawing.xlsx import Sheet
from pipeline.reports.payload import Payload
from pipeline.reports.realty.narrowing import narrowed
from pipeline.reports.report import Inputs, Key, ReportModule
from pipeline.reports.unit_inventory.content import (
    ExpiredBlock,
    StatusSum,
    UnitInventory,
    Velocity,
    WithoutAgreement,
)
from pipeline.reports.unit_inventory.sheets import sheets
from pipeline.reports.unit_inventory.stacking import natural, stacks

_ZERO = Decimal("0.00")
_UNSOLD = ("available", "blocked")
_WITHOUT_AGREEMENT_DAYS = 30
_UNITS = "select t.* from units t where {condition}"
_SUMS = """
    select coalesce(p.project_name, t.project_id) as project, t.tower, t.unit_type, t.status,
        t.units, t.unit_value as value
    from inventory t left join projects p on p.project_id = t.project_id
    where {condition} order by all
"""
_VELOCITY = """
    select coalesce(p.project_name, t.project_id) as project, t.unit_type,
        t.unsold_units as unsold, t.unsold_value, t.net_units_3_months as net_units,
        t.units_per_month as per_month, t.months_of_inventory as months,
        t.quarters_of_inventory as quarters
    from unit_velocity t left join projects p on p.project_id = t.project_id
    where {condition} order by all
"""
_WAITING = """
    select coalesce(t.project_name, t.project_id) as project, t.unit_number as unit,
        coalesce(t.booking_code, t.booking_id) as booking, t.customer_name as customer,
        t.booking_date as booked_on, $as_of - t.booking_date as days, t.booking_amount as value,
        t.received_percent
    from booking_accounts t
    join units u on u.booking_id = t.booking_id and u.status = 'booked'
    where t.booking_date < $before and {condition}
    order by booked_on, booking
"""


class InventoryReport(ReportModule[UnitInventory]):
    """One inventory per tenant, of all projects or of one."""

    schema = "unit_inventory/1"
    content = UnitInventory

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, UnitInventory]]:
        condition, values = narrowed(inputs, "t.project_id")
        as_of = inputs.envelope.as_of
        before = as_of - timedelta(days=_WITHOUT_AGREEMENT_DAYS)

        def rows(sql: str, **more: date) -> list[dict[str, Any]]:
            return inputs.published.rows(sql.format(condition=condition), {**values, **more})

        units = rows(_UNITS)
        unsold = [unit for unit in units if unit["status"] in _UNSOLD]
        content = UnitInventory(
            narrowed=inputs.asked.selection.described(),
            has_units=bool(units),
            units=len(units),
            unsold=len(unsold),
            unsold_value=sum((unit["unit_value"] or _ZERO for unit in unsold), _ZERO),
            sums=tuple(StatusSum(**row) for row in rows(_SUMS)),
            velocity=tuple(Velocity(**row) for row in rows(_VELOCITY)),
            stacks=tuple(stacks(units)),
            expired=tuple(_expired(units, as_of)),
            without_agreement=tuple(
                WithoutAgreement(**row) for row in rows(_WAITING, as_of=as_of, before=before)
            ),
        )
        yield (), content

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        return sheets(self._said(payload))


def _expired(units: Sequence[Mapping[str, Any]], as_of: date) -> Iterator[ExpiredBlock]:
    found = [unit for unit in units if unit["is_block_expired"]]
    for unit in sorted(found, key=lambda unit: natural(unit["unit_number"])):
        yield ExpiredBlock(
            project=unit["project_name"] or unit["project_id"],
            unit=unit["unit_number"],
            unit_type=unit["unit_type"],
            blocked_until=unit["blocked_until"],
            days=(as_of - unit["blocked_until"]).days,
            price=unit["list_price"],
        )
