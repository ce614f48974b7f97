"""The register of demands: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.demand_letter.spec import DEMANDS
from pipeline.reports.report import Report, ReportModule


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.demand_book.report import DemandBook

    return DemandBook()


REPORT = Report(
    name="demand_book",
    title="Demand letters",
    audience="collections, all demands of the period in one file",
    per="tenant",
    load=_module,
    templates={"pdf": "demand_book.html.jinja"},
    stylesheets=("theme.css", "page.css", "list.css"),
    tables=DEMANDS,
    spreadsheet=True,
    filters=("project",),
    has_period=True,
    binds="demand_letter",
)
