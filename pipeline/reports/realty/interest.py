"""What a day more of interest costs: what is open by its rate, rounded once, to the paisa."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_DAYS_TIMES_100 = 36_500


def per_day(open_times_rate: Decimal | None) -> Decimal:
    """`open_times_rate`: open amount by rate in percent a year, summed over the open lines."""
    return ((open_times_rate or Decimal(0)) / _DAYS_TIMES_100).quantize(_CENT, ROUND_HALF_UP)
