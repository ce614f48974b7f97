"""Rows that landed from a table and are not in it any more, as deletions.

A row is gone if its newest version came from the table, is not deleted, and the table, read whole,
has its key no more, neither well nor in quarantine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.contracts.model import INSTANT
from pipeline.landing.comparison.compare import Comparison
from pipeline.sources.databases.extract_types import Extract

_GONE = """
    WITH raw AS (
        SELECT * FROM read_parquet($raw, union_by_name = true)
        WHERE list_contains($tenants, tenant_id)
    ),
    gone AS (
        SELECT DISTINCT hash(tenant_id, id) AS key FROM raw
        WHERE source_file = $name AND hash(tenant_id, id) NOT IN (
            SELECT key FROM keys WHERE file = $file
            UNION ALL SELECT key FROM bad_keys WHERE file = $file AND key IS NOT NULL
        )
    )
    SELECT * FROM raw WHERE hash(tenant_id, id) IN (SELECT key FROM gone)
    QUALIFY row_number() OVER (
        PARTITION BY tenant_id, id ORDER BY batch_id DESC, source_row DESC
    ) = 1
"""


def deleted_rows(
    extract: Extract, number: int, keys: Comparison, landed: Sequence[Path]
) -> pl.DataFrame:
    """The raw rows with `deleted_at` set to the time of the reading; `number` is the arrival's."""
    if not landed:
        return pl.DataFrame({"tenant_id": []}, schema={"tenant_id": pl.String})
    rows = keys.query(
        _GONE,
        {
            "raw": [str(path) for path in landed],
            "tenants": sorted(set(extract.plan.tenants.values())),
            "name": extract.name,
            "file": number,
        },
    )
    return rows.filter(
        pl.col("deleted_at").is_null(), pl.col("source_file") == extract.name
    ).with_columns(
        pl.lit(extract.snapshot_at).cast(INSTANT).alias("deleted_at"),
        # No row of the source, but a place of their own: models tell landed rows apart by theirs.
        (-1 - pl.int_range(pl.len(), dtype=pl.Int64)).alias("source_row"),
    )
