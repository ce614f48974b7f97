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
from pipeline.landing.batches import Batch, FileCounts
from pipeline.landing.fates import WIDE, Fate, Total
from pipeline.landing.read import Tally
from pipeline.landing.result import FileResult, RowCounts


def count_file(
    tally: Tally, number: int, dropped: Mapping[tuple[int, Fate], Total], contract: Contract
) -> FileCounts:
    """The control totals of one file: rows and money read, and what became of them."""
    nothing = Total.nothing(contract.money)
    unchanged = dropped.get((number, Fate.UNCHANGED), nothing)
    duplicates = dropped.get((number, Fate.DUPLICATE), nothing)
    conflicts = dropped.get((number, Fate.CONFLICT), nothing)
    parts = {
        "read": tally.good + tally.bad,
        "landed": tally.good - unchanged - duplicates - conflicts,
        "unchanged": unchanged,
        "duplicates": duplicates,
        "quarantined": tally.bad + conflicts,
    }
    return FileCounts(
        tenant=tally.file.tenant,
        path=tally.file.name,
        sha256=tally.fingerprint.sha256,
        source=tally.file.source_name,
        rows_read=parts["read"].rows,
        landed=parts["landed"].rows,
        unchanged=parts["unchanged"].rows,
        duplicates=parts["duplicates"].rows,
        quarantined=parts["quarantined"].rows,
        unknown_columns=tally.unknown_columns,
        sums={
            name: {part: str(total.sums[place]) for part, total in parts.items()}
            for place, name in enumerate(contract.money)
        },
    )


def verify(batch: Batch, quarantine: Path, raw: Path, contract: Contract) -> None:
    """What was counted while reading is what stands in the finished files, to the last digit."""
    landed = {
        (file.tenant, file.path): Total(
            file.landed, tuple(Decimal(file.sums[name]["landed"]) for name in contract.money)
        )
        for file in batch.files
        if file.landed
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


def landed_result(counts: FileCounts, contract: Contract) -> FileResult:
    return FileResult(
        counts.tenant,
        contract.entity,
        counts.path,
        "landed",
        counts=RowCounts(
            counts.rows_read,
            counts.landed,
            counts.unchanged,
            counts.duplicates,
            counts.quarantined,
        ),
        unknown_columns=counts.unknown_columns,
    )
