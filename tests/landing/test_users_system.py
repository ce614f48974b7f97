"""The system that users run today, connected as the docs say: every row lands, on both engines."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from pipeline.config.workspace import Workspace
from tests import users_system
from tests.crm import Crm, new_crm
from tests.users_system import LEADS, TENANT, key

ENTITIES = ("leads", "users", "milestones", "engagement", "bookings", "ledger_entries", "customers")


@pytest.fixture(params=["postgres", "mariadb"])
def crm(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    server = request.getfixturevalue(request.param)
    with new_crm(server, "system", workspace, monkeypatch) as crm:
        users_system.create(crm)
        users_system.fill(crm)
        crm.configure(
            "homes",
            tenants={"homes": TENANT},
            tables={"campaign_spend": None},
            columns={"users": {"name": ["first_name", "last_name"]}},
        )
        yield crm


def test_every_row_lands_and_agrees_with_the_source(crm: Crm) -> None:
    result = crm.ingest()
    assert [file.message for file in result.files if file.status == "refused"] == []
    assert {
        name: counts.quarantined for (_, name), counts in result.counts.items()
    } == dict.fromkeys([name for _, name in result.counts], 0)
    assert result.counts["homes", "leads"].landed == LEADS
    assert all(total.agrees for total in result.totals)
    assert len(result.totals) == 9


def test_an_instant_is_the_tenants_local_day(crm: Crm) -> None:
    crm.ingest(entities=["leads"])
    leads = crm.raw("leads")
    days = dict(leads.select("id", "assigned_date").rows())
    # 9:30 and thirteen hours are 22:30 on the tenant's clock, which is the server's.
    assert days[key(5, 0)] == date(2026, 1, 5)
    # Three hours later it is the next day.
    assert days[key(5, 5)] == date(2026, 1, 6)


def test_several_columns_make_a_name_and_secrets_are_not_copied(crm: Crm) -> None:
    crm.ingest(entities=["users"])
    users = crm.raw("users")
    assert users.sort("id")["name"].to_list() == ["Asha Rao", "Ravi Iyer", "Meera", "Kabir Khan"]
    kept = {name for extra in users["extra"] for name in json.loads(extra)}
    assert kept == {"role"}


def test_descriptive_words_outside_their_list_are_kept_and_flagged(crm: Crm) -> None:
    crm.ingest(entities=["milestones", "engagement"])
    milestones, calls = crm.raw("milestones"), crm.raw("engagement")
    assert dict(milestones["outcome"].value_counts().rows()) == {
        "will bring the family": 2,
        "positive": LEADS - 2,
    }
    flagged = milestones.filter(milestones["quality_flags"] == "outcome_not_in_list")
    assert len(flagged) == 2
    assert calls.filter(calls["quality_flags"] == "engagement_channel_not_in_list").height == 2
