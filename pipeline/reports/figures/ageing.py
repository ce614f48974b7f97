"""The seven buckets in which every report shows what is open."""

from decimal import Decimal

from pipeline.reports.payload import Frozen, Money

BUCKETS = (
    ("not_due", "Not due"),
    ("days_1_30", "1–30 days"),
    ("days_31_60", "31–60 days"),
    ("days_61_90", "61–90 days"),
    ("days_91_120", "91–120 days"),
    ("days_over_120", "Over 120 days"),
    ("unapplied_credit", "Unapplied credit"),
)
_PAST_DUE = BUCKETS[1:-1]


class Ageing(Frozen):
    """The seven buckets, which add up to the balance."""

    not_due: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_91_120: Money
    days_over_120: Money
    unapplied_credit: Money

    @property
    def overdue(self) -> Decimal:
        return sum((getattr(self, name) for name, _ in _PAST_DUE), Decimal("0.00"))
