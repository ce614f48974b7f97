"""How far along a tenant's goals are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from pipeline.config.goals import GOAL_FIGURES
from pipeline.config.settings import Settings
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.publish.dictionary import dictionary
from pipeline.publish.publish import publish
from pipeline.publish.reader import open_published
from pipeline.reports.drawing.formats import formats
from pipeline.reports.figures.goals import progress, rows

AS_OF = date(2026, 4, 18)


def tenant(**goals: dict[str, float]) -> Tenant:
    return Tenant.model_validate({"id": "skyline", "name": "Skyline", "goals": goals})


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    """Eighteen days of April with a booking each, and days before that do not count."""
    workspace.warehouse_file.parent.mkdir(parents=True)
    workspace.path("state").mkdir()
    with duckdb.connect(str(workspace.warehouse_file)) as warehouse:
        warehouse.execute("CREATE SCHEMA marts; CREATE SCHEMA reporting")
        for name in ("tenants", "data_checks", "daily_activity"):
            columns = (f'"{one.name}" {one.type}' for one in dictionary()[name].columns)
            warehouse.execute(f"CREATE TABLE marts.{name} ({', '.join(columns)})")
        warehouse.execute(
            "INSERT INTO marts.tenants BY NAME SELECT 'skyline' AS tenant_id, ? AS as_of_date",
            [AS_OF],
        )
        for back in range(40):
            warehouse.execute(
                "INSERT INTO marts.daily_activity BY NAME SELECT 'skyline' AS tenant_id,"
                " ? AS date, 1 AS bookings, 1000000.10 AS booked_amount",
                [AS_OF - timedelta(days=back)],
            )
    publish(workspace, Settings(home=workspace.root))
    return workspace


def test_a_months_goal_is_held_against_the_month_to_date(ws: Workspace) -> None:
    with open_published(ws, "skyline") as published:
        [one] = progress(published, tenant(bookings={"month": 25}))
    assert (int(one.so_far), one.day, one.days) == (18, 18, 30)
    assert one.expected == 15
    assert one.told(formats("en_IN", "INR")) == "72% of the month's goal on day 18 of 30"


def test_a_days_goal_is_held_against_the_day(ws: Workspace) -> None:
    with open_published(ws, "skyline") as published:
        [month, day] = progress(published, tenant(booked_amount={"month": 3e7, "day": 5e5}))
        [told, _] = rows(published, tenant(booked_amount={"month": 3e7, "day": 5e5}))
    assert month.so_far == Decimal("18000001.80")
    assert (day.so_far, day.share > 2) == (Decimal("1000000.10"), True)
    assert day.told(formats("en_IN", "INR")) == "200% of the day's goal"
    assert (told["goal"], told["so_far"]) == ("₹3\N{NO-BREAK SPACE}Cr", "₹1.8\N{NO-BREAK SPACE}Cr")


def test_a_figure_without_rows_brought_nothing(ws: Workspace) -> None:
    with open_published(ws, "skyline") as published:
        [one] = progress(published, tenant(site_visits={"day": 3}))
    assert one.so_far == one.share == Decimal()


def test_every_figure_with_a_goal_is_published() -> None:
    assert set(GOAL_FIGURES) <= {column.name for column in dictionary()["daily_activity"].columns}


@pytest.mark.parametrize(
    ("goals", "words"),
    [
        ({"sales": {"month": 3}}, "no goal for sales; expected new_leads"),
        ({"bookings": {}}, "expected month or day"),
        ({"bookings": {"month": 0}}, "greater than 0"),
        ({"bookings": {"week": 3}}, "Extra inputs"),
    ],
)
def test_a_goal_that_says_nothing_clear_is_an_error(goals: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        tenant(**goals)
