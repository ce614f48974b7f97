"""Many small old batches become one file with the same rows, so that readers open few files.

The file takes the name of its last batch, and its metadata says of every batch in it what that said
of itself: nothing is forgotten but a file. Killed at any point, the next ingest finishes: once the
merged raw file stands, the files it was made of are leftovers, and no reader counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from pipeline.config.workspace import Workspace
from pipeline.contracts import Contract
from pipeline.core.atomic_files import replacing, sync_folder
from pipeline.core.errors import BuildError, MilepostError
from pipeline.landing.batches.batches import (
    CONTRACT_BATCH,
    METADATA_KEY,
    metadata_of,
    new_batch_id,
)
from pipeline.landing.batches.schema import QUARANTINE, arrow_schema, raw_schema
from pipeline.landing.batches.seals import is_whole, seal_of, settle_seal, write_seal

# Younger batches are what people look into; larger files are read well as they are.
_OLD = timedelta(days=7)
_SMALL = 16 << 20
_FEWEST = 16
_LARGEST = 256 << 20
_ROWS = 65_536
# The rows of each batch, in no order, as numbers that tell whether one is missing or changed.
_CONTENT = """
    SELECT batch_id, count(*), sum(hash(r)::HUGEINT)::VARCHAR FROM (
        SELECT {columns} FROM read_parquet($paths, union_by_name = true)
    ) r GROUP BY ALL ORDER BY ALL
"""


def compact(ws: Workspace, contract: Contract, now: datetime) -> list[str]:
    """Merge what may be merged; returns the names of the files that came about."""
    groups = list(_groups(ws.raw(contract.entity), now))
    for group in groups:
        _merge(contract, group)
    finish_compaction(ws, contract)
    return [group[-1].stem for group in groups]


def finish_compaction(ws: Workspace, contract: Contract) -> None:
    """Do what a killed compaction left undone."""
    raw, quarantine = ws.raw(contract.entity), ws.quarantine(contract.entity)
    for path in sorted(raw.glob("*.parquet")):
        members = [] if path.stem == CONTRACT_BATCH else members_of(path)
        if not members:
            continue
        if members_of(quarantine / path.name) != members:
            files = [quarantine / f"{member}.parquet" for member in members]
            # Of those that were merged before, one file is left.
            there = [file for file in files if file.exists()]
            _write(quarantine / path.name, there, QUARANTINE, _said(path))
        for folder in (raw, quarantine):
            leftovers = [folder / f"{member}.parquet" for member in members[:-1]]
            if any(leftover.exists() for leftover in leftovers):
                for leftover in leftovers:
                    leftover.unlink(missing_ok=True)
                    seal_of(leftover).unlink(missing_ok=True)
                sync_folder(folder)


def members_of(path: Path) -> list[str]:
    """The ids of the batches in a merged file, oldest first; empty for any other."""
    return [batch["batch_id"] for batch in metadata_of(path).get("merged", [])]


def _groups(folder: Path, now: datetime) -> Iterator[list[Path]]:
    """Neighbouring old and small files that together are worth merging."""
    limit = new_batch_id(now - _OLD, None, "")
    group: list[Path] = []
    size = 0
    old = (path for path in sorted(folder.glob("*.parquet")) if path.stem < limit)
    for path in [each for each in old if each.stem != CONTRACT_BATCH]:
        bytes_ = path.stat().st_size
        if bytes_ > _SMALL or size + bytes_ > _LARGEST:
            if len(group) >= _FEWEST:
                yield group
            group, size = [], 0
        if bytes_ <= _SMALL:
            group.append(path)
            size += bytes_
    if len(group) >= _FEWEST:
        yield group


def _merge(contract: Contract, group: Sequence[Path]) -> None:
    """Write the merged raw file over its last member: from then on the others are leftovers."""
    batches = []
    for path in group:
        said = metadata_of(path)
        batches += said.get("merged", [said])
    metadata = json.dumps({"entity": contract.entity, "merged": batches}, ensure_ascii=False)
    _write(group[-1], group, raw_schema(contract), metadata)


def _said(path: Path) -> str:
    return json.dumps(metadata_of(path), ensure_ascii=False)


def _write(
    target: Path, files: Sequence[Path], columns: dict[str, pl.DataType], metadata: str
) -> None:
    if damaged := [path.name for path in files if not is_whole(path)]:
        # Merged, it would be sealed as it is. Nothing is lost by waiting: the build says how to
        # mend it.
        raise BuildError(f"{', '.join(damaged)} of {target.parent.name} is not as it was written")
    schema = arrow_schema(columns)
    options: dict[str, Any] = {"compression": "zstd", "compression_level": 1}
    with replacing(target) as temporary:
        with pq.ParquetWriter(temporary, schema, write_page_checksum=True, **options) as writer:
            for frame in _frames(files, columns):
                writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.newest()))
            writer.add_key_value_metadata({METADATA_KEY: metadata})
        names = [name for name in columns if name in _names(files)]
        if _content(files, names) != _content([temporary], names):
            raise MilepostError(f"{target}: merging it would have changed its rows; left as it is")
        write_seal(temporary, target)
    settle_seal(target)


def _frames(files: Sequence[Path], columns: dict[str, pl.DataType]) -> Iterator[pl.DataFrame]:
    """The rows of all files in their order, in pieces worth a row group."""
    pending: list[pl.DataFrame] = []
    for path in files:
        rows = pl.read_parquet(path)
        # An older contract's file lacks columns that came later.
        absent = [
            pl.lit(None, dtype=kind).alias(name)
            for name, kind in columns.items()
            if name not in rows.columns
        ]
        pending.append(rows.with_columns(absent).select(list(columns)))
        if sum(map(len, pending)) >= _ROWS:
            yield pl.concat(pending)
            pending = []
    if pending:
        yield pl.concat(pending)


def _names(files: Sequence[Path]) -> set[str]:
    return {name for path in files for name in pq.read_schema(path).names}


def _content(files: Sequence[Path], names: Sequence[str]) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        query = _CONTENT.format(columns=", ".join(f'"{name}"' for name in names))
        return connection.execute(query, {"paths": [str(path) for path in files]}).fetchall()
