"""What is wrong on purpose: rows for quarantine, and warts that are kept."""

import csv
from collections import Counter
from datetime import date

import polars as pl

from pipeline.config.workspace import Workspace
from pipeline.demo.flaws.bad_rows import FAULTS, SHARE
from pipeline.demo.flaws.warts import ORPHAN_SOURCE
from pipeline.demo.write import DemoSummary
from tests.demo.conftest import Organisation


def test_every_kind_of_bad_row_is_planted_for_every_tenant(
    demo: tuple[Workspace, DemoSummary],
) -> None:
    kinds = {fault.kind for fault in FAULTS}
    assert len(kinds) >= 8
    for tenant, planted in demo[1].bad_rows.items():
        assert set(planted) == kinds, tenant


def test_bad_rows_are_a_small_share(demo: tuple[Workspace, DemoSummary]) -> None:
    summary = demo[1]
    good = sum(sum(rows.values()) for rows in summary.rows.values())
    assert SHARE * 0.9 < summary.bad_total / good < SHARE * 1.5


def test_bad_rows_are_found_in_the_files_as_counted(demo: tuple[Workspace, DemoSummary]) -> None:
    ws, summary = demo
    found: Counter[str] = Counter()
    for tenant in summary.rows:
        for entity in summary.rows[tenant]:
            with (ws.inbox(tenant) / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
                header, *rows = list(csv.reader(file))
            ids = Counter(row[0] for row in rows)
            found["same id twice"] += sum(n - 1 for i, n in ids.items() if i and n > 1)
            found["missing id"] += ids[""]
            found["ragged row"] += sum(len(row) != len(header) for row in rows)
            for row in (dict(zip(header, row, strict=False)) for row in rows):
                found["negative money"] += row.get("credit_amount", "").startswith("-")
                found["negative money"] += row.get("booking_amount", "").startswith("-")
                found["latitude out of range"] += row.get("location_latitude") == "128.0077"
                found["impossible date"] += any(_is_31_february(text) for text in row.values())
                found["probability out of range"] += row.get("probability") == "140"
    planted = sum((Counter(kinds) for kinds in summary.bad_rows.values()), Counter())
    assert found == {kind: planted[kind] for kind in found}


def _is_31_february(text: str) -> bool:
    return text.startswith("31/02/") or text.endswith("-02-31")


def test_the_warts_that_are_kept(org: Organisation) -> None:
    t = org.tables
    leads = t["leads"]
    codes = set(t["lead_sources"]["source_code"])
    assert set(leads["source"].drop_nulls()) - codes == {ORPHAN_SOURCE}
    assert leads["source"].is_null().sum() > 0
    assert leads["deleted_at"].is_not_null().sum() == 2
    assert t["bookings"]["lead_id"].is_null().sum() == 3
    zero = t["ledger_entries"].filter(
        (pl.col("debit_amount") == 0) & (pl.col("credit_amount") == 0)
    )
    assert len(zero) == 2
    milestones, engagement = t["milestones"], t["engagement"]
    undated = milestones["follow_up_required"] & milestones["follow_up_date"].is_null()
    assert undated.sum() > 0
    assert (engagement["response_date"] < engagement["engagement_date"]).sum() > 0
    assert (engagement["response_received"] & engagement["response_date"].is_null()).sum() > 0
    first = milestones.group_by("lead_id").agg(pl.col("milestone_date").min())
    typed_late = leads.join(first, left_on="id", right_on="lead_id").filter(
        pl.col("milestone_date") < pl.col("created_at").dt.date()
    )
    assert 0 < len(typed_late) <= 3


def test_test_leads_have_no_history(org: Organisation) -> None:
    deleted = org.tables["leads"].filter(pl.col("deleted_at").is_not_null())["id"].implode()
    for entity in ("milestones", "engagement", "bookings"):
        assert not org.tables[entity]["lead_id"].is_in(deleted).any(), entity
    assert date(2020, 1, 1) < org.as_of
