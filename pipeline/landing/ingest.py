"""Ingest: whatever is new in inboxes and databases, through validation, into raw/ and quarantine/.

One batch an entity and refresh, whatever the number of files and tenants, and it lands whole or not
at all. A file or table that cannot be read is reported and stops nobody else. How one entity's
batch comes about is `entity`'s.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.atomic_files import make_folder, remove_leftovers
from pipeline.core.errors import ConfigError
from pipeline.landing.batches.compaction import compact
from pipeline.landing.databases import Tables
from pipeline.landing.entity import EntityLanding
from pipeline.landing.reading.seen_files import SeenFiles
from pipeline.landing.reading.settling import settled
from pipeline.landing.result import FileResult, IngestResult
from pipeline.landing.sidecars.file_states import remember_unread
from pipeline.landing.sidecars.side_tables import write_resolved
from pipeline.landing.sidecars.source_states import remember
from pipeline.sources.files.inbox import find_files


def ingest(
    ws: Workspace,
    registry: Registry,
    entities: Collection[str] | None = None,
    *,
    now: datetime,
    threads: int | None = None,
) -> IngestResult:
    """Land what is new in inboxes and databases; `entities` limits it to some.

    Call it under the refresh lock. Raises ConfigError for an unknown entity and MilepostError if a
    raw file is damaged; trouble with single files and tables is in the result.
    """
    chosen = tuple(CONTRACTS) if entities is None else tuple(entities)
    unknown = sorted(set(chosen) - set(CONTRACTS))
    if unknown:
        raise ConfigError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
    files, misfits = find_files(ws, registry, chosen)
    results = [FileResult(m.tenant, None, m.name, "refused", m.message) for m in misfits]
    batches: dict[str, str] = {}
    for root in (ws.raw_root, ws.quarantine_root):
        remove_leftovers(root)
    tables = Tables(ws, registry)
    with _emptied(ws.path("state", "ingest")) as folder, SeenFiles(ws) as seen_files:
        files, waiting = settled(files, seen_files)
        results += waiting
        for entity in chosen:
            mine = [file for file in files if file.entity == entity]
            with _emptied(folder / entity) as own:
                landing = EntityLanding(ws, CONTRACTS[entity], now, own, threads)
                batch, outcomes = landing.land(mine, registry, seen_files, tables)
            compact(ws, CONTRACTS[entity], now)
            results += outcomes
            if batch is not None:
                batches[entity] = batch.batch_id
    write_resolved(ws)
    remember(ws, tables.states, tables.totals, now)
    remember_unread(ws, registry, results, chosen, now)
    return IngestResult(batches, tuple(results), tuple(tables.states), tuple(tables.totals))


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """The folder, empty at the beginning, whatever a killed run left in it, and gone at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
