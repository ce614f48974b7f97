"""What landing tells the models besides rows: one small file each below raw/, replaced as a whole.

`source_totals` is the newest comparison of each table with what its source counts, and
`quarantine_resolved` the quarantined rows that a later batch dealt with; `files_not_read` is what
the last ingest could not read. All are worked out anew at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.atomic_files import replacing
from pipeline.core.errors import MilepostError
from pipeline.landing.batches.batches import METADATA_KEY, metadata_of
from pipeline.landing.quarantine.open_rows import quarantine_rows

SOURCE_TOTALS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "entity": pl.String(),
    "source_system": pl.String(),
    "source_rows": pl.Int64(),
    "warehouse_rows": pl.Int64(),
    "quarantined_rows": pl.Int64(),
    "row_difference": pl.Int64(),
    "money_difference": pl.String(),
}
RESOLVED: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "entity": pl.String(),
    "batch_id": pl.String(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "resolved_by": pl.String(),
}

FILES_NOT_READ: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "entity": pl.String(),
    "source_file": pl.String(),
    "state": pl.String(),
    "message": pl.String(),
    "since": pl.String(),
    "is_only_data": pl.Boolean(),
}

SIDE_TABLES = {
    "source_totals": "What each table's source counts itself, held against what landed",
    "quarantine_resolved": "Quarantined rows that a later batch dealt with",
    "files_not_read": "Files and tables that are refused, wait, or of which no row landed",
}


def write_source_totals(ws: Workspace, totals: Iterable[Mapping[str, Any]]) -> None:
    """`totals` are as `result.TableTotal` has them."""
    rows = [
        (
            total["tenant"],
            total["entity"],
            total["source"],
            total["source_rows"],
            total["warehouse_rows"],
            total["quarantined_rows"],
            total["difference"],
            _amounts(total["money"]),
        )
        for total in totals
    ]
    _write_if_new(
        _path(ws, "source_totals"), pl.DataFrame(rows, schema=SOURCE_TOTALS, orient="row")
    )


def write_files_not_read(ws: Workspace, files: Iterable[Mapping[str, Any]]) -> None:
    """`files` are as `file_states.Unread` has them."""
    rows = [
        (
            file["tenant"],
            file["entity"],
            file["file"],
            file["state"],
            file["why"],
            file["since"],
            file["nothing_else"],
        )
        for file in files
    ]
    frame = pl.DataFrame(rows, schema=FILES_NOT_READ, orient="row")
    _write_if_new(_path(ws, "files_not_read"), frame)


def _write_if_new(path: Path, rows: pl.DataFrame) -> None:
    frame = rows.sort(pl.all())
    with suppress(FileNotFoundError, pl.exceptions.PolarsError):
        if pl.read_parquet(path).equals(frame):
            return
    _replace(path, frame, {})


def write_resolved(ws: Workspace) -> None:
    """Bring the list up to date for entities of which a batch landed since it was made."""
    path = _path(ws, "quarantine_resolved")
    known: dict[str, str] = {}
    rows = pl.DataFrame(schema=RESOLVED)
    # Without it, or if it cannot be read, it is made anew.
    with suppress(MilepostError, KeyError, pl.exceptions.PolarsError):
        known, rows = metadata_of(path)["newest"], pl.read_parquet(path)
    newest = {
        name: max((each.stem for each in ws.raw(name).glob("*.parquet")), default="")
        for name in CONTRACTS
    }
    changed = [name for name, batch in newest.items() if known.get(name) != batch]
    found = [
        (tenant, name, batch, file, row, by)
        for name in changed
        for tenant, file, row, _, _, _, batch, _, by in quarantine_rows(ws, name, resolved=True)
    ]
    kept = rows.filter(~pl.col("entity").is_in(changed))
    if changed:
        frame = pl.concat([kept, pl.DataFrame(found, schema=RESOLVED, orient="row")])
        _replace(path, frame, {"newest": newest})


def _amounts(money: Mapping[str, str]) -> str | None:
    """Differences that are not zero, in words; None if there is none."""
    wrong = [f"{name} {amount}" for name, amount in sorted(money.items()) if Decimal(amount)]
    return ", ".join(wrong) or None


def _path(ws: Workspace, name: str) -> Path:
    return ws.raw(name) / "newest.parquet"


def _replace(path: Path, rows: pl.DataFrame, said: Mapping[str, Any]) -> None:
    metadata = {METADATA_KEY: json.dumps({"entity": path.parent.name, **said})}
    table = rows.sort(pl.all()).to_arrow(compat_level=pl.CompatLevel.newest())
    with replacing(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary, compression="zstd")
