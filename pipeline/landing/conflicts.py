"""Rows that a later row with the same id and other content replaces, as quarantined rows.

By the time they are found only their typed values are at hand, so their files, which are few, are
read once more for the original text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.errors import MilepostError
from pipeline.landing.compare import Conflict
from pipeline.landing.read import HEADER_ROWS, Tally
from pipeline.sources.delimited import parse
from pipeline.sources.files import open_file


def conflict_rows(conflicts: Sequence[Conflict], tally: Tally, contract: Contract) -> pl.DataFrame:
    """The conflicts of one file with the columns that `Spool.add_bad` takes."""
    originals = _originals(tally, contract, [conflict.source_row for conflict in conflicts])
    return pl.DataFrame(
        [_row(each, tally, contract, *originals[each.source_row]) for each in conflicts]
    )


def _row(
    conflict: Conflict, tally: Tally, contract: Contract, record_key: str, original: str
) -> dict[str, object]:
    message = (
        f"row {conflict.winning_row} of {conflict.winning_file} has the same id and other content,"
        " and is the later one"
    )
    reasons = [{"column": "id", "rule": "duplicate_id", "message": message}]
    return {
        "tenant_id": tally.file.tenant,
        "entity": contract.entity,
        "source_system": tally.file.source_name,
        "source_file": tally.file.name,
        "source_row": conflict.source_row,
        "record_key": record_key,
        "original": original,
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "reason_text": f"id: {message}",
    }


def _originals(
    tally: Tally, contract: Contract, wanted: Sequence[int]
) -> dict[int, tuple[str, str]]:
    """Read a file once more for the (record key, original row) of some of its rows."""
    found: dict[int, tuple[str, str]] = {}
    numbers = np.asarray(wanted)
    records = HEADER_ROWS
    with open_file(tally.file, contract) as opened:
        for piece in opened.pieces():
            parsed = parse(piece, opened.header, tally.file.source)
            here = parsed.numbers + records
            records += parsed.records
            hit = np.isin(here, numbers)
            if hit.any():
                rows = parsed.rows.filter(pl.Series(hit)).select(
                    pl.col("id").str.strip_chars(),
                    pl.struct(pl.all()).struct.json_encode().alias("original"),
                )
                found.update(zip(here[hit].tolist(), rows.rows(), strict=True))
    if len(found) < len(numbers):
        raise MilepostError(f"{tally.file.name} changed while it was being read; run again")
    return found
