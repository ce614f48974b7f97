"""What a tenant file says of alerts: which figure, beyond what, and who is told.

Part of the tenant's model (`tenant.py`). When one is due is found by `delivery/alerts.py`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.config.fields import ClockTime, Email, Model, Text, Tuple

# Figures of v_kpi_dashboard that can be watched, and one that is counted from it.
FIGURES = (
    *("overdue_total", "outstanding_balance", "receivable", "refunds_promised"),
    *("pending_follow_ups", "follow_ups_overdue", "unanswered_leads", "oldest_unanswered_days"),
    *("new_leads", "open_leads", "net_bookings", "bookings_cancelled", "engagement_this_month"),
    *("conversion_rate", "cancellation_rate", "first_response_24h_rate", "collection_pct"),
)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WorkingHours(Model):
    """The hours in which leads are expected, on the tenant's clock."""

    begin: ClockTime = "09:00"
    end: ClockTime = "19:00"
    days: Annotated[tuple[Weekday, ...], Tuple, Field(min_length=1)] = (
        *("mon", "tue", "wed", "thu", "fri", "sat"),
    )

    @model_validator(mode="after")
    def _end_after_begin(self) -> "WorkingHours":
        if self.end <= self.begin:
            raise ValueError("end: expected a time after begin")
        return self


class Alert(Model):
    """Something to be told of once each time that it happens.

    Either `figure` is `above` or `below` a number (a rate from 0 to 1, as 0.10 for 10 %), or no
    lead came for `no_lead_for_hours` of the working hours. `recipients`: else the owner of the
    tenant's mail, else the operators.
    """

    figure: str | None = None
    above: float | None = None
    below: float | None = None
    no_lead_for_hours: Annotated[int, Field(ge=1, le=1000)] | None = None
    working_hours: WorkingHours = WorkingHours()
    name: Text | None = None
    recipients: Annotated[tuple[Email, ...], Tuple] = ()

    @property
    def rule(self) -> str:
        """What it watches for; two alerts with the same rule are the same alert."""
        if self.figure is None:
            return f"no lead for {self.no_lead_for_hours} h"
        side, bound = ("above", self.above) if self.above is not None else ("below", self.below)
        return f"{self.figure} {side} {bound:.12g}"

    @model_validator(mode="after")
    def _one_rule(self) -> "Alert":
        bounds = [bound for bound in (self.above, self.below) if bound is not None]
        if self.figure is None:
            if self.no_lead_for_hours is None or bounds:
                raise ValueError("expected figure with above or below, or no_lead_for_hours")
        elif self.figure not in FIGURES:
            raise ValueError(f"figure: expected one of {', '.join(FIGURES)}")
        elif len(bounds) != 1 or self.no_lead_for_hours is not None:
            raise ValueError("expected one of above and below beside figure, and nothing else")
        return self
