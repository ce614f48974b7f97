"""The lead funnel by month of arrival: how far the leads of a month came, and how long they stay.

A cohort that has not had the tenant's usual time to book is marked immature: its later stages are
still filling, so it is shown but never judged. The stages are the tenant's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.reports.figures.changes import Figure, ratio
from pipeline.reports.payload import Frozen, Rate

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

STAGE_TITLES: Mapping[str, str] = {
    "lead_generated": "Leads",
    "contacted": "Contacted",
    "site_visit": "Site visit",
    "demo": "Demo",
    "proposal": "Proposal",
    "negotiation": "Negotiation",
    "booking": "Booking",
}


class CohortStep(Frozen):
    """One stage of a cohort. `of_previous` is undefined for the first stage."""

    stage: str
    title: str
    reached: int
    of_leads: Figure
    of_previous: Figure


class Cohort(Frozen):
    """The leads that came in in one month, or in several that are mature."""

    first_month: date
    last_month: date
    leads: int
    steps: tuple[CohortStep, ...]
    mature: bool


class StageTime(Frozen):
    """Days in one stage: of the stays that are over, and of the leads that are there now.

    None where there is no stay to measure. `negative`: stays that end before they begin.
    """

    stage: str
    title: str
    completed: int
    lost: int
    median_days: Rate | None
    p90_days: Rate | None
    open: int
    median_open_days: Rate | None
    longest_open_days: int | None
    negative: int


def read_cohorts(published: Published, stages: Sequence[str], since: date) -> tuple[Cohort, ...]:
    """A cohort a month from `since` on, oldest first."""
    columns = ", ".join(f"reached_{stage}" for stage in stages)
    rows = published.rows(
        f"SELECT month, total_leads, mature, {columns} FROM v_lead_funnel_analysis"  # noqa: S608 (stages are checked against a fixed list by the registry)
        " WHERE month >= $since ORDER BY month",
        {"since": since},
    )
    return tuple(_cohort(row, stages) for row in rows)


def read_stage_times(published: Published) -> tuple[StageTime, ...]:
    """The stages before the booking, in the order of the funnel."""
    rows = published.rows(
        "SELECT stage_name AS stage, completed_spells AS completed, lost_spells AS lost,"
        " median_days, p90_days, open_spells AS open, median_open_days, longest_open_days,"
        " negative_spells AS negative FROM v_time_in_stage ORDER BY stage_rank"
    )
    return tuple(StageTime(**row, title=_waiting_in(row["stage"])) for row in rows)


def together(cohorts: Sequence[Cohort]) -> Cohort | None:
    """Several cohorts as one; None of none. Mature if all of them are."""
    if not cohorts:
        return None
    reached = [sum(step.reached for step in steps) for steps in _by_stage(cohorts)]
    stages = [step.stage for step in cohorts[0].steps]
    return Cohort(
        first_month=cohorts[0].first_month,
        last_month=cohorts[-1].last_month,
        leads=sum(cohort.leads for cohort in cohorts),
        steps=_steps(stages, reached, sum(cohort.leads for cohort in cohorts)),
        mature=all(cohort.mature for cohort in cohorts),
    )


def _by_stage(cohorts: Sequence[Cohort]) -> list[tuple[CohortStep, ...]]:
    return list(zip(*(cohort.steps for cohort in cohorts), strict=True))


def _cohort(row: Mapping[str, Any], stages: Sequence[str]) -> Cohort:
    reached = [row[f"reached_{stage}"] for stage in stages]
    return Cohort(
        first_month=row["month"],
        last_month=row["month"],
        leads=row["total_leads"],
        steps=_steps(stages, reached, row["total_leads"]),
        mature=bool(row["mature"]),
    )


def _steps(stages: Sequence[str], reached: Sequence[int], leads: int) -> tuple[CohortStep, ...]:
    before: list[int | None] = [None, *reached]
    return tuple(
        CohortStep(
            stage=stage,
            title=_title(stage),
            reached=count,
            of_leads=ratio(count, leads),
            of_previous=ratio(count, earlier if earlier is not None else 0),
        )
        for stage, count, earlier in zip(stages, reached, before, strict=False)
    )


def _title(stage: str) -> str:
    return STAGE_TITLES.get(stage, stage.replace("_", " ").capitalize())


def _waiting_in(stage: str) -> str:
    # The funnel's first step is all leads; who stays in that stage has not been contacted.
    return "New, not contacted" if stage == "lead_generated" else _title(stage)
