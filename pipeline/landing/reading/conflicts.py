"""Rows that a later row with the same id and other content replaces, as quarantined rows.

By the time they are found only their typed values are at hand, so what they arrived in is
read once more for the original text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.core.errors import MilepostError
from pipeline.landing.comparison.compare import Conflict
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.arrivals import Arrival
from pipeline.landing.validation.typed import as_text


def conflict_rows(
    conflicts: Sequence[Conflict], counted: ArrivalCounts, contract: Contract
) -> pl.DataFrame:
    """The conflicts of one file with the columns that `Spool.add_bad` takes."""
    originals = _originals(
        counted.arrival, contract, [conflict.source_row for conflict in conflicts]
    )
    return pl.DataFrame(
        [_row(each, counted, contract, originals[each.source_row]) for each in conflicts]
    )


def _row(
    conflict: Conflict,
    counted: ArrivalCounts,
    contract: Contract,
    original: str,
) -> dict[str, object]:
    message = (
        f"row {conflict.winning_row} of {conflict.winning_file} has the same id and other content,"
        " and is the later one"
    )
    reasons = [{"column": "id", "rule": "duplicate_id", "message": message}]
    return {
        "tenant_id": conflict.tenant,
        "entity": contract.entity,
        "source_system": counted.arrival.source_name,
        "source_file": counted.arrival.name,
        "source_row": conflict.source_row,
        "record_key": conflict.record_key,
        "original": original,
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "reason_text": f"id: {message}",
    }


def _originals(arrival: Arrival, contract: Contract, wanted: Sequence[int]) -> dict[int, str]:
    """Read an arrival once more for the original text of some of its rows."""
    found: dict[int, str] = {}
    numbers = np.asarray(wanted)
    records = arrival.first_row
    with arrival.open(contract) as opened:
        for parse in opened.tasks():
            parsed = parse()
            here = parsed.numbers + records
            records += parsed.records
            hit = np.isin(here, numbers)
            if hit.any():
                rows = parsed.rows.filter(pl.Series(hit))
                rows = rows.select(as_text(column) for column in rows.iter_columns())
                texts = rows.select(pl.struct(pl.all()).struct.json_encode()).to_series()
                found.update(zip(here[hit].tolist(), texts, strict=True))
    if len(found) < len(numbers):
        raise MilepostError(f"{arrival.name} changed while it was being read; run again")
    return found
