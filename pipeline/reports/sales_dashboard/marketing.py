"""Where leads come from and what they cost: sources and campaigns for the dashboard.

Every row of the published views is shown, also a source without leads and the rows of what has no
source or campaign: they are part of the total. A campaign without recorded spend has no cost and
no return ("n/a"), for a budget is not spend; the return on budget stands apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.reports.figures.changes import Figure, Kind, Listing, Value, figure, first_rows
from pipeline.reports.payload import Frozen, Money, Rate

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

# A rate of fewer leads is an accident, not the best source.
ENOUGH_LEADS = 30
UNATTRIBUTED = "(unattributed)"
NO_SOURCE = "(none)"
_LISTED = 100


class SourceRow(Frozen):
    source_type: str | None
    name: str
    subsource: str | None
    channel: str | None
    leads: int
    qualified: int
    converted: int
    lost: int
    conversion_rate: Figure
    booked_value: Money
    median_days_to_booking: Rate | None


class CampaignRow(Frozen):
    """`spend` and everything made of it is None where nothing was recorded."""

    code: str | None
    name: str
    campaign_type: str | None
    leads: int
    qualified: int
    converted: int
    conversion_rate: Figure
    budget: Money | None
    spend: Money | None
    cost_per_lead: Figure
    cost_per_site_visit: Figure
    cost_per_booking: Figure
    net_value: Money
    roas: Rate | None
    roi_pct: Rate | None
    expected_roi_pct: Rate | None
    roi_on_budget_pct: Rate | None


class Highlight(Frozen):
    """One row that stands out, and by which figure."""

    title: str
    name: str
    value: Figure


class Sources(Frozen):
    listing: Listing[SourceRow]
    highlights: tuple[Highlight, ...]
    total_leads: int


class Campaigns(Frozen):
    listing: Listing[CampaignRow]
    highlights: tuple[Highlight, ...]
    total_spend: Money | None
    total_net_value: Money


def read_sources(published: Published) -> Sources:
    found = published.rows(
        "SELECT * FROM v_lead_source_performance"
        " ORDER BY total_leads DESC, source_name, subsource_name, source_code"
    )
    rows = tuple(_source(row) for row in found)
    named = [row for row in rows if row.name != NO_SOURCE]
    judged = [row for row in named if row.leads >= ENOUGH_LEADS]
    best = _best(judged, lambda row: row.conversion_rate.value)
    return Sources(
        listing=first_rows(rows, _LISTED),
        highlights=_highlights(
            ("Most leads", _best(named, lambda row: row.leads), "count", lambda r: r.leads),
            (
                "Most booked value",
                _best(named, lambda row: row.booked_value),
                "money",
                lambda r: r.booked_value,
            ),
            ("Best conversion", best, "rate", lambda r: r.conversion_rate.value),
        ),
        total_leads=sum(row.leads for row in rows),
    )


def read_campaigns(published: Published) -> Campaigns:
    found = published.rows(
        "SELECT * FROM v_campaign_performance"
        " ORDER BY net_booked_value DESC, total_leads DESC, campaign_name, campaign_id"
    )
    rows = tuple(_campaign(row) for row in found)
    named = [row for row in rows if row.name != UNATTRIBUTED]
    spends = [row.spend for row in rows if row.spend is not None]
    return Campaigns(
        listing=first_rows(rows, _LISTED),
        highlights=_highlights(
            (
                "Most net value",
                _best(named, lambda row: row.net_value),
                "money",
                lambda r: r.net_value,
            ),
            (
                "Best return on spend",
                _best(named, lambda row: row.roi_pct),
                "rate",
                lambda r: r.roi_pct / 100,
            ),
            ("Most spent", _best(named, lambda row: row.spend), "money", lambda r: r.spend),
        ),
        total_spend=sum(spends, Decimal(0)) if spends else None,
        total_net_value=sum((row.net_value for row in rows), Decimal(0)),
    )


def _source(row: dict[str, Any]) -> SourceRow:
    leads = row["total_leads"]
    return SourceRow(
        source_type=row["source_type"],
        name=row["source_name"],
        subsource=row["subsource_name"],
        channel=row["channel"],
        leads=leads,
        qualified=row["qualified_leads"],
        converted=row["converted_leads"],
        lost=row["lost_leads"],
        conversion_rate=figure("rate", row["conversion_rate"], defined=leads > 0),
        booked_value=row["booked_value"],
        median_days_to_booking=row["median_days_to_booking"],
    )


def _campaign(row: dict[str, Any]) -> CampaignRow:
    leads, spent = row["total_leads"], row["spend"] is not None

    def cost(name: str) -> Figure:
        # Spend without a lead, visit or booking has no cost for each; no spend cannot be computed.
        return figure("money", row[name], defined=not spent)

    return CampaignRow(
        code=row["campaign_code"],
        name=row["campaign_name"],
        campaign_type=row["campaign_type"],
        leads=leads,
        qualified=row["qualified_leads"],
        converted=row["converted_customers"],
        conversion_rate=figure("rate", row["conversion_rate"], defined=leads > 0),
        budget=row["budget"],
        spend=row["spend"],
        cost_per_lead=cost("cost_per_lead"),
        cost_per_site_visit=cost("cost_per_site_visit"),
        cost_per_booking=cost("cost_per_booking"),
        net_value=row["net_booked_value"],
        roas=row["roas"],
        roi_pct=row["roi_pct"],
        expected_roi_pct=row["expected_roi"],
        roi_on_budget_pct=row["roi_on_budget_pct"],
    )


def _best(rows: Sequence[Any], key: Callable[[Any], Value | None]) -> Any:
    """The row with the highest value above zero; None if there is none."""
    valued = [row for row in rows if key(row)]
    best = max(valued, key=lambda row: key(row) or 0, default=None)
    return best if best is not None and (key(best) or 0) > 0 else None


def _highlights(
    *found: tuple[str, Any, Kind, Callable[[Any], Value | None]],
) -> tuple[Highlight, ...]:
    return tuple(
        Highlight(title=title, name=row.name, value=figure(kind, value(row)))
        for title, row, kind, value in found
        if row is not None
    )
