"""The content of the inventory: the models of its payload.

How units become floors and bands is `stacking`'s, how they look is the template's.
"""

from __future__ import annotations

from datetime import date

from pipeline.reports.payload import Frozen, Money, Rate


class StatusSum(Frozen):
    """Units of one project, tower, type and status."""

    project: str
    tower: str
    unit_type: str
    status: str
    units: int
    value: Money


class Velocity(Frozen):
    """Net units a month over three whole months; `months` None where it is not above zero."""

    project: str
    unit_type: str
    unsold: int
    unsold_value: Money
    net_units: int
    per_month: Rate | None
    months: Rate | None
    quarters: Rate | None


class UnitCell(Frozen):
    """A unit in the chart. `sold_twice`: it has more than one live booking."""

    number: str
    unit_type: str | None
    status: str
    letter: str
    amount: Money | None
    expired: bool
    sold_twice: bool


class Floor(Frozen):
    """A row of the chart. `floor` None: units that say none; `first`: whether a band begins."""

    floor: int | None
    cells: tuple[UnitCell, ...]


class TowerStack(Frozen):
    """The chart of one tower, its floors from the top down; `wide` is the most cells of a row."""

    project: str
    tower: str | None
    floors: tuple[Floor, ...]
    wide: int


class ExpiredBlock(Frozen):
    project: str
    unit: str
    unit_type: str | None
    blocked_until: date
    days: int
    price: Money | None


class WithoutAgreement(Frozen):
    """Booked more than thirty days ago, and no agreement yet."""

    project: str
    unit: str
    booking: str
    customer: str | None
    booked_on: date
    days: int
    value: Money
    received_percent: Money | None


class UnitInventory(Frozen):
    """`has_units`: whether the source delivers units at all."""

    narrowed: tuple[str, ...]
    has_units: bool
    units: int
    unsold: int
    unsold_value: Money
    sums: tuple[StatusSum, ...]
    velocity: tuple[Velocity, ...]
    stacks: tuple[TowerStack, ...]
    expired: tuple[ExpiredBlock, ...]
    without_agreement: tuple[WithoutAgreement, ...]
