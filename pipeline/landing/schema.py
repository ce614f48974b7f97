"""The columns of raw and quarantine Parquet files, and how a row is fingerprinted.

These layouts are what the models read: a change here is a change of the interface. What the
contract's own columns mean stands in `contracts`.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from pipeline.contracts import Contract, Type
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


def row_hash_sql(contract: Contract) -> str:
    """SQL for the fingerprint of a row's content: the first 16 hex digits of an MD5.

    It covers the typed values of all contract columns and `extra`, each as text with a NUL between
    them (no landed text has one) and nothing for null; timestamps as microseconds since 1970. So
    neither a library's version nor the spelling in the file (1 or 1.00, TRUE or t) changes it. A
    contract that gains a column changes all: rows that are delivered again then land once more. 64
    bits suffice, as it is compared only with the same record's own newest version.
    """
    parts = [_as_text(column.name, column.type) for column in contract.columns]
    joined = ", chr(0), ".join([*parts, EXTRA])
    return f"left(md5(concat({joined})), 16)"


def _as_text(name: str, kind: Type) -> str:
    if kind is Type.TIMESTAMP:
        return f'epoch_us("{name}")'
    return f'"{name}"'
