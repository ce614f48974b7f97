"""The story is consistent: leads, milestones and bookings agree with each other and with as_of."""

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from pipeline.contracts import CONTRACTS
from pipeline.demo.organisations import ORGANISATIONS
from tests.demo.conftest import Organisation, organisation

# Plans of a later day are no events.
PLANS = {"due_date", "delivery_date", "follow_up_date", "next_action_date", "end_date"}


def test_every_entity_has_the_contracts_columns(org: Organisation) -> None:
    assert set(org.tables) <= set(CONTRACTS)
    assert {name for name, of in CONTRACTS.items() if not of.optional} <= set(org.tables)
    for entity, table in org.tables.items():
        known = {column.name for column in CONTRACTS[entity].columns}
        assert set(table.columns) <= known, entity
        assert table["id"].n_unique() == len(table), entity


def test_nothing_happened_after_as_of(org: Organisation) -> None:
    end = datetime.combine(org.as_of, time.max)
    for entity, table in org.tables.items():
        for name, kind in table.schema.items():
            if name in PLANS or not kind.is_temporal() or table[name].is_null().all():
                continue
            latest = org.as_of if kind == pl.Date else end
            assert table[name].max() <= latest, (entity, name)  # type: ignore[operator]


def test_references_lead_somewhere(org: Organisation) -> None:
    t = org.pure
    for entity, column, target in (
        ("milestones", "lead_id", "leads"),
        ("engagement", "lead_id", "leads"),
        ("bookings", "lead_id", "leads"),
        ("bookings", "customer_id", "customers"),
        ("ledger_entries", "customer_id", "customers"),
        ("leads", "customer_id", "customers"),
        ("leads", "campaign_id", "campaigns"),
        ("leads", "assigned_to", "users"),
        ("campaign_spend", "campaign_id", "campaigns"),
        ("users", "manager_id", "users"),
    ):
        known = t[target]["id"].implode()
        assert t[entity][column].drop_nulls().is_in(known).all(), (entity, column)
    assert t["leads"]["source"].is_in(t["lead_sources"]["source_code"].implode()).all()


def test_a_leads_status_is_what_its_milestones_say(org: Organisation) -> None:
    milestones = org.pure["milestones"]
    reached = milestones.group_by("lead_id").agg(
        kinds=pl.col("milestone_type").unique(),
        said=pl.col("status_after").last(),
        last=pl.col("milestone_type").last(),
    )
    leads = org.pure["leads"].join(reached, left_on="id", right_on="lead_id", how="left")
    open_ = leads.filter(~pl.col("status").is_in(["lost"]))
    assert (open_["status"] == open_["said"]).all()
    converted = leads.filter(pl.col("status") == "converted")
    assert converted["kinds"].list.contains("booking").all()
    assert converted["customer_id"].is_not_null().all()
    assert (converted["last"] == "booking").all()
    untouched = leads.filter(pl.col("status") == "new")
    assert (untouched["kinds"].list.len() == 1).all()
    assert (leads.filter(pl.col("last") == "cancellation")["status"] == "lost").all()


def test_milestones_come_in_the_order_of_a_sale(org: Organisation) -> None:
    ranks = {
        "lead_generated": 0,
        "contacted": 1,
        "site_visit": 2,
        "proposal": 4,
        "negotiation": 5,
        "booking": 6,
    }
    rows = org.pure["milestones"].with_columns(
        attempt=(pl.col("milestone_type") == "reengaged").cum_sum().over("lead_id"),
        rank=pl.col("milestone_type").replace_strict(ranks, default=None),
        at=pl.col("milestone_date").dt.combine(pl.col("milestone_time").str.to_time()),
    )
    first = (
        rows.filter(pl.col("rank").is_not_null())
        .group_by("lead_id", "attempt", "rank")
        .agg(pl.col("at").min())
    )
    first = first.sort("lead_id", "attempt", "rank")
    later = first.with_columns(before=pl.col("at").shift(1).over("lead_id", "attempt"))
    assert later.filter(pl.col("at") < pl.col("before")).is_empty()


def test_bookings_and_booking_milestones_agree(org: Organisation) -> None:
    t = org.pure
    booked = t["milestones"].filter(pl.col("milestone_type") == "booking")
    signed = t["bookings"].filter((pl.col("status") != "pending") & pl.col("lead_id").is_not_null())
    assert set(booked["lead_id"]) == set(signed["lead_id"])
    days = booked.join(t["bookings"], on="lead_id")
    agreeing = days.filter(pl.col("milestone_date") == pl.col("booking_date"))
    assert agreeing["lead_id"].n_unique() == booked["lead_id"].n_unique()
    cancelled = t["bookings"].filter(pl.col("status") == "cancelled")
    assert cancelled.null_count().select(
        "cancellation_date", "cancellation_reason", "cancellation_refund_amount"
    ).row(0) == (0, 0, 0)
    assert (cancelled["cancellation_date"] >= cancelled["booking_date"]).all()
    assert set(cancelled["lead_id"].drop_nulls()) <= set(
        t["milestones"].filter(pl.col("milestone_type") == "cancellation")["lead_id"]
    )


def test_stock_goes_down_but_for_what_is_given_back(org: Organisation) -> None:
    bookings = org.pure["bookings"]
    assert bookings["units_available"].min() >= 0  # type: ignore[operator]
    for (kind,), rows in bookings.group_by("unit_type"):
        first, last = rows["units_available"][0], rows["units_available"][-1]
        returned = rows.filter(pl.col("status") == "cancelled")["unit_count"].sum()
        assert last <= first - rows["unit_count"][1:].sum() + returned, kind


def test_visits_have_places_minutes_and_outcomes(org: Organisation) -> None:
    visit = pl.col("milestone_type").is_in(["site_visit", "revisit"])
    visits = org.tables["milestones"].filter(visit)
    details = [
        "location_latitude",
        "location_longitude",
        "location_name",
        "visited_by",
        "duration_minutes",
        "outcome",
    ]
    assert visits.select(details).null_count().sum_horizontal().item() == 0
    assert visits["outcome"].n_unique() == 3
    others = org.tables["milestones"].filter(~visit)
    assert others["location_latitude"].is_null().all()


def test_every_kind_of_life_is_there(org: Organisation) -> None:
    t = org.tables
    assert t["milestones"]["milestone_type"].n_unique() == 10
    assert t["engagement"]["engagement_type"].n_unique() == 6
    assert t["engagement"]["engagement_channel"].n_unique() == 6
    assert set(t["engagement"]["status"]) == {"completed", "pending", "failed"}
    assert t["leads"]["status"].n_unique() == 6
    assert {"confirmed", "cancelled"} <= set(t["bookings"]["status"])
    assert t["ledger_entries"]["transaction_type"].n_unique() == 5


def test_some_follow_ups_are_owed_and_most_are_not(org: Organisation) -> None:
    t = org.tables
    last = (
        t["engagement"]
        .filter(pl.col("status") == "completed")
        .group_by("lead_id")
        .agg(touched=pl.col("engagement_date").max().dt.date())
    )
    latest = (
        t["milestones"]
        .group_by("lead_id")
        .agg(pl.col("milestone_date").max(), pl.col("follow_up_date").last())
    )
    open_ = t["leads"].filter(~pl.col("status").is_in(["lost", "converted"])).select("id")
    due = latest.join(open_, left_on="lead_id", right_on="id").join(last, on="lead_id", how="left")
    owed = due.filter(
        (pl.col("follow_up_date") <= org.as_of)
        & (
            pl.max_horizontal("milestone_date", "touched")
            < pl.col("follow_up_date") - timedelta(days=1)
        )
    )
    assert 0 < len(owed) < 0.4 * len(open_)


def test_customers_write_their_names_in_their_script(org: Organisation) -> None:
    names = "".join(org.tables["customers"]["customer_name"])
    tamil = any("\u0b80" <= letter <= "\u0bff" for letter in names)
    devanagari = any("\u0900" <= letter <= "\u097f" for letter in names)
    assert (tamil, devanagari) == {
        "skyline": (False, False),
        "neithal": (True, False),
        "trellis": (False, True),
    }[org.profile.id]


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 8, 15), date(2027, 1, 3)])
def test_yesterday_has_news_for_two_tenants_and_none_for_the_third(as_of: date) -> None:
    for profile in ORGANISATIONS:
        t = organisation(profile, as_of).tables
        touched = (t["engagement"]["engagement_date"].dt.date() == as_of).sum()
        booked = (t["bookings"]["booking_date"] == as_of).sum()
        moved = (t["milestones"]["milestone_date"] == as_of).sum()
        posted = (t["ledger_entries"]["ledger_date"] == as_of).sum()
        if profile.quiet_today:
            assert (touched, booked, moved, posted) == (0, 0, 0, 0)
        else:
            assert min(touched, booked, moved) > 0
