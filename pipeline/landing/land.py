"""Ingest: every inbox file that has not landed yet, through validation, into raw/ and quarantine/.

One batch an entity and refresh, whatever the number of files and tenants, and it lands whole or not
at all. A file that cannot be read is reported and stops nobody else. How rows are read is `read`'s,
how they are judged `validate`'s, how a batch's files come about `spool`'s and `compare`'s.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.contracts import CONTRACTS, Contract
from pipeline.errors import ConfigError
from pipeline.fsio import make_folder, remove_leftovers
from pipeline.landing.batches import (
    Batch,
    batch_path,
    commit,
    ensure_contract_files,
    new_batch_id,
    read_batches,
    remove_orphans,
)
from pipeline.landing.compare import Comparison
from pipeline.landing.conflicts import conflict_rows
from pipeline.landing.control import count_file, landed_result, verify
from pipeline.landing.fates import Fate, Fates, Total
from pipeline.landing.read import Tally, read_files
from pipeline.landing.result import FileResult, IngestResult, Status
from pipeline.landing.spool import Spool
from pipeline.sources.files import InboxFile, find_files, fingerprint
from pipeline.sources.trouble import Waiting
from pipeline.tenants import Registry
from pipeline.workspace import Workspace


def ingest(
    ws: Workspace,
    registry: Registry,
    entities: Collection[str] | None = None,
    *,
    now: datetime,
    threads: int | None = None,
) -> IngestResult:
    """Land what is new in the inboxes; `entities` limits it to some.

    Call it under the refresh lock. Raises ConfigError for an unknown entity and MilepostError if a
    raw file is damaged; trouble with single files is in the result.
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
    with _emptied(ws.path("state", "ingest")) as folder:
        for entity in chosen:
            mine = [file for file in files if file.entity == entity]
            with _emptied(folder / entity) as own:
                landing = _Landing(ws, registry, CONTRACTS[entity], now, own, threads)
                batch, outcomes = landing.land(mine)
            results += outcomes
            if batch is not None:
                batches[entity] = batch.batch_id
    return IngestResult(batches, tuple(results))


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """The folder, empty at the beginning, whatever a killed run left in it, and gone at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Landing:
    """One entity's part of an ingest."""

    def __init__(
        self,
        ws: Workspace,
        registry: Registry,
        contract: Contract,
        now: datetime,
        folder: Path,
        threads: int | None,
    ) -> None:
        self._ws = ws
        self._registry = registry
        self._contract = contract
        self._now = now
        self._folder = folder
        self._threads = threads or os.cpu_count() or 1

    def land(self, files: Sequence[InboxFile]) -> tuple[Batch | None, list[FileResult]]:
        """Land one batch of whatever is new in `files`; None if nothing is."""
        remove_orphans(self._ws, self._contract.entity)
        ensure_contract_files(self._ws, self._contract)
        if not files:
            return None, []
        landed = read_batches(self._ws, self._contract.entity)
        tallies, results = self._fresh(files, landed)
        if not tallies:
            return None, results
        content = " ".join([self._contract.entity, *(t.fingerprint.sha256 for t in tallies)])
        batch_id = new_batch_id(self._now, landed[-1].batch_id if landed else None, content)
        with (
            Comparison(self._contract, self._folder / "spill", self._threads) as keys,
            Spool(self._folder, self._contract, batch_id, self._now, keys) as spool,
        ):
            read_files(tallies, self._contract, self._registry, spool, self._now, self._threads)
            results += [_problem(tally) for tally in tallies if tally.problem]
            if all(tally.problem for tally in tallies):
                return None, results
            batch = self._settle(batch_id, tallies, landed, spool, keys)
        results += [landed_result(counts, self._contract) for counts in batch.files]
        return batch, results

    def _fresh(
        self, files: Sequence[InboxFile], landed: Sequence[Batch]
    ) -> tuple[list[Tally], list[FileResult]]:
        """Files whose content has not landed for their tenant, and results for the others."""
        known = {(file.tenant, file.sha256): file.path for batch in landed for file in batch.files}
        nothing = Total.nothing(self._contract.money)
        tallies: list[Tally] = []
        results: list[FileResult] = []
        for file in files:
            try:
                mark = fingerprint(file.path)
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                results.append(FileResult(file.tenant, file.entity, file.name, "refused", message))
                continue
            earlier = known.get((file.tenant, mark.sha256))
            if earlier is None:
                tallies.append(Tally(file, mark, nothing, nothing))
                known[file.tenant, mark.sha256] = file.name
            else:
                message = "" if earlier == file.name else f"has the content of {earlier}"
                results.append(FileResult(file.tenant, file.entity, file.name, "known", message))
        return tallies, results

    def _settle(
        self,
        batch_id: str,
        tallies: Sequence[Tally],
        landed: Sequence[Batch],
        spool: Spool,
        keys: Comparison,
    ) -> Batch:
        """Decide about every spooled row, write the batch's two files and commit them."""
        refused = [number for number, tally in enumerate(tallies) if tally.problem]
        spool.flush()
        fates = self._fates(tallies, refused, landed, spool, keys)
        dropped = {} if fates.all_land() else fates.totals(spool.close_rows(), self._contract.money)
        counts = [
            count_file(tally, number, dropped, self._contract)
            for number, tally in enumerate(tallies)
            if not tally.problem
        ]
        batch = Batch(self._contract.entity, batch_id, self._now, tuple(counts))
        quarantine, raw = spool.finish(batch.to_json(), refused, fates)
        verify(batch, quarantine, raw, self._contract)
        commit(quarantine, batch_path(self._ws.quarantine(batch.entity), batch_id))
        commit(raw, batch_path(self._ws.raw(batch.entity), batch_id))
        return batch

    def _fates(
        self,
        tallies: Sequence[Tally],
        refused: Sequence[int],
        landed: Sequence[Batch],
        spool: Spool,
        keys: Comparison,
    ) -> Fates:
        """Find what is not to land: rows of refused files, duplicates, what landed already."""
        fates = Fates([tally.good.rows for tally in tallies])
        for file in refused:
            fates.refuse(file)
        if keys.find_equal_keys(refused):
            equal, conflicts = keys.duplicates(spool.close_rows())
            fates.mark(equal, Fate.DUPLICATE)
            fates.mark(np.array([c.place for c in conflicts], dtype=np.int64), Fate.CONFLICT)
            for file in sorted({conflict.file for conflict in conflicts}):
                mine = [conflict for conflict in conflicts if conflict.file == file]
                spool.add_bad(conflict_rows(mine, tallies[file], self._contract), file)
        earlier = self._comparable(landed, tallies)
        if earlier:
            for places in keys.unchanged(earlier):
                fates.mark(places, Fate.UNCHANGED)
        return fates

    def _comparable(self, landed: Sequence[Batch], tallies: Sequence[Tally]) -> list[Path]:
        """The raw files that hold rows of the tenants in question."""
        tenants = {tally.file.tenant for tally in tallies}
        folder = self._ws.raw(self._contract.entity)
        return [
            batch_path(folder, batch.batch_id)
            for batch in landed
            if any(file.landed and file.tenant in tenants for file in batch.files)
        ]


def _problem(tally: Tally) -> FileResult:
    status: Status = "waiting" if isinstance(tally.problem, Waiting) else "refused"
    return FileResult(
        tally.file.tenant, tally.file.entity, tally.file.name, status, str(tally.problem)
    )
