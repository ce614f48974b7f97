"""What a source itself counts against what the warehouse has of it: rows, and money to the paisa.

Both sides are of one snapshot of a table that was read whole: what the source's own SQL says of its
live rows, and what of the rows that were read stands in raw or in quarantine.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pipeline.landing.batches.batches import FileCounts
from pipeline.landing.comparison.row_outcomes import Total
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.result import TableTotal
from pipeline.sources.databases.extract_types import Extract, SourceTotal


def table_totals(
    found: Extract, counted: ArrivalCounts, counts: Sequence[FileCounts]
) -> list[TableTotal]:
    """One row a tenant; `difference` is what neither warehouse nor quarantine accounts for."""
    totals = found.totals or {}
    tenants = sorted({*totals, *counted.live, *counted.live_bad})
    mine = {each.tenant: each for each in counts if each.path == found.name}
    return [
        _total(found, tenant, totals.get(tenant, SourceTotal(0)), counted, mine.get(tenant))
        for tenant in tenants
    ]


def _total(
    found: Extract,
    tenant: str,
    source: SourceTotal,
    counted: ArrivalCounts,
    counts: FileCounts | None,
) -> TableTotal:
    money = list(source.sums) or list(counts.sums if counts else ())
    nothing = Total.nothing(money)
    live = counted.live.get(tenant, nothing)
    bad = counted.live_bad.get(tenant, nothing)
    # Copies of one id stand for one row of the warehouse.
    copies = counts.duplicates if counts else 0
    warehouse = live.rows - copies
    differences = {
        name: source.sums.get(name, Decimal(0)) - live.sums[place] - bad.sums[place]
        for place, name in enumerate(money)
    }
    return TableTotal(
        tenant=tenant,
        entity=found.entity,
        source=found.source_name,
        source_rows=source.rows,
        warehouse_rows=warehouse,
        quarantined_rows=bad.rows,
        difference=source.rows - warehouse - bad.rows,
        money={name: str(amount) for name, amount in differences.items()},
    )
