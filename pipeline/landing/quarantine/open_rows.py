"""What became of the rows in quarantine: which are open, and which batch dealt with the others.

A row is open until it is dealt with: a later batch landed its id, or read a file of the same name
again (whatever is still wrong there is quarantined anew), or found it in its table otherwise or no
more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.config.workspace import Workspace
from pipeline.landing.batches.batches import Batch, read_batches
from pipeline.sources.databases.extract_types import table_name

# Only the ids in question are looked for among the landed rows.
_ROWS = """
    WITH quarantined AS (
        SELECT *, row_number() OVER () AS place FROM read_parquet($quarantine)
        WHERE ($file IS NULL OR source_file = $file) AND ($tenant IS NULL OR tenant_id = $tenant)
    ),
    landed AS (
        SELECT DISTINCT tenant_id, id, batch_id FROM read_parquet($raw)
        WHERE id IN (SELECT record_key FROM quarantined)
    ),
    later AS (
        SELECT q.place, l.batch_id FROM quarantined q
        JOIN landed l ON l.tenant_id = q.tenant_id AND l.id = q.record_key
            AND l.batch_id > q.batch_id
        UNION ALL
        SELECT q.place, f.batch_id FROM quarantined q
        JOIN files f ON f.tenant_id = q.tenant_id AND f.source_file = q.source_file
            AND f.batch_id > q.batch_id
        UNION ALL
        SELECT q.place, t.batch_id FROM quarantined q
        JOIN seen t ON t.tenant_id = q.tenant_id AND t.source_file = q.source_file
            AND t.record_key = q.record_key AND t.batch_id > q.batch_id
    ),
    dealt_with AS (
        SELECT place, min(batch_id) AS batch_id FROM later GROUP BY place
    )
    SELECT q.tenant_id, q.source_file, q.source_row, q.record_key, q.original, q.reasons,
        q.batch_id, q.ingested_at, d.batch_id AS resolved_by
    FROM quarantined q
    LEFT JOIN dealt_with d ON d.place = q.place
    WHERE (d.batch_id IS NOT NULL) = $resolved
    ORDER BY q.tenant_id, q.batch_id, q.source_file, q.source_row
"""


# A table's row is dealt with by its next appearance in quarantine, or by its deletion.
_TABLES = """
    CREATE TEMP TABLE seen AS
    SELECT tenant_id, source_file, record_key, batch_id FROM read_parquet($quarantine)
    WHERE source_file IN (SELECT source_file FROM tables)
    UNION ALL
    SELECT tenant_id, source_file, record_key, batch_id FROM tables WHERE record_key IS NOT NULL
"""


def quarantine_rows(
    ws: Workspace,
    entity: str,
    tenant: str | None = None,
    file: str | None = None,
    *,
    resolved: bool = False,
) -> list[tuple[Any, ...]]:
    """The open rows, or those that are `resolved`.

    Each is (tenant, file, row, record key, original, reasons, batch id, time, the batch that dealt
    with it).
    """
    batches = read_batches(ws, entity)
    with_rows = [
        batch
        for batch in batches
        if any(each.quarantined and file in (None, each.path) for each in batch.files)
    ]
    if not with_rows:
        return []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        connection.register("files", _file_reads(batches))
        connection.register("tables", _resolved(batches))
        connection.execute(_TABLES, {"quarantine": _paths(ws.quarantine(entity), with_rows)})
        return connection.execute(
            _ROWS,
            {
                "quarantine": _paths(ws.quarantine(entity), with_rows),
                "raw": _paths(ws.raw(entity), batches),
                "tenant": tenant,
                "file": file,
                "resolved": resolved,
            },
        ).fetchall()


def open_keys(ws: Workspace, entity: str, file: str) -> pl.DataFrame:
    """Of one file or table: tenant_id, record_key, original and reasons of its open rows."""
    names = ["tenant_id", "record_key", "original", "reasons"]
    rows = [(row[0], row[3], row[4], row[5]) for row in quarantine_rows(ws, entity, file=file)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _paths(folder: Path, batches: Sequence[Batch]) -> list[str]:
    return sorted({str(folder / batch.file_name) for batch in batches})


def _file_reads(batches: Sequence[Batch]) -> pl.DataFrame:
    """The batches that read each file name; a table has no hash, for it is not read like a file."""
    return pl.DataFrame(
        [
            (file.tenant, file.path, batch.batch_id)
            for batch in batches
            for file in batch.files
            if file.sha256
        ],
        schema=["tenant_id", "source_file", "batch_id"],
        orient="row",
    )


def _resolved(batches: Sequence[Batch]) -> pl.DataFrame:
    """The quarantined rows of each table that are gone from it, and when.

    Each table has one row without a key at least, so that it is named.
    """
    rows: list[tuple[str | None, str, str | None, str]] = []
    for batch in batches:
        for table in batch.tables:
            name = table_name(table.source, table.table)
            rows.append((None, name, None, batch.batch_id))
            rows += [(tenant, name, key, batch.batch_id) for tenant, key in table.resolved]
    names = ["tenant_id", "source_file", "record_key", "batch_id"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
