"""What somebody asks for: a report of a tenant, for whom, in which formats, narrowed to what.

The command, Dagster's jobs and delivery fill one in; `build.render_report` answers it. Nothing here
says whether it can be answered: `catalogue` checks formats and selection, the build the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline.reports.selection import EVERYTHING, Selection

if TYPE_CHECKING:
    from pipeline.config.workspace import Workspace


@dataclass(frozen=True)
class ReportRequest:
    """One report of one tenant. `as_of`: the published day unless given.

    `customer`, `lead`: an id or code, for that one alone. `formats`: the report's usual ones unless
    given; payload.json is always written. `figures`: another workspace to take the build from
    (`publish.as_of`).
    """

    tenant: str
    report: str
    as_of: date | None = None
    customer: str | None = None
    lead: str | None = None
    formats: tuple[str, ...] | None = None
    selection: Selection = EVERYTHING
    figures: Workspace | None = None

    @property
    def is_for_one(self) -> bool:
        """Whether it asks for one customer's or lead's document alone."""
        return self.customer is not None or self.lead is not None

    @property
    def is_apart(self) -> bool:
        """Whether it is not the tenant's report of the day, which mails are made from."""
        return self.figures is not None or bool(self.selection)
