"""Warts that a real organisation's data has and that are kept: flagged by the contract's soft
rules.

An orphan source code, responses dated wrongly, a follow-up without a date, leads typed in a day
late, deleted test leads. Bookings without a lead and entries of zero come from `sales.py` and
`accounts.py`. Rows that cannot be kept are `bad_rows.py`'s.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.demo.draws import Draws, Ints, Streams

ORPHAN_SOURCE = "walkin-old"


def with_warts(streams: Streams, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables of a curated tenant with a few warts each."""
    draws = streams("warts")
    leads = _test_leads(draws, _late_leads(draws, _orphan_sources(draws, tables["leads"])))
    return {
        **tables,
        "leads": leads,
        "milestones": _undated_follow_up(draws, tables["milestones"]),
        "engagement": _odd_responses(draws, tables["engagement"]),
    }


def _some(draws: Draws, mask: pl.Series, wanted: int) -> Ints:
    """Up to `wanted` row numbers where the mask holds."""
    rows = np.flatnonzero(mask.to_numpy())
    if not len(rows):
        return rows
    return np.unique(rows[draws.below(len(rows), wanted)])


def _set(table: pl.DataFrame, rows: Ints, column: str, value: pl.Expr) -> pl.DataFrame:
    chosen = pl.int_range(pl.len()).is_in(pl.Series(rows, dtype=pl.Int64).implode())
    return table.with_columns(pl.when(chosen).then(value).otherwise(pl.col(column)).alias(column))


def _orphan_sources(draws: Draws, leads: pl.DataFrame) -> pl.DataFrame:
    """Leads moved over from an older system under a code that nobody created here; two with none at
    all.
    """
    early = leads["campaign_id"].is_null() & (pl.Series(np.arange(len(leads))) < len(leads) // 4)
    leads = _set(leads, _some(draws, early, 7), "source", pl.lit(ORPHAN_SOURCE))
    return _set(leads, _some(draws, leads["campaign_id"].is_null(), 3), "source", pl.lit(None))


def _late_leads(draws: Draws, leads: pl.DataFrame) -> pl.DataFrame:
    """Typed in the next evening, after the first call was already noted."""
    day = pl.duration(days=1)
    early = pl.Series(np.arange(len(leads)) < len(leads) * 9 // 10)
    rows = _some(draws, early & (leads["status"] == "lost"), 3)
    return _set(leads, rows, "created_at", pl.col("created_at") + day)


def _test_leads(draws: Draws, leads: pl.DataFrame) -> pl.DataFrame:
    """Two leads of a training session, deleted the same day."""
    rows = draws.below(len(leads) // 2, 2) + len(leads) // 4
    copies = leads[np.sort(rows)]
    made = pl.col("created_at") + pl.duration(minutes=11)
    copies = copies.with_columns(
        id=draws.ids(2),
        lead_code=pl.col("lead_code") + "-T",
        first_name=pl.lit("Test"),
        last_name=pl.lit("Lead"),
        email=pl.lit("test@example.com"),
        company_name=pl.lit(None, pl.String),
        industry=pl.lit(None, pl.String),
        status=pl.lit("new"),
        converted_to_customer=pl.lit(False),
        customer_id=pl.lit(None, pl.String),
        next_action_date=pl.lit(None, pl.Date),
        next_action_notes=pl.lit(None, pl.String),
        created_at=made,
        updated_at=made + pl.duration(hours=1),
        deleted_at=made + pl.duration(hours=1),
        probability=pl.lit(0, pl.Int64),
    )
    return pl.concat([leads, copies.select(leads.columns)]).sort("created_at", "id")


def _undated_follow_up(draws: Draws, milestones: pl.DataFrame) -> pl.DataFrame:
    rows = _some(draws, milestones["follow_up_required"], 2)
    return _set(milestones, rows, "follow_up_date", pl.lit(None, pl.Date))


def _odd_responses(draws: Draws, engagement: pl.DataFrame) -> pl.DataFrame:
    """Answers before the question, and answers without a date."""
    answered = engagement["response_received"] & (engagement["engagement_type"] != "call_made")
    before = _some(draws, answered, 2)
    earlier = pl.col("engagement_date") - pl.duration(hours=20)
    engagement = _set(engagement, before, "response_date", earlier)
    undated = _some(draws, answered, 2)
    return _set(engagement, undated, "response_date", pl.lit(None, pl.Datetime("us")))
