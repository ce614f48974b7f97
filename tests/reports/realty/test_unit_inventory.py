"""The inventory and the stacking chart of the worked example, and charts of other towers."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.reports.unit_inventory.content import UnitInventory
from pipeline.reports.unit_inventory.stacking import WIDEST, natural, stacks
from tests.reports.making import render, render_in_worker
from tests.reports.reading import text_of_pdf, visible
from tests.reports.realty.asha import emptied, payloads
from tests.reports.xlsx import stored, values


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def unit(number: str, floor: int | None, **more: Any) -> dict[str, Any]:
    return {
        "project_id": "P1",
        "project_name": "Lakeview",
        "tower": "A",
        "floor": floor,
        "unit_number": number,
        "unit_type": "2 BHK",
        "status": "available",
        "unit_value": Decimal(100),
        "is_block_expired": False,
        "live_bookings": 0,
        **more,
    }


@pytest.mark.browser
def test_paper_has_the_chart_and_the_sums(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path / "ws", "unit_inventory").values()
    made = render_in_worker(payload, tmp_path, "pdf", "xlsx")
    text = flat(text_of_pdf(made["pdf"], tmp_path))
    for said in (
        "3 of 8 units are unsold, worth ₹2,51,25,000.00",
        "A-401 2 BHK 75.75 L",
        "A-402 3 BHK 100.75 L",
        "Asha Lakeview A 2 BHK available 2 1,50,50,000.00",
        "Asha Lakeview A 3 BHK agreed 2 2,00,25,000.00",
        "A-402 Asha Lakeview 3 BHK 25 Jun 2026 5 1,00,75,000.00",
        "A-401 BK-06 Kavya Iyer 02 May 2026 59 75,75,000.00 9.90%",
    ):
        assert said in text
    sheets = stored(made["xlsx"])
    assert values(sheets["By status"])[-1][4:6] == (8, 70300000)
    assert len(values(sheets["Units"])) == 9


def test_the_chart_is_that_of_the_example(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path, "unit_inventory").values()
    content = payload.content
    assert isinstance(content, UnitInventory)
    (stack,) = content.stacks
    drawn = [
        (floor.floor, [f"{cell.number}{cell.letter}{'!' * cell.expired}" for cell in floor.cells])
        for floor in stack.floors
    ]
    assert drawn == [
        (4, ["A-401B", "A-402H!"]),
        (3, ["A-301A", "A-302X"]),
        (2, ["A-201G", "A-202G"]),
        (1, ["A-101A", "A-102G"]),
    ]
    assert [one.months for one in content.velocity] == [None, None]
    assert "H!" in visible(render(payload, "html")["html"])


def test_a_floor_with_more_units_goes_on_in_a_new_band() -> None:
    (stack,) = stacks([unit(f"A-{number}", 1) for number in range(1, 51)])
    assert [len(floor.cells) for floor in stack.floors] == [WIDEST, WIDEST, 2]
    assert [floor.cells[0].number for floor in stack.floors] == ["A-1", "A-25", "A-49"]


def test_floors_go_down_and_units_without_one_come_last() -> None:
    rows = [unit("B1", -1), unit("G1", 0), unit("X", None), unit("T", 12)]
    (stack,) = stacks(rows)
    assert [floor.floor for floor in stack.floors] == [12, 0, -1, None]


def test_towers_have_charts_of_their_own() -> None:
    found = list(stacks([unit("1", 1, tower=None), unit("2", 1, tower="B"), unit("3", 1)]))
    assert [stack.tower for stack in found] == [None, "A", "B"]


def test_numbers_are_read_as_people_do() -> None:
    assert sorted(["A-10", "A-9", "B-1", "A-9B"], key=natural) == ["A-9", "A-9B", "A-10", "B-1"]


def test_without_units_the_report_says_so(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path, "unit_inventory", emptied()).values()
    page = visible(render(payload, "html")["html"])
    assert "the source does not deliver the entity “units”" in page
