"""Makes a report for a tenant: published rows -> payloads -> what is not rendered yet -> artefacts.

What lies there already, whole and of the same content, is left as it is (`making`). One account
that fails does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pipeline.config.registry import Registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, contained
from pipeline.publish.reader import Published, open_published
from pipeline.reports.artifacts import Artifact
from pipeline.reports.catalogue import (
    Request,
    check_columns,
    check_formats,
    check_selection,
    find_report,
)
from pipeline.reports.envelope import make_envelope
from pipeline.reports.making import ON_DEMAND, Making, ReportsFailed
from pipeline.reports.overrides import read_overrides
from pipeline.reports.selection import EVERYTHING, Selection

__all__ = ["ON_DEMAND", "ReportsFailed", "render_report"]


def render_report(
    ws: Workspace,
    registry: Registry,
    settings: Settings,
    tenant: str,
    report: str,
    as_of: date | None = None,
    *,
    customer: str | None = None,
    lead: str | None = None,
    formats: Iterable[str] | None = None,
    selection: Selection = EVERYTHING,
    figures: Workspace | None = None,
) -> list[Artifact]:
    """Make the report's artefacts from the tenant's current build; those there already are kept.
    One folder, or one for each customer; `customer` and `lead`, an id or code, for that one alone.
    `formats`: the report's usual ones by default; payload.json is always written. `figures`:
    another workspace to take the build from (`publish.as_of`). Raises ConfigError for a wrong
    name or date, BuildError for a missing column, ReportsFailed once all else is made.
    """
    row = find_report(report)
    asked = check_formats(row, formats)
    check_selection(row, selection)
    bound = None
    if row.binds and "pdf" in asked:
        bound = render_report(
            ws, registry, settings, tenant, row.binds, as_of, formats=["pdf"], figures=figures
        )
    with (
        contained(f"{tenant}: {report}"),
        open_published(figures or ws, tenant) as published,
    ):
        _check_date(published, as_of)
        check_columns(row, _columns(published))
        owner = registry.tenant(tenant)
        envelope = make_envelope(ws, owner, published)
        request = Request(owner, envelope, published, customer, lead, selection)
        apart = figures is not None or bool(selection)
        making = Making(ws, row, request, asked, apart, read_overrides(ws, tenant))
        if bound is not None:
            return making.bind(bound, ws.path("state", "fonts"))
        making.render_all(settings.workers)
    if customer is None and lead is None and not apart:
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
