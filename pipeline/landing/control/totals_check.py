"""Control totals: what was read of a file, what became of it, and the proof that they agree.

For rows and for every money column: read = landed + unchanged + duplicates + quarantined. What is
said to have landed is read back from the finished file before the batch is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.batches.batches import Batch, FileCounts
from pipeline.landing.comparison.row_outcomes import WIDE, RowOutcome, Total
from pipeline.landing.control.drift import Columns
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.result import FileResult, RowCounts


def count_arrival(
    counted: ArrivalCounts,
    number: int,
    dropped: Mapping[tuple[int, str, RowOutcome], Total],
    deleted: Mapping[str, Total],
    contract: Contract,
) -> list[FileCounts]:
    """The control totals of one arrival by tenant: rows and money read, and what became of them.

    `deleted` are the deletions that land besides, by tenant: rows that were not there to be read.
    """
    tenants = sorted({*counted.tenants, *deleted})
    return [_count(counted, number, tenant, dropped, deleted, contract) for tenant in tenants]


def _count(
    counted: ArrivalCounts,
    number: int,
    tenant: str,
    dropped: Mapping[tuple[int, str, RowOutcome], Total],
    deleted: Mapping[str, Total],
    contract: Contract,
) -> FileCounts:
    nothing = Total.nothing(contract.money)
    good, bad = counted.good.get(tenant, nothing), counted.bad.get(tenant, nothing)
    known = counted.known.get(tenant, nothing)
    unchanged = dropped.get((number, tenant, RowOutcome.UNCHANGED), nothing)
    duplicates = dropped.get((number, tenant, RowOutcome.DUPLICATE), nothing)
    conflicts = dropped.get((number, tenant, RowOutcome.CONFLICT), nothing)
    parts = {
        "read": good + bad + known,
        "landed": good - unchanged - duplicates - conflicts,
        # What is in quarantine already is no news either.
        "unchanged": unchanged + known,
        "duplicates": duplicates,
        "quarantined": bad + conflicts,
        "deleted": deleted.get(tenant, nothing),
    }
    return FileCounts(
        tenant=tenant,
        path=counted.arrival.name,
        sha256=counted.arrival.sha256,
        source=counted.arrival.source_name,
        rows_read=parts["read"].rows,
        landed=parts["landed"].rows,
        unchanged=parts["unchanged"].rows,
        duplicates=parts["duplicates"].rows,
        quarantined=parts["quarantined"].rows,
        deleted=parts["deleted"].rows,
        unknown_columns=counted.unknown_columns,
        absent_columns=counted.absent_columns,
        rules=counted.arrival.rules,
        sums={
            name: {part: str(total.sums[place]) for part, total in parts.items()}
            for place, name in enumerate(contract.money)
        },
    )


def verify(batch: Batch, quarantine: Path, raw: Path, contract: Contract) -> None:
    """What was counted while reading is what stands in the finished files, to the last digit."""
    landed = {
        (file.tenant, file.path): Total(
            file.landed + file.deleted,
            tuple(
                Decimal(file.sums[name]["landed"]) + Decimal(file.sums[name]["deleted"])
                for name in contract.money
            ),
        )
        for file in batch.files
        if file.landed or file.deleted
    }
    quarantined = {
        (file.tenant, file.path): Total(file.quarantined, ())
        for file in batch.files
        if file.quarantined
    }
    counted = (landed, quarantined)
    written = (_read_back(raw, contract.money), _read_back(quarantine, ()))
    if counted != written:
        raise RuntimeError(f"{batch.entity}: counted {counted}, but {written} was written")


def _read_back(path: Path, money: Sequence[str]) -> dict[tuple[str, str], Total]:
    sums = (pl.col(name).cast(WIDE).sum() for name in money)
    totals = pl.scan_parquet(path).group_by("tenant_id", "source_file").agg(pl.len(), *sums)
    rows = totals.collect(engine="streaming").rows()
    return {(tenant, file): Total(count, tuple(rest)) for tenant, file, count, *rest in rows}


def landed_result(
    counts: FileCounts, contract: Contract, before: Columns, message: str = ""
) -> FileResult:
    return FileResult(
        counts.tenant,
        contract.entity,
        counts.path,
        "landed",
        counts.says_if_bad or message,
        counts=RowCounts(
            counts.rows_read,
            counts.landed,
            counts.unchanged,
            counts.duplicates,
            counts.quarantined,
            counts.deleted,
        ),
        unknown_columns=counts.unknown_columns,
        absent_columns=counts.absent_columns,
        new_columns=before.new(counts),
        gone_columns=before.gone(counts),
        is_all_quarantined=counts.is_all_quarantined,
    )
