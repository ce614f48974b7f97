"""RERA packs: for each project what its quarterly return asks of receivables and of the account.

Carpet areas are in square metres, as the returns have them. A sold unit has a live booking, or is
sold by its record alone; unsold are those available or blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.reports.drawing.xlsx import Cell, Sheet, SheetColumn
from pipeline.reports.payload import Frozen, Money, Payload
from pipeline.reports.realty.narrowing import folders, narrowed
from pipeline.reports.report import Inputs, Key, ReportModule

Row = Mapping[str, Any]

_ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
SQUARE_METRES = Decimal("0.09290304")
_SOLD = ("booked", "agreed", "handed_over", "sold")
_UNSOLD = ("available", "blocked")
_UNITS = """
    select u.*, a.booking_amount, a.received_base,
        a.booking_amount - a.received_base as receivable
    from units u
    left join booking_accounts a on a.booking_id = u.booking_id
    where u.project_id = $project
    order by u.tower, u.floor, u.unit_number, u.unit_id
"""


class SoldUnit(Frozen):
    """Amounts are without taxes; a unit that is sold by its record alone has none."""

    tower: str | None
    unit: str
    unit_type: str | None
    carpet_sqm: Money | None
    consideration: Money | None
    received: Money | None
    receivable: Money | None


class UnsoldUnit(Frozen):
    tower: str | None
    unit: str
    unit_type: str | None
    carpet_sqm: Money | None
    price: Money | None


class AccountMonth(Frozen):
    month: date
    received: Money
    tax: Money
    net: Money
    percent: Decimal
    designated: Money


class ReraPack(Frozen):
    project: str
    rera_number: str | None
    sold: tuple[SoldUnit, ...]
    unsold: tuple[UnsoldUnit, ...]
    months: tuple[AccountMonth, ...]


class ReraPacks(ReportModule[ReraPack]):
    """A pack for each project."""

    schema = "rera_pack/1"
    content = ReraPack

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, ReraPack]]:
        condition, values = narrowed(inputs, "p.project_id")
        projects = inputs.published.rows(
            f"select p.* from projects p where {condition} order by p.project_name, p.project_id",  # noqa: S608
            values,
        )
        names = folders(
            {row["project_id"]: row["project_code"] or row["project_name"] for row in projects}
        )
        for project in projects:
            yield (names[project["project_id"]],), _pack(inputs, project)

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        pack = self._said(payload)
        note = f"{pack.project}, RERA {pack.rera_number or 'number unknown'}. No legal advice."
        yield _sheet("Sold units", _SOLD_COLUMNS, pack.sold, f"{note} Without taxes.")
        yield _sheet("Unsold units", _UNSOLD_COLUMNS, pack.unsold, note)
        yield _sheet(
            "Designated account",
            _MONTHS,
            pack.months,
            f"{note} TDS never reaches the account; receipts that bounced are out.",
        )


_UNIT = (
    *(SheetColumn(title) for title in ("Tower", "Unit", "Type")),
    SheetColumn("Carpet area, m²", "decimal"),
)
_SOLD_COLUMNS = (
    *_UNIT,
    SheetColumn("Consideration", "money"),
    SheetColumn("Received", "money"),
    SheetColumn("Balance receivable", "money"),
)
_UNSOLD_COLUMNS = (*_UNIT, SheetColumn("List price", "money"))
_MONTHS = (
    SheetColumn("Month", "date"),
    SheetColumn("Received", "money"),
    SheetColumn("Tax within", "money"),
    SheetColumn("Net", "money"),
    SheetColumn("Percent", "decimal"),
    SheetColumn("To the account", "money"),
)


def _sheet(name: str, columns: Sequence[SheetColumn], rows: Sequence[Frozen], note: str) -> Sheet:
    """With the sums of amounts and areas; a percentage has none."""
    values = [tuple(row.model_dump().values()) for row in rows]
    sums: list[Cell] = [
        _sum(row[place] for row in values)
        if column.kind == "money" or column.title.startswith("Carpet")
        else None
        for place, column in enumerate(columns)
    ]
    return Sheet(name, columns, values, sums=["Total", *sums[1:]] if rows else None, note=note)


def _pack(inputs: Inputs, project: Row) -> ReraPack:
    asked = {"project": project["project_id"]}
    units = inputs.published.rows(_UNITS, asked)
    months = inputs.published.rows(
        "select month, received_amount as received, tax_amount as tax, net_amount as net,"
        " designated_percent as percent, designated_amount as designated"
        " from designated_account where project_id = $project order by month",
        asked,
    )
    return ReraPack(
        project=project["project_name"],
        rera_number=project["rera_number"],
        sold=tuple(_sold(unit) for unit in units if unit["status"] in _SOLD),
        unsold=tuple(_unsold(unit) for unit in units if unit["status"] in _UNSOLD),
        months=tuple(AccountMonth(**row) for row in months),
    )


def _sold(unit: Row) -> SoldUnit:
    return SoldUnit(
        tower=unit["tower"],
        unit=unit["unit_number"],
        unit_type=unit["unit_type"],
        carpet_sqm=square_metres(unit["carpet_sqft"]),
        consideration=unit["booking_amount"],
        received=unit["received_base"],
        receivable=unit["receivable"],
    )


def _unsold(unit: Row) -> UnsoldUnit:
    return UnsoldUnit(
        tower=unit["tower"],
        unit=unit["unit_number"],
        unit_type=unit["unit_type"],
        carpet_sqm=square_metres(unit["carpet_sqft"]),
        price=unit["list_price"],
    )


def square_metres(square_feet: Decimal | None) -> Decimal | None:
    """To two decimals, half up: a foot is 0.3048 m."""
    if square_feet is None:
        return None
    return (square_feet * SQUARE_METRES).quantize(_CENT, ROUND_HALF_UP)


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), _ZERO)
