"""The leads most likely to book: what mail and dashboard list is what the views say, and what the
scores of the demo were worth.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.config.workspace import Workspace
from pipeline.publish.reader import open_published
from pipeline.reports.figures.lead_scores import score_quality, scored_leads
from pipeline.reports.selection import Selection
from tests.reports.conftest import DASHBOARD, DEMO
from tests.reports.making import payload_of, render, summary_of

TENANT = "skyline"
HOT = (
    "SELECT lead_name, score FROM v_lead_scores WHERE band = 'hot'"
    " ORDER BY booking_probability DESC, waited_days, lead_name, lead_id"
)


def test_the_mail_lists_the_likeliest_hot_leads(organisations: Workspace) -> None:
    payload = payload_of(organisations, TENANT, "daily_summary")
    with open_published(organisations, TENANT) as published:
        hot = published.rows(HOT)
    listed = summary_of(payload).likely
    assert listed is not None
    assert listed.total == len(hot) > 3
    assert [(row.lead, row.score) for row in listed.rows] == [
        (row["lead_name"], row["score"]) for row in hot[:3]
    ]
    text = render(payload, "text")["text"].decode()
    assert f"Of {len(hot)} hot leads" in text
    assert f"{hot[0]['score']}%: {hot[0]['lead_name']}" in text


def test_a_slice_lists_its_own(organisations: Workspace) -> None:
    owner = "Shreya Gupta"
    payload = payload_of(organisations, TENANT, "daily_summary", selection=Selection(owner=owner))
    part = summary_of(payload).likely
    assert part is not None
    with open_published(organisations, TENANT) as published:
        (row,) = published.rows(
            "SELECT count(*) AS n FROM v_lead_scores WHERE band = 'hot' AND owner_name = $owner",
            {"owner": owner},
        )
    assert part.total == row["n"] > 0
    assert {row.owner for row in part.rows} == {owner}


def test_a_tenant_without_leads_has_no_list(organisations: Workspace) -> None:
    if not (organisations.tenants_dir / "online_retail.yaml").exists():
        pytest.skip("needs the real data sets in ../shared/data beside the repository")
    with open_published(organisations, "online_retail") as published:
        assert scored_leads(published, 5).total == 0
        assert score_quality(published) is None
    page = render(payload_of(organisations, "online_retail", DASHBOARD), "html")["html"].decode()
    assert "t-likely" not in page


def test_the_list_follows_the_filters(
    organisations: Workspace, dashboard_of: Callable[[str], Path], chromium: Browser
) -> None:
    owner = "Shreya Gupta"
    with open_published(organisations, TENANT) as published:
        rows = published.rows(
            "SELECT lead_name, score, compared_leads FROM v_lead_scores"
            " WHERE owner_name = $owner AND score IS NOT NULL"
            " ORDER BY booking_probability DESC, waited_days, lead_name, lead_id",
            {"owner": owner},
        )
    page = chromium.new_page()
    page.goto(f"{(dashboard_of(TENANT) / f'{DASHBOARD}.html').as_uri()}#follow-ups?owner={owner}")
    page.wait_for_function("() => document.documentElement.dataset.applied !== undefined")
    found = page.evaluate(
        "() => [...document.querySelectorAll('table[data-list=likely] tbody tr')].map(row =>"
        " ['lead', 'score', 'alike'].map(f => row.querySelector(`[data-f=${f}]`).textContent))"
    )
    note = page.locator("[data-showing=likely]").text_content()
    page.close()
    assert [
        (lead, int(re.sub(r"\D", "", score)), int(re.sub(r"\D", "", alike)))
        for lead, score, alike in found
    ] == [(row["lead_name"], row["score"], row["compared_leads"]) for row in rows[:50]]
    assert f"{len(rows)} open leads with a score of the selection" in (note or "")


def test_what_the_scores_of_the_demo_were_worth(organisations: Workspace) -> None:
    """Three invented sellers, scored as of 90 days ago from what was known by then."""
    bands = {"hot": [0, 0.0, 0], "warm": [0, 0.0, 0], "cold": [0, 0.0, 0]}
    for tenant in DEMO:
        with open_published(organisations, tenant) as published:
            for row in published.rows("SELECT * FROM v_lead_score_quality"):
                counts = bands[row["band"]]
                counts[0] += row["leads"]
                counts[1] += row["expected_bookings"]
                counts[2] += row["booked_leads"]
    expected, booked = (sum(counts[place] for counts in bands.values()) for place in (1, 2))
    assert booked > 20
    assert 0.5 < expected / booked < 2
    hot, warm, cold = (counts[2] / counts[0] for counts in bands.values())
    assert hot > 2 * warm > 2 * cold
