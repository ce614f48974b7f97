"""Changes and ratios: signs, small bases, nothing before, and the three kinds of nothing."""

from datetime import date
from decimal import Decimal

import pytest

from pipeline.reports.figures.changes import Listing, compare, figure, first_rows, ratio

DAY = date(2025, 9, 17)


@pytest.mark.parametrize(
    ("current", "base", "difference", "relative", "direction", "is_new"),
    [
        (42, 30, 12, 0.4, "up", False),
        (18, 30, -12, -0.4, "down", False),
        (30, 30, 0, 0.0, "level", False),
        (7, 4, 3, None, "up", False),  # a base under five has no percentage
        (6, 5, 1, 0.2, "up", False),
        (3, 0, 3, None, "up", True),  # nothing before: new, not an infinite percentage
        (0, 0, 0, None, "level", False),
        (0, 8, -8, -1.0, "down", False),
        (Decimal("150.00"), Decimal("100.00"), Decimal("50.00"), 0.5, "up", False),
        (Decimal("-20.00"), Decimal("-50.00"), Decimal("30.00"), None, "up", False),
        (5, None, None, None, "unknown", False),
        (None, 5, None, None, "unknown", False),
    ],
)
def test_compare(
    current: int | Decimal | None,
    base: int | Decimal | None,
    difference: int | Decimal | None,
    relative: float | None,
    direction: str,
    is_new: bool,
) -> None:
    change = compare(current, base, DAY, higher_is_better=True)
    assert (change.difference, change.ratio, change.direction, change.is_new) == (
        difference,
        relative,
        direction,
        is_new,
    )


@pytest.mark.parametrize(
    ("better", "mood_up", "mood_down"),
    [(True, "good", "bad"), (False, "bad", "good"), (None, "neutral", "neutral")],
)
def test_mood_knows_what_is_better_lower(better: bool | None, mood_up: str, mood_down: str) -> None:
    assert compare(9, 7, DAY, higher_is_better=better).mood == mood_up
    assert compare(7, 9, DAY, higher_is_better=better).mood == mood_down
    assert compare(7, 7, DAY, higher_is_better=better).mood == "neutral"


def test_a_rate_has_no_percentage_of_itself() -> None:
    change = compare(0.10, 0.08, DAY, higher_is_better=True, is_rate=True)
    assert (change.ratio, change.direction) == (None, "up")


def test_zero_undefined_and_unavailable_are_three_things() -> None:
    assert figure("count", 0).value == 0
    assert figure("count", 0).missing is None
    assert figure("money", None).missing == "unavailable"
    assert ratio(3, 4).value == 0.75
    assert ratio(0, 4).value == 0
    assert ratio(3, 0).missing == "undefined"
    assert ratio(None, 4).missing == "unavailable"


def test_a_listing_says_how_many_there_are() -> None:
    assert first_rows([1, 2, 3], 2) == Listing(rows=(1, 2), total=3)
    assert first_rows([1, 2, 3], 2).rest == 1
