"""Figures and how they changed: the values that reports compare, before anything is formatted.

Three kinds of nothing are kept apart: a ratio without a denominator is `undefined` and shows as
"–", a figure that could not be computed is `unavailable` and shows as "n/a", and 0 is 0. Which
figures a report shows is its module's business; how they look is `formats`' and the templates'.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pipeline.reports.payload import Frozen, Money, Rate

Kind = Literal["count", "money", "rate"]
Value = int | Money | Rate
Missing = Literal["undefined", "unavailable"]
Direction = Literal["up", "down", "level", "unknown"]
Mood = Literal["good", "bad", "neutral"]

# Below it a percentage is noise: 1 booking after 2 is not "down 50 %".
SMALLEST_BASE = 5

RowType = TypeVar("RowType")


class Figure(Frozen):
    """One value, or why there is none."""

    kind: Kind
    value: Value | None
    missing: Missing | None = None


class Change(Frozen):
    """A figure against an earlier one, that of the local days `first` to `last`.

    `ratio` is the relative change; None where the earlier value is under five, zero or a rate.
    `is_new`: there was nothing before, so that a percentage would be infinite.
    """

    first: date
    last: date
    base: Value | None
    difference: Value | None
    ratio: Rate | None
    direction: Direction
    mood: Mood
    is_new: bool = False


class Listing(Frozen, Generic[RowType]):
    """The first rows of a list and how many there are in all: never a silent limit."""

    rows: tuple[RowType, ...]
    total: int

    @property
    def rest(self) -> int:
        return self.total - len(self.rows)


def first_rows(rows: Sequence[RowType], limit: int) -> Listing[RowType]:
    return Listing(rows=tuple(rows[:limit]), total=len(rows))


def figure(kind: Kind, value: Value | None, *, defined: bool = True) -> Figure:
    """`defined` is False for a ratio whose denominator is 0."""
    if value is not None:
        return Figure(kind=kind, value=value)
    return Figure(kind=kind, value=None, missing="unavailable" if defined else "undefined")


def ratio(numerator: Value | None, denominator: Value | None) -> Figure:
    """A rate of two figures: undefined over 0, unavailable if either could not be computed."""
    if numerator is None or denominator is None:
        return figure("rate", None)
    if not denominator:
        return figure("rate", None, defined=False)
    return figure("rate", float(Decimal(numerator) / Decimal(denominator)))


def compare(
    current: Value | None,
    base: Value | None,
    first: date,
    last: date | None = None,
    *,
    higher_is_better: bool | None,
    is_rate: bool = False,
) -> Change:
    """The change from `base`, the value of the days `first` to `last` (one day if absent)."""
    days = {"first": first, "last": last or first}
    if current is None or base is None:
        return Change(
            **days, base=base, difference=None, ratio=None, direction="unknown", mood="neutral"
        )
    difference = current - base  # type: ignore[operator]  # both are of the figure's one kind
    return Change(
        **days,
        base=base,
        difference=difference,
        ratio=None if is_rate else relative(current, base),
        direction="up" if difference > 0 else "down" if difference < 0 else "level",
        mood=_mood(difference, higher_is_better),
        is_new=not base and difference > 0,
    )


def relative(current: Value, base: Value) -> float | None:
    """The relative change, or None where the earlier value is too small (or negative) for one."""
    if base < SMALLEST_BASE:
        return None
    return float((Decimal(current) - Decimal(base)) / Decimal(base))


def _mood(difference: Value, higher_is_better: bool | None) -> Mood:
    if not difference or higher_is_better is None:
        return "neutral"
    return "good" if (difference > 0) == higher_is_better else "bad"
