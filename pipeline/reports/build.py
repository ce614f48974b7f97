"""Answers a request: checks what was asked, opens the tenant's published build, makes the report.

Which of its documents are rendered, and which stay as they are, is `making`'s. A report that binds
another one's PDFs has that one made first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pipeline.config.registry import Registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, contained
from pipeline.publish.reader import Published, open_published
from pipeline.reports.artifacts import Artifact
from pipeline.reports.catalogue import (
    check_columns,
    check_formats,
    check_selection,
    find_report,
)
from pipeline.reports.envelope import make_envelope
from pipeline.reports.making import ON_DEMAND, Making, ReportsFailed
from pipeline.reports.overrides import read_overrides
from pipeline.reports.report import Inputs
from pipeline.reports.request import ReportRequest

__all__ = ["ON_DEMAND", "ReportsFailed", "render_report"]


def render_report(
    ws: Workspace, registry: Registry, settings: Settings, asked: ReportRequest
) -> list[Artifact]:
    """Make the report's artifacts from the tenant's current build; those there already are kept.
    One folder, or one for each customer.

    Raises ConfigError for a wrong name or date, BuildError for a missing column, ReportsFailed once
    all else is made.
    """
    row = find_report(asked.report)
    formats = check_formats(row, asked.formats)
    check_selection(row, asked.selection)
    bound = None
    if row.binds and "pdf" in formats:
        parts = replace(asked, report=row.binds, formats=("pdf",), customer=None, lead=None)
        bound = render_report(ws, registry, settings, parts)
    with (
        contained(f"{asked.tenant}: {asked.report}"),
        open_published(asked.figures or ws, asked.tenant) as published,
    ):
        _check_date(published, asked.as_of)
        check_columns(row, _columns(published))
        owner = registry.tenant(asked.tenant)
        inputs = Inputs(row, owner, make_envelope(ws, owner, published), published, asked)
        making = Making(ws, inputs, formats, read_overrides(ws, asked.tenant))
        if bound is not None:
            return making.bind(bound)
        making.render_all(settings.workers)
    if not asked.is_for_one and not asked.is_apart:
        making.remove_others()
    return making.outcome()


def _check_date(published: Published, as_of: date | None) -> None:
    if as_of is not None and as_of != published.as_of:
        raise ConfigError(
            f"{published.tenant}: the published data is as of {published.as_of}, not {as_of};"
            f" run `milepost refresh --as-of {as_of}` first"
        )


def _columns(published: Published) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for row in published.rows("select table_name, column_name from information_schema.columns"):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    return columns
