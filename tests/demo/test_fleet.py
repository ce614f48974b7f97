"""The large demo: sizes and proportions, tried at a thousandth of its size."""

from pathlib import Path

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.demo.fleet import BOOKINGS_PER_LEAD, ENTRIES_PER_BOOKING, LEADS, TENANTS, fleet
from pipeline.demo.write import SEED, write_tenants
from tests.demo.conftest import AS_OF


def test_two_hundred_tenants_of_very_different_size_make_a_million_leads() -> None:
    profiles = fleet(SEED)
    sizes = [profile.leads for profile in profiles]
    assert (len(profiles), sum(sizes)) == (TENANTS, LEADS) == (200, 1_000_000)
    assert max(sizes) > 10 * min(sizes)
    assert len({profile.id for profile in profiles}) == 200
    assert len({profile.face.name for profile in profiles}) == 200


def test_a_thousandth_of_it_has_the_proportions_of_the_whole(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    profiles = fleet(SEED, tenants=6, leads=6000)
    summary = write_tenants(ws, AS_OF, profiles, scale="large", seed=SEED)
    assert summary.total("leads") == 6000
    for entity, expected in (
        ("milestones", 7 * 6000),
        ("engagement", 20 * 6000),
        ("bookings", BOOKINGS_PER_LEAD * 6000),
        ("ledger_entries", ENTRIES_PER_BOOKING * BOOKINGS_PER_LEAD * 6000),
    ):
        assert summary.total(entity) == pytest.approx(expected, rel=0.02), entity
    assert summary.bad_total == 0
    assert len(load_registry(ws).tenants) == 6


def test_a_tenant_of_a_handful_of_leads_is_no_problem(tmp_path: Path) -> None:
    profiles = fleet(SEED, tenants=3, leads=20)
    summary = write_tenants(Workspace(tmp_path), AS_OF, profiles, scale="large", seed=SEED)
    assert summary.total("leads") == 20
