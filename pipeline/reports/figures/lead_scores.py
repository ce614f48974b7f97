"""Which open leads are the most likely to book, beside the earlier leads that say so.

Shared by the daily summary (the three likeliest hot ones) and the dashboard (the list). The chances
are `v_lead_scores`'; nothing is worked out here. A tenant whose history is too short has none.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.reports.figures.changes import Listing
from pipeline.reports.payload import Frozen, Rate

if TYPE_CHECKING:
    from pipeline.publish.reader import Published


class ScoredLead(Frozen):
    """An open lead. `score`: its chance to book within 90 days, in percent. `alike`: earlier leads
    that came to the same stage and still waited there; `booked`: how many of them did book in time.
    """

    lead: str
    phone: str | None
    source: str | None
    owner: str | None
    stage: str | None
    days: int
    score: int
    alike: int
    booked: int
    effect: str | None


class ScoreQuality(Frozen):
    """The leads that were hot 90 days ago: how many, how many were to book, and how many did."""

    scored_on: date
    leads: int
    expected: Rate
    booked: int


# Stages in words, as the funnel has them. A source that changes the odds by less than a tenth says
# nothing.
SCORED = (
    "SELECT scores.lead_id, coalesce(scores.lead_name, 'Unnamed lead') AS lead, leads.phone,"
    " scores.source_name AS source, scores.owner_name AS owner,"
    " CASE scores.stage_name WHEN 'lead_generated' THEN 'New, not contacted'"
    " ELSE upper(scores.stage_name[1]) || replace(scores.stage_name[2:], '_', ' ') END AS stage,"
    " scores.waited_days AS days, scores.score, scores.compared_leads AS alike,"
    " scores.compared_booked AS booked, CASE WHEN scores.source_odds_ratio >= 1.1 THEN 'raises'"
    " WHEN scores.source_odds_ratio <= 0.9 THEN 'lowers' END AS effect,"
    " scores.band = 'hot' AS hot, scores.booking_probability AS chance"
    " FROM v_lead_scores AS scores JOIN leads USING (lead_id)"
    " WHERE scores.booking_probability IS NOT NULL"
)
SCORE_ORDER = "chance DESC, days, lead, lead_id"


def scored_leads(
    published: Published, limit: int, *, only_hot: bool = False
) -> Listing[ScoredLead]:
    """The `limit` likeliest of all open leads with a score, or of the hot ones."""
    which = f"FROM ({SCORED}) WHERE {'hot' if only_hot else 'true'}"
    rows = published.rows(
        f"SELECT * EXCLUDE (lead_id, hot, chance) {which} ORDER BY {SCORE_ORDER} LIMIT $limit",
        {"limit": limit},
    )
    total: int = published.rows(f"SELECT count(*) AS n {which}")[0]["n"]
    return Listing[ScoredLead](
        rows=tuple(ScoredLead.model_validate(row) for row in rows), total=total
    )


def score_quality(published: Published) -> ScoreQuality | None:
    """None where nobody was hot 90 days ago, or the history was too short to say."""
    rows = published.rows(
        "SELECT scored_on, leads, expected_bookings AS expected, booked_leads AS booked"
        " FROM v_lead_score_quality WHERE band = 'hot'"
    )
    return ScoreQuality.model_validate(rows[0]) if rows else None
