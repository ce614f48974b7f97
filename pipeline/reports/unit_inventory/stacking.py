"""The stacking chart: units of a tower by floor, from the top down, at most 24 to a row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.reports.unit_inventory.content import Floor, TowerStack, UnitCell

Row = Mapping[str, Any]

WIDEST = 24
LETTERS = {
    "available": "A",
    "booked": "B",
    "agreed": "G",
    "handed_over": "P",
    "blocked": "H",
    "sold": "S",
    "not_for_sale": "X",
}
_NO_FLOOR = -(10**9)


def stacks(units: Sequence[Row]) -> Iterator[TowerStack]:
    """One for each tower, by project and tower."""
    towers: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for unit in units:
        towers[unit["project_name"] or unit["project_id"], unit["tower"] or ""].append(unit)
    for (project, tower), own in sorted(towers.items()):
        floors = tuple(_floors(own))
        widest = max(len(floor.cells) for floor in floors)
        yield TowerStack(project=project, tower=tower or None, floors=floors, wide=widest)


def _floors(units: Sequence[Row]) -> Iterator[Floor]:
    """A floor with more units than a row holds goes on in a band of its own."""
    by_floor: dict[int, list[Row]] = defaultdict(list)
    for unit in units:
        by_floor[_NO_FLOOR if unit["floor"] is None else unit["floor"]].append(unit)
    for level in sorted(by_floor, reverse=True):
        own = sorted(by_floor[level], key=lambda unit: natural(unit["unit_number"]))
        for begin in range(0, len(own), WIDEST):
            yield Floor(
                floor=None if level == _NO_FLOOR else level,
                cells=tuple(map(_cell, own[begin : begin + WIDEST])),
            )


def _cell(unit: Row) -> UnitCell:
    return UnitCell(
        number=unit["unit_number"],
        unit_type=unit["unit_type"],
        status=unit["status"],
        letter=LETTERS[unit["status"]],
        amount=None if unit["status"] == "not_for_sale" else unit["unit_value"],
        expired=bool(unit["is_block_expired"]),
        sold_twice=unit["live_bookings"] > 1,
    )


def natural(number: str) -> list[tuple[int, int, str]]:
    """A-9 before A-10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", number)
        if part
    ]
