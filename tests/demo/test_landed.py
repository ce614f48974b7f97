"""The demo meets the real landing: what was planted lands in quarantine, and nothing else does."""

from collections import Counter
from datetime import UTC, datetime

import polars as pl

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.demo.organisations import ORGANISATIONS
from pipeline.demo.write import SEED, write_tenants
from pipeline.landing.ingest import ingest
from tests.demo.conftest import AS_OF


def test_quarantine_holds_exactly_the_planted_rows(workspace: Workspace) -> None:
    # Two tenants: one writes ISO dates, the other DD/MM/YYYY.
    chosen = tuple(p for p in ORGANISATIONS if p.id in ("neithal", "trellis"))
    summary = write_tenants(workspace, AS_OF, chosen, scale="small", seed=SEED)
    ingest(workspace, load_registry(workspace), now=datetime(2025, 11, 25, 2, tzinfo=UTC))
    rejected = pl.read_parquet(workspace.quarantine_root / "*" / "*.parquet")
    assert Counter(rejected["tenant_id"]) == {
        tenant: sum(kinds.values()) for tenant, kinds in summary.bad_rows.items()
    }
    for entity in summary.rows["trellis"]:
        landed = pl.read_parquet(workspace.raw(entity) / "*.parquet")
        assert len(landed) == summary.total(entity), entity
        assert landed["extra"].is_null().all(), entity


def test_only_the_curated_warts_are_flagged(workspace: Workspace) -> None:
    (trellis,) = (p for p in ORGANISATIONS if p.id == "trellis")
    write_tenants(workspace, AS_OF, (trellis,), scale="small", seed=SEED)
    ingest(workspace, load_registry(workspace), now=datetime(2025, 11, 25, 2, tzinfo=UTC))
    flags = {}
    for entity in CONTRACTS:
        landed = pl.read_parquet(workspace.raw(entity) / "*.parquet")
        flags.update(dict(landed["quality_flags"].drop_nulls().value_counts().iter_rows()))
    assert set(flags) == {
        "follow_up_without_date",
        "response_without_date",
        "response_before_engagement",
        "booking_without_lead",
        "zero_amount",
    }
    assert max(flags.values()) <= 5
