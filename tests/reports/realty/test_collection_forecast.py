"""The forecast of the worked example: with its curve given, and with too little to learn from."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.reports.collection_forecast.report import Forecast
from tests.dbt_project.realty.example import expected
from tests.reports.making import render_in_worker
from tests.reports.reading import text_of_pdf
from tests.reports.realty.asha import Tables, emptied, payloads, tables
from tests.reports.xlsx import stored, values


def with_the_curve() -> Tables:
    """The weeks as the known answers have them: the example alone is too small to learn from."""
    known = [row for row in expected("forecast_weeks") if row["week"].isdecimal()]
    weeks = tables()["collection_weeks"]
    place = weeks.schema.get_field_index("expected_amount")
    amounts = {int(row["week"]): Decimal(row["expected"]) for row in known}
    column = [amounts[number] for number in weeks["week"].to_pylist()]
    field = weeks.schema.field(place)
    return {
        **tables(),
        "collection_weeks": weeks.set_column(place, field, pa.array(column, field.type)),
    }


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.browser
def test_paper_has_the_weeks_of_the_example(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path / "ws", "collection_forecast", with_the_curve()).values()
    made = render_in_worker(payload, tmp_path, "pdf", "xlsx")
    text = flat(text_of_pdf(made["pdf"], tmp_path))
    for said in (
        "₹1,01,71,200.00 falls due; ₹94,27,4",
        "1 01 Jul 2026 07 Jul 2026 0.00 1,65,000.00",
        "2 08 Jul 2026 14 Jul 2026 15,65,200.00 8,55,033.33",
        "4 22 Jul 2026 28 Jul 2026 52,07,800.00 25,08,7",
        "A forecast is no promise.",
    ):
        assert said in text
    assert len(values(stored(made["xlsx"])["Weeks"])) == 13


def test_what_is_stuck_stands_apart(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path, "collection_forecast").values()
    content = payload.content
    assert isinstance(content, Forecast)
    assert content.stuck_total == Decimal("1077750.90")  # 10,42,600 and the note of 35,150.90
    assert {item.booking for item in content.stuck} == {"BK-01", "BK-05"}
    assert not {item.label for item in content.large} & {item.label for item in content.stuck}


@pytest.mark.browser
def test_with_too_little_to_learn_from_nothing_is_expected(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path / "ws", "collection_forecast").values()
    content = payload.content
    assert isinstance(content, Forecast)
    assert (content.learned, content.expected) == (False, None)
    assert content.falling_due == Decimal("10171200.00")
    text = flat(text_of_pdf(render_in_worker(payload, tmp_path, "pdf")["pdf"], tmp_path))
    assert "Nothing is expected: fewer than thirty instalments" in text


def test_without_plans_nothing_is_to_come(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path, "collection_forecast", emptied()).values()
    content = payload.content
    assert isinstance(content, Forecast)
    assert not content.has_items
