"""The columns of raw and quarantine Parquet files.

These layouts are what the models read: a change here is a change of the interface. What the
contract's own columns mean stands in `contracts`.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from pipeline.contracts import Contract
from pipeline.contracts.model import INSTANT

# Where a row comes from; the same columns in raw and quarantine.
EXTRA = "extra"
FLAGS = "quality_flags"

QUARANTINE: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "entity": pl.String(),
    "source_system": pl.String(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "record_key": pl.String(),
    "original": pl.String(),
    "reasons": pl.String(),
    "reason_text": pl.String(),
    "batch_id": pl.String(),
    "ingested_at": INSTANT,
}


def raw_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Column names and types of `raw/<entity>/*.parquet`, in order."""
    return {
        "tenant_id": pl.String(),
        **{column.name: column.type.dtype for column in contract.columns},
        EXTRA: pl.String(),
        FLAGS: pl.String(),
        "source_system": pl.String(),
        "source_file": pl.String(),
        "source_row": pl.Int64(),
        "row_hash": pl.String(),
        "batch_id": pl.String(),
        "ingested_at": INSTANT,
    }


def arrow_schema(columns: dict[str, pl.DataType]) -> pa.Schema:
    """The Arrow schema that Parquet files of these columns are written with."""
    empty = pl.DataFrame(schema=columns)
    return empty.to_arrow(compat_level=pl.CompatLevel.newest()).schema
