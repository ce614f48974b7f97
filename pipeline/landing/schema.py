"""The columns of raw and quarantine Parquet files, and how a row is fingerprinted.

These layouts are what the models read: a change here is a change of the interface. What the
contract's own columns mean stands in `contracts`.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from pipeline.contracts import Contract, Type
from pipeline.contracts.model import UTC

# Where a row comes from; the same columns in raw and quarantine.
EXTRA = "extra"
FLAGS = "quality_flags"

QUARANTINE: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "entity": pl.String(),
    "source_name": pl.String(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "record_key": pl.String(),
    "original": pl.String(),
    "reasons": pl.String(),
    "reason_text": pl.String(),
    "batch_id": pl.String(),
    "ingested_at": UTC,
}

# NUL cannot occur in a landed text, so it separates the parts of a fingerprint without doubt.
_SEPARATOR = "chr(0)"


def raw_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Column names and types of `raw/<entity>/*.parquet`, in order."""
    return {
        "tenant_id": pl.String(),
        **{column.name: column.type.dtype for column in contract.columns},
        EXTRA: pl.String(),
        FLAGS: pl.String(),
        "source_name": pl.String(),
        "source_file": pl.String(),
        "source_row": pl.Int64(),
        "row_hash": pl.String(),
        "batch_id": pl.String(),
        "ingested_at": UTC,
    }


def arrow_schema(columns: dict[str, pl.DataType]) -> pa.Schema:
    """The Arrow schema that Parquet files of these columns are written with."""
    empty = pl.DataFrame(schema=columns)
    return empty.to_arrow(compat_level=pl.CompatLevel.newest()).schema


def row_hash_sql(contract: Contract) -> str:
    """SQL for the fingerprint of a row's content: the first 16 hex digits of an MD5.

    It covers the typed values of the common columns, `extra`, then the contract's own columns in
    their order, each as text with a NUL behind it and nothing for null; the NULs at the end are cut
    off, so a column that a later contract appends leaves old fingerprints as they are. Timestamps
    count as microseconds since 1970. Neither the library's version nor the spelling in the file
    (1 or 1.00, TRUE or t) changes it. 64 bits suffice: it is compared only with the same record's
    own newest version.
    """
    own = [(column.name, column.type) for column in contract.own_columns]
    shared = [(column.name, column.type) for column in contract.columns[len(own) :]]
    parts = [_as_text(name, kind) for name, kind in [*shared, (EXTRA, Type.JSON), *own]]
    joined = f", {_SEPARATOR}, ".join(parts)
    return f"md5(rtrim(concat({joined}), {_SEPARATOR}))[:16]"


def _as_text(name: str, kind: Type) -> str:
    if kind is Type.TIMESTAMP:
        return f'epoch_us("{name}")'
    return f'"{name}"'
