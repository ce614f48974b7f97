"""Control totals: what was read of a file, what became of it, and the proof that they agree.

For rows and for every money column: read = landed + unchanged + duplicates + quarantined. What is
said to have landed is read back from the finished file before the batch is committed.
"""

from __future__ import annotations

from decimal import Decimal

from pipeline.contracts import Contract
from pipeline.landing.batches import Batch, FileCounts
from pipeline.landing.compare import Total
from pipeline.landing.read import Tally
from pipeline.landing.result import FileResult, RowCounts


def count_file(
    tally: Tally, number: int, dropped: dict[tuple[int, str], Total], contract: Contract
) -> FileCounts:
    """The control totals of one file: rows and money read, and what became of them."""
    nothing = Total(0, (Decimal(0),) * len(contract.money))
    bad = Total(tally.bad, tuple(tally.bad_sums) or nothing.sums)
    conflict = dropped.get((number, "conflict"), nothing)
    unchanged = dropped.get((number, "unchanged"), nothing)
    duplicate = dropped.get((number, "duplicate"), nothing)
    quarantined = bad + conflict
    read = Total(tally.rows, tuple(tally.sums) or nothing.sums)
    landed = read - unchanged - duplicate - quarantined
    parts = {
        "read": read,
        "landed": landed,
        "unchanged": unchanged,
        "duplicates": duplicate,
        "quarantined": quarantined,
    }
    return FileCounts(
        tenant=tally.file.tenant,
        path=tally.file.name,
        sha256=tally.fingerprint.sha256,
        source=tally.file.source_name,
        rows_read=read.rows,
        landed=landed.rows,
        unchanged=unchanged.rows,
        duplicates=duplicate.rows,
        quarantined=quarantined.rows,
        unknown_columns=tally.unknown_columns,
        sums={
            name: {part: str(total.sums[place]) for part, total in parts.items()}
            for place, name in enumerate(contract.money)
        },
    )


def verify(batch: Batch, found: dict[tuple[str, str], Total], contract: Contract) -> None:
    """What was counted while reading is what stands in the finished file, to the last digit."""
    for file in batch.files:
        expected = Total(
            file.landed, tuple(Decimal(file.sums[name]["landed"]) for name in contract.money)
        )
        there = found.pop((file.tenant, file.path), Total(0, (Decimal(0),) * len(contract.money)))
        if there != expected:
            raise RuntimeError(f"{file.path}: counted {expected}, but {there} was written")
    if found:
        raise RuntimeError(f"rows of unexpected files were written: {sorted(found)}")


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
