"""Which spooled rows are not to land: of refused files, duplicates, unchanged or replaced ones.

What `compare` finds is marked row by row; conflicts go to quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.comparison.compare import Comparison, Conflict
from pipeline.landing.comparison.row_outcomes import RowOutcome, RowOutcomes
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.conflicts import conflict_rows
from pipeline.landing.reading.spool import Spool


def find_outcomes(
    counted_arrivals: Sequence[ArrivalCounts],
    refused: Sequence[int],
    last_read: Mapping[str, str],
    earlier: Mapping[Path, set[str]],
    spool: Spool,
    keys: Comparison,
    contract: Contract,
) -> RowOutcomes:
    """Find what is not to land.

    Of files that are read again (`last_read`: name -> batch) also what others have replaced.
    `earlier` are the raw files with rows of the same tenants, and the kinds of their row hashes.
    """
    row_outcomes = RowOutcomes([counted.good_rows for counted in counted_arrivals])
    for file in refused:
        row_outcomes.refuse(file)
    if keys.find_equal_keys(refused):
        _mark_duplicates(row_outcomes, counted_arrivals, spool, keys, contract)
    if earlier:
        again = {
            number: (counted.arrival.name, last_read[counted.arrival.name])
            for number, counted in enumerate(counted_arrivals)
            if counted.arrival.is_again
        }
        known = {path: kinds == {keys.kind} for path, kinds in earlier.items()}
        for places in keys.unchanged(known, again):
            row_outcomes.mark(places, RowOutcome.UNCHANGED)
    return row_outcomes


def _mark_duplicates(
    row_outcomes: RowOutcomes,
    counted_arrivals: Sequence[ArrivalCounts],
    spool: Spool,
    keys: Comparison,
    contract: Contract,
) -> None:
    equal, found = keys.duplicates(spool.close_rows())
    # Rows that a later file had replaced before this reading of both are no news.
    replaced = [each for each in found if _was_replaced(each, counted_arrivals)]
    conflicts = [each for each in found if not _was_replaced(each, counted_arrivals)]
    row_outcomes.mark(equal, RowOutcome.DUPLICATE)
    row_outcomes.mark(_places(replaced), RowOutcome.DUPLICATE)
    row_outcomes.mark(_places(conflicts), RowOutcome.CONFLICT)
    for file in sorted({conflict.file for conflict in conflicts}):
        mine = [conflict for conflict in conflicts if conflict.file == file]
        bad = conflict_rows(mine, counted_arrivals[file], contract)
        spool.add_bad(bad.with_columns(file=pl.lit(file, dtype=pl.Int32)))


def _places(conflicts: Sequence[Conflict]) -> np.ndarray:
    return np.array([conflict.place for conflict in conflicts], dtype=np.int64)


def _was_replaced(conflict: Conflict, counted_arrivals: Sequence[ArrivalCounts]) -> bool:
    arrival = counted_arrivals[conflict.file].arrival
    return arrival.is_again and conflict.winning_file != arrival.name
