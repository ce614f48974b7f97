"""The inventory of a tenant's projects: sums, velocity, charts, and what should not stay as it is.

The sums are the published ones and every unit stands in one chart, so that a unit that is in no
sum cannot be in a chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from pipeline.reports.drawing.xlsx import Cell as SheetCell
from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
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
from pipeline.reports.unit_inventory.stacking import natural, stacks

_ZERO = Decimal("0.00")
_UNSOLD = ("available", "blocked")
_WITHOUT_AGREEMENT_DAYS = 30
_PROJECT = "coalesce(p.project_name, t.project_id) as project"
_OF_PROJECT = "left join projects p on p.project_id = t.project_id"


class InventoryReport(ReportModule[UnitInventory]):
    """One inventory per tenant, of all projects or of one."""

    schema = "unit_inventory/1"
    content = UnitInventory

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, UnitInventory]]:
        condition, values = narrowed(inputs, "t.project_id")
        rows, as_of = inputs.published.rows, inputs.envelope.as_of
        units = rows(f"select t.* from units t where {condition}", values)  # noqa: S608
        sums = rows(
            f"select {_PROJECT}, t.tower, t.unit_type, t.status, t.units, t.unit_value as value"  # noqa: S608
            f" from inventory t {_OF_PROJECT} where {condition} order by all",
            values,
        )
        velocity = rows(
            f"select {_PROJECT}, t.unit_type, t.unsold_units as unsold, t.unsold_value,"  # noqa: S608
            " t.net_units_3_months as net_units, t.units_per_month as per_month,"
            " t.months_of_inventory as months, t.quarters_of_inventory as quarters"
            f" from unit_velocity t {_OF_PROJECT} where {condition} order by all",
            values,
        )
        waiting = rows(
            "select coalesce(t.project_name, t.project_id) as project, t.unit_number as unit,"  # noqa: S608
            " coalesce(t.booking_code, t.booking_id) as booking, t.customer_name as customer,"
            " t.booking_date as booked_on, $as_of - t.booking_date as days,"
            " t.booking_amount as value, t.received_percent from booking_accounts t"
            " join units u on u.booking_id = t.booking_id and u.status = 'booked'"
            f" where t.booking_date < $before and {condition} order by booked_on, booking",
            {**values, "as_of": as_of, "before": as_of - timedelta(days=_WITHOUT_AGREEMENT_DAYS)},
        )
        unsold = [unit for unit in units if unit["status"] in _UNSOLD]
        expired = [unit for unit in units if unit["is_block_expired"]]
        yield (
            (),
            UnitInventory(
                narrowed=inputs.asked.selection.described(),
                has_units=bool(units),
                units=len(units),
                unsold=len(unsold),
                unsold_value=sum((unit["unit_value"] or _ZERO for unit in unsold), _ZERO),
                sums=tuple(StatusSum(**row) for row in sums),
                velocity=tuple(Velocity(**row) for row in velocity),
                stacks=tuple(stacks(units)),
                expired=tuple(
                    ExpiredBlock(
                        project=unit["project_name"] or unit["project_id"],
                        unit=unit["unit_number"],
                        unit_type=unit["unit_type"],
                        blocked_until=unit["blocked_until"],
                        days=(as_of - unit["blocked_until"]).days,
                        price=unit["list_price"],
                    )
                    for unit in sorted(expired, key=lambda unit: natural(unit["unit_number"]))
                ),
                without_agreement=tuple(WithoutAgreement(**row) for row in waiting),
            ),
        )

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        note = None if content.has_units else "The source does not deliver the entity units."
        yield Sheet(
            "By status",
            (
                *(SheetColumn(title) for title in ("Project", "Tower", "Type", "Status")),
                SheetColumn("Units", "number"),
                SheetColumn("Value", "money"),
            ),
            [(*_plain(one.model_dump(), "status"),) for one in content.sums],
            sums=(
                "Total",
                None,
                None,
                None,
                sum(one.units for one in content.sums),
                sum((one.value for one in content.sums), _ZERO),
            ),
            note=note,
        )
        yield Sheet(
            "Velocity",
            (
                SheetColumn("Project"),
                SheetColumn("Type"),
                SheetColumn("Unsold", "number"),
                SheetColumn("Unsold value", "money"),
                SheetColumn("Net units, 3 months", "number"),
                SheetColumn("A month", "decimal"),
                SheetColumn("Months of inventory", "decimal"),
                SheetColumn("Quarters", "decimal"),
            ),
            [tuple(one.model_dump().values()) for one in content.velocity],
        )
        yield Sheet(
            "Units",
            (
                *(SheetColumn(title) for title in ("Project", "Tower")),
                SheetColumn("Floor", "number"),
                *(SheetColumn(title) for title in ("Unit", "Type", "Status")),
                SheetColumn("Price or value", "money"),
                SheetColumn("Block expired", "flag"),
            ),
            [
                (
                    *(stack.project, stack.tower, floor.floor, cell.number, cell.unit_type),
                    *(cell.status.replace("_", " "), cell.amount, cell.expired),
                )
                for stack in content.stacks
                for floor in stack.floors
                for cell in floor.cells
            ],
        )


def _plain(values: dict[str, SheetCell], *names: str) -> Iterator[SheetCell]:
    """With words for these states."""
    for name, value in values.items():
        yield str(value).replace("_", " ") if name in names else value
