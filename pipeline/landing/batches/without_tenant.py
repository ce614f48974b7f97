"""Landed files without one tenant's rows: for a tenant that leaves.

Raw only grows, but what a tenant delivered is the tenant's. Each file that holds rows of it is
written again without them, whole or not at all, and says nothing of its deliveries any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.atomic_files import replacing
from pipeline.landing.batches.batches import CONTRACT_BATCH, METADATA_KEY, metadata_of, read_batches
from pipeline.landing.batches.parquet import conform, groups
from pipeline.landing.batches.seals import settle_seal, write_seal

_FOLDERS = ("raw", "quarantine")


def landed_tenants(ws: Workspace) -> set[str]:
    """The tenants of which something was landed or put into quarantine."""
    return {
        counts.tenant
        for entity in CONTRACTS
        for batch in read_batches(ws, entity)
        for counts in batch.files
    }


def rows_of(ws: Workspace, tenant: str) -> dict[str, int]:
    """How many rows of the tenant lie in which folder."""
    found: dict[str, int] = {}
    for path in _files(ws):
        count = _count(path, tenant)
        if count:
            name = path.parent.relative_to(ws.root).as_posix()
            found[name] = found.get(name, 0) + count
    return found


def remove_rows(ws: Workspace, tenant: str) -> int:
    """Write every file without the tenant's rows; returns how many files held some."""
    changed = 0
    for path in _files(ws):
        said = metadata_of(path) if path.parent.parent.name == "raw" else None
        without = _without(said, tenant) if said else None
        if _count(path, tenant) or without != said:
            _rewrite(path, tenant, without)
            changed += 1
    return changed


def _count(path: Path, tenant: str) -> int:
    ids = pl.read_parquet(path, columns=["tenant_id"])["tenant_id"]
    return int((ids == tenant).sum())


def _files(ws: Workspace) -> Iterator[Path]:
    for folder in _FOLDERS:
        for entity in CONTRACTS:
            for path in sorted(ws.path(folder, entity).glob("*.parquet")):
                if path.stem != CONTRACT_BATCH:
                    yield path


def _without(said: dict[str, Any], tenant: str) -> dict[str, Any]:
    """What a file says of itself, but for the tenant's deliveries and its resolved rows."""
    if "merged" in said:
        return {**said, "merged": [_without(batch, tenant) for batch in said["merged"]]}
    tables = [
        {**table, "resolved": [one for one in table["resolved"] if one[0] != tenant]}
        for table in said.get("tables", ())
    ]
    files = [file for file in said["files"] if file["tenant"] != tenant]
    return {**said, "files": files, "tables": tables}


def _rewrite(path: Path, tenant: str, said: dict[str, Any] | None) -> None:
    with pq.ParquetFile(path) as source, replacing(path) as temporary:
        metadata = dict(source.schema_arrow.metadata or {})
        if said is not None:
            metadata[METADATA_KEY.encode()] = json.dumps(said, ensure_ascii=False).encode()
        schema = source.schema_arrow.with_metadata(metadata)
        options: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
        options["store_decimal_as_integer"] = True
        with pq.ParquetWriter(temporary, schema, **options) as writer:
            for rows, _ in groups(path):
                kept = rows.filter(pl.col("tenant_id").ne_missing(tenant))
                if kept.height:
                    writer.write_table(conform(kept, schema))
            writer.add_key_value_metadata(metadata)
        write_seal(temporary, path)
    settle_seal(path)
