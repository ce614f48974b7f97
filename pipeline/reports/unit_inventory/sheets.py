"""The spreadsheet of the inventory: sums by status, velocity, and every unit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
from pipeline.reports.unit_inventory.content import UnitInventory

_ZERO = Decimal("0.00")


def sheets(content: UnitInventory) -> Iterator[Sheet]:
    yield _by_status(content)
    yield _velocity(content)
    yield _units(content)


def _by_status(content: UnitInventory) -> Sheet:
    return Sheet(
        "By status",
        (
            *(SheetColumn(title) for title in ("Project", "Tower", "Type", "Status")),
            SheetColumn("Units", "number"),
            SheetColumn("Value", "money"),
        ),
        [
            (
                *(one.project, one.tower, one.unit_type, one.status.replace("_", " ")),
                *(one.units, one.value),
            )
            for one in content.sums
        ],
        sums=(
            *("Total", None, None, None, sum(one.units for one in content.sums)),
            sum((one.value for one in content.sums), _ZERO),
        ),
        note=None if content.has_units else "The source does not deliver the entity units.",
    )


def _velocity(content: UnitInventory) -> Sheet:
    return Sheet(
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


def _units(content: UnitInventory) -> Sheet:
    return Sheet(
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
