"""What a tenant file says of goals: how much of what a month or a day is to bring.

Part of the tenant's model (`tenant.py`). How far along a goal is, is counted in
`reports/figures/goals.py`.
"""

from typing import Annotated

from pydantic import Field, model_validator

from pipeline.config.fields import Model

# Columns of daily_activity, which say what each day brought.
GOAL_FIGURES = (
    *("new_leads", "site_visits", "bookings", "booked_amount", "receipts", "invoiced"),
    "engagement_completed",
)
Amount = Annotated[float, Field(gt=0)]


class Goal(Model):
    """What a month or each day is to bring: a number, or an amount in the tenant's currency."""

    month: Amount | None = None
    day: Amount | None = None

    @model_validator(mode="after")
    def _some_goal(self) -> "Goal":
        if self.month is None and self.day is None:
            raise ValueError("expected month or day, or both")
        return self
