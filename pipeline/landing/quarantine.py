"""What is in quarantine, for the people who mend it: each open row with why and where from.

A row is open until it is dealt with: a later batch landed its id, or read a file of the same name
again (whatever is still wrong there is quarantined anew), or found it in its table otherwise or no
more. Read-only; `land` writes quarantine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.contracts import CONTRACTS
from pipeline.errors import ConfigError
from pipeline.landing.batches import Batch, batch_path, read_batches
from pipeline.workspace import Workspace

# A table on a screen has no room for a row of ten megabytes.
_SHOWN = 160
# Only the ids in question are looked for among the landed rows.
_OPEN = """
    WITH quarantined AS (
        SELECT * FROM read_parquet($quarantine) WHERE $file IS NULL OR source_file = $file
    ),
    landed AS (
        SELECT tenant_id, id, max(batch_id) AS batch_id FROM read_parquet($raw)
        WHERE id IN (SELECT record_key FROM quarantined) GROUP BY ALL
    )
    SELECT q.tenant_id, q.source_file, q.source_row, q.record_key, q.original, q.reasons,
        q.batch_id, q.ingested_at
    FROM quarantined q
    LEFT JOIN landed l ON l.tenant_id = q.tenant_id AND l.id = q.record_key
    LEFT JOIN files f ON f.tenant_id = q.tenant_id AND f.source_file = q.source_file
    LEFT JOIN newest t ON t.tenant_id = q.tenant_id AND t.source_file = q.source_file
        AND t.record_key = q.record_key
    WHERE coalesce(t.batch_id <= q.batch_id, true)
        AND coalesce(l.batch_id <= q.batch_id, true) AND coalesce(f.batch_id <= q.batch_id, true)
        AND ($tenant IS NULL OR q.tenant_id = $tenant)
    ORDER BY q.tenant_id, q.batch_id, q.source_file, q.source_row
"""


# A table's row is dealt with by its next appearance in quarantine, or by having vanished.
_TABLES = """
    CREATE TEMP TABLE newest AS
    SELECT tenant_id, source_file, record_key, max(batch_id) AS batch_id FROM (
        SELECT tenant_id, source_file, record_key, batch_id FROM read_parquet($quarantine)
        WHERE source_file IN (SELECT source_file FROM tables)
        UNION ALL SELECT tenant_id, source_file, record_key, batch_id FROM tables
        WHERE record_key IS NOT NULL
    ) GROUP BY ALL
"""


@dataclass(frozen=True)
class Reason:
    """One thing that is wrong with a row; `column` is None where it is the row as a whole."""

    column: str | None
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}" if self.column else self.message


@dataclass(frozen=True)
class QuarantinedRow:
    """One open row; `original` is the row as text by column, or {"line": …} if it does not fit."""

    tenant: str
    entity: str
    source_file: str
    source_row: int
    record_key: str | None
    original: dict[str, str | None]
    reasons: tuple[Reason, ...]
    batch_id: str
    since: datetime


@dataclass(frozen=True)
class QuarantineSummary:
    """The open rows of one file."""

    tenant: str
    entity: str
    source_file: str
    rows: int
    first_seen: datetime
    last_seen: datetime
    top_reason: str


@dataclass(frozen=True)
class OpenQuarantine:
    """The open rows, in the shapes in which people and programs want them."""

    rows: tuple[QuarantinedRow, ...]

    def flat(self) -> list[dict[str, Any]]:
        """One row of plain values each, for a spreadsheet."""
        return [
            {
                "tenant": row.tenant,
                "entity": row.entity,
                "file": row.source_file,
                "row": row.source_row,
                "id": row.record_key,
                "since": row.since,
                "reasons": "; ".join(map(str, row.reasons)),
                "original": json.dumps(row.original, ensure_ascii=False),
            }
            for row in self.rows
        ]

    def as_result(self, workspace: Path) -> dict[str, Any]:
        """Everything, for programs."""
        return {"workspace": str(workspace), "rows": [asdict(row) for row in self.rows]}

    def as_table(self, limit: int) -> dict[str, Any]:
        """The files with open rows, and of the rows at most `limit` (0: all), for a screen."""
        if not self.rows:
            return {"quarantine": "nothing is open"}
        shown = self.flat()[: limit or None]
        more = len(self.rows) - len(shown)
        return {
            "files": [asdict(file) for file in summarise(self.rows)],
            "rows": [
                {
                    "tenant": row["tenant"],
                    "where": f"{row['file']}" + (f":{row['row']}" if row["row"] else ""),
                    "id": row["id"],
                    "since": row["since"],
                    "why": row["reasons"],
                    "original": _short(row["original"]),
                }
                for row in shown
            ],
            "not_shown": f"{more:,} more rows; --limit 0 or --format csv has all" if more else None,
        }


def open_quarantine(
    ws: Workspace, *, tenant: str | None = None, entities: Collection[str] | None = None
) -> OpenQuarantine:
    """ConfigError for an entity that does not exist."""
    unknown = sorted(set(entities or ()) - set(CONTRACTS))
    if unknown:
        raise ConfigError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
    return OpenQuarantine(tuple(quarantined_rows(ws, tenant=tenant, entities=entities)))


def quarantined_rows(
    ws: Workspace, *, tenant: str | None = None, entities: Collection[str] | None = None
) -> list[QuarantinedRow]:
    """The open rows by entity, tenant, file and row."""
    return [
        row
        for entity in (CONTRACTS if entities is None else entities)
        for row in _open_rows(ws, entity, tenant)
    ]


def summarise(rows: Sequence[QuarantinedRow]) -> list[QuarantineSummary]:
    """The open rows counted by file, with the commonest reason of each."""

    def file_of(row: QuarantinedRow) -> tuple[str, str, str]:
        return row.tenant, row.entity, row.source_file

    summaries = []
    for (tenant, entity, source_file), group in groupby(sorted(rows, key=file_of), file_of):
        members = list(group)
        seen = [row.since for row in members]
        reasons = Counter(
            f"{reason.column}: {reason.rule}" if reason.column else reason.rule
            for row in members
            for reason in row.reasons
        )
        top = reasons.most_common(1)[0][0]
        summaries.append(
            QuarantineSummary(tenant, entity, source_file, len(members), min(seen), max(seen), top)
        )
    return summaries


def open_keys(ws: Workspace, entity: str, file: str) -> pl.DataFrame:
    """Of one file or table: tenant_id, record_key, original and reasons of its open rows."""
    names = ["tenant_id", "record_key", "original", "reasons"]
    rows = [(row[0], row[3], row[4], row[5]) for row in _query(ws, entity, None, file)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _open_rows(ws: Workspace, entity: str, tenant: str | None) -> list[QuarantinedRow]:
    return [
        QuarantinedRow(
            tenant_id, entity, file, row, key, json.loads(original), _reasons(why), batch, at
        )
        for tenant_id, file, row, key, original, why, batch, at in _query(ws, entity, tenant, None)
    ]


def _query(
    ws: Workspace, entity: str, tenant: str | None, file: str | None
) -> list[tuple[Any, ...]]:
    batches = read_batches(ws, entity)
    with_rows = [
        batch
        for batch in batches
        if any(each.quarantined and file in (None, each.path) for each in batch.files)
    ]
    if not with_rows:
        return []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("files", _newest_reads(batches))
        connection.register("tables", _resolved(batches))
        connection.execute(_TABLES, {"quarantine": _paths(ws.quarantine(entity), with_rows)})
        return connection.execute(
            _OPEN,
            {
                "quarantine": _paths(ws.quarantine(entity), with_rows),
                "raw": _paths(ws.raw(entity), batches),
                "tenant": tenant,
                "file": file,
            },
        ).fetchall()


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _reasons(encoded: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in json.loads(encoded))


def _paths(folder: Path, batches: Sequence[Batch]) -> list[str]:
    return [str(batch_path(folder, batch.batch_id)) for batch in batches]


def _newest_reads(batches: Sequence[Batch]) -> pl.DataFrame:
    """The newest batch that read each file name; tables, which have no hash, are not read again

    in full.
    """
    newest = {
        (file.tenant, file.path): batch.batch_id
        for batch in batches
        for file in batch.files
        if file.sha256
    }
    return pl.DataFrame(
        [(tenant, path, batch_id) for (tenant, path), batch_id in newest.items()],
        schema=["tenant_id", "source_file", "batch_id"],
        orient="row",
    )


def _resolved(batches: Sequence[Batch]) -> pl.DataFrame:
    """Of each table, the quarantined rows that vanished from it and when; one row without a key at

    least, so that every table is named.
    """
    rows: list[tuple[str | None, str, str | None, str]] = []
    for batch in batches:
        for table in batch.tables:
            name = f"{table.source}:{table.table}"
            rows.append((None, name, None, batch.batch_id))
            rows += [(tenant, name, key, batch.batch_id) for tenant, key in table.resolved]
    names = ["tenant_id", "source_file", "record_key", "batch_id"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
