"""One entity's part of an ingest: what arrived of it becomes one batch, or none.

How rows are read is `read`'s, how they are judged `validate`'s, how the batch's files come about
`spool`'s and `compare`'s, what is read of databases `tables`'.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import Contract
from pipeline.core.atomic_files import make_folder
from pipeline.landing.batches.batches import (
    Batch,
    FileCounts,
    batch_path,
    commit,
    ensure_contract_files,
    new_batch_id,
    read_batches,
    remove_orphans,
)
from pipeline.landing.batches.compaction import finish_compaction
from pipeline.landing.comparison.compare import Comparison
from pipeline.landing.comparison.deletions import deleted_rows
from pipeline.landing.comparison.row_outcomes import RowOutcome, Total
from pipeline.landing.control.drift import Columns
from pipeline.landing.control.totals_check import count_arrival, landed_result, verify
from pipeline.landing.databases import Tables
from pipeline.landing.mending import mend
from pipeline.landing.outcomes import find_outcomes
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.fresh import Fresh, sort_out
from pipeline.landing.reading.read import read_arrivals, unmapped
from pipeline.landing.reading.seen_files import SeenFiles
from pipeline.landing.reading.spool import Spool
from pipeline.landing.result import FileResult, Status
from pipeline.sources.databases.extract import Overtaken
from pipeline.sources.files.inbox import InboxFile
from pipeline.sources.refusals import Waiting


class EntityLanding:
    """Lands one entity. `folder` is its own, for what is not finished."""

    def __init__(
        self,
        ws: Workspace,
        contract: Contract,
        now: datetime,
        folder: Path,
        threads: int | None,
    ) -> None:
        self._ws = ws
        self._contract = contract
        self._now = now
        self._folder = folder
        self._threads = threads or os.cpu_count() or 1

    def land(
        self, files: Sequence[InboxFile], registry: Registry, seen_files: SeenFiles, tables: Tables
    ) -> tuple[Batch | None, list[FileResult]]:
        """Land one batch of whatever is new; None if nothing is."""
        with tables.of(self._contract):
            try:
                return self._land(files, registry, seen_files, tables)
            except Overtaken:
                # A connection was lost in the middle; by now all is here, or it is known why not.
                shutil.rmtree(self._folder)
                make_folder(self._folder)
                return self._land(files, registry, seen_files, tables)

    def _land(
        self, files: Sequence[InboxFile], registry: Registry, seen_files: SeenFiles, tables: Tables
    ) -> tuple[Batch | None, list[FileResult]]:
        finish_compaction(self._ws, self._contract)
        remove_orphans(self._ws, self._contract.entity)
        ensure_contract_files(self._ws, self._contract)
        landed = read_batches(self._ws, self._contract.entity)
        if mend(self._ws, self._contract, registry, landed, self._folder):
            landed = read_batches(self._ws, self._contract.entity)
        fresh = sort_out(self._contract, files, registry, seen_files, landed)
        counted_arrivals, results = list(fresh.arrivals), list(fresh.results)
        # Tables after files: where both have a record, what the database says stands.
        of_tables, problems = tables.read(self._contract, landed)
        counted_arrivals += of_tables
        results += problems
        if not (counted_arrivals or fresh.copies):
            return None, results
        newest = landed[-1].batch_id if landed else None
        batch_id = new_batch_id(self._now, newest, self._content(counted_arrivals, fresh.copies))
        arrivals = [counted.arrival for counted in counted_arrivals]
        with (
            Comparison(self._contract, self._folder, self._threads) as keys,
            Spool(self._folder, self._contract, batch_id, self._now, keys, arrivals) as spool,
        ):
            read_arrivals(counted_arrivals, self._contract, spool, self._now, self._threads)
            tables.complete(counted_arrivals)
            results += [
                self._problem(counted, seen_files)
                for counted in counted_arrivals
                if counted.problem
            ]
            if not fresh.copies and all(counted.problem for counted in counted_arrivals):
                return None, results
            batch, is_news = self._conclude(
                batch_id, counted_arrivals, fresh, landed, spool, keys, tables
            )
        before = Columns(landed)
        copies = {copy.path for copy in fresh.copies}
        mapped = {each.arrival.name: unmapped(each, self._contract) for each in counted_arrivals}
        results += [
            landed_result(counts, self._contract, before, mapped.get(counts.path, ""))
            for counts in batch.files
            if counts.path not in copies
        ]
        return (batch if is_news else None), results

    def _content(
        self, counted_arrivals: Sequence[ArrivalCounts], copies: Sequence[FileCounts]
    ) -> str:
        """What tells this batch from others: the files' hashes, and the tables' names."""
        told = (counted.arrival.sha256 or counted.arrival.name for counted in counted_arrivals)
        return " ".join([self._contract.entity, *told, *(copy.path for copy in copies)])

    def _conclude(
        self,
        batch_id: str,
        counted_arrivals: Sequence[ArrivalCounts],
        fresh: Fresh,
        landed: Sequence[Batch],
        spool: Spool,
        keys: Comparison,
        tables: Tables,
    ) -> tuple[Batch, bool]:
        """Decide about every spooled row, write the batch's two files and commit them.

        The second is False if the batch says nothing new; then it is not written, or only to
        remember files that repeat others.
        """
        refused = [number for number, counted in enumerate(counted_arrivals) if counted.problem]
        spool.flush()
        earlier = self._raw_with(
            landed, {name for counted in counted_arrivals for name in counted.tenants}
        )
        row_outcomes = find_outcomes(
            counted_arrivals, refused, fresh.last_read, earlier, spool, keys, self._contract
        )
        money = self._contract.money
        dropped = {} if row_outcomes.all_land() else row_outcomes.totals(spool.close_rows(), money)
        deleted = self._deleted(counted_arrivals, landed, keys, tables)
        counts = self._counts(counted_arrivals, dropped, deleted)
        reads, matter = tables.conclude(counted_arrivals, counts, keys)
        batch = Batch(
            self._contract.entity,
            batch_id,
            self._now,
            (*counts, *fresh.copies),
            tuple(reads),
            keys.kind,
        )
        is_news = matter or _is_news(counts)
        if is_news or fresh.copies:
            rows = list(deleted.values())
            self._commit(batch, *spool.finish(batch.to_json(), refused, row_outcomes, rows))
        return batch, is_news

    def _commit(self, batch: Batch, quarantine: Path, raw: Path) -> None:
        verify(batch, quarantine, raw, self._contract)
        commit(quarantine, batch_path(self._ws.quarantine(batch.entity), batch.batch_id))
        commit(raw, batch_path(self._ws.raw(batch.entity), batch.batch_id))

    def _counts(
        self,
        counted_arrivals: Sequence[ArrivalCounts],
        dropped: Mapping[tuple[int, str, RowOutcome], Total],
        deleted: Mapping[int, pl.DataFrame],
    ) -> list[FileCounts]:
        return [
            each
            for number, counted in enumerate(counted_arrivals)
            if not counted.problem
            for each in count_arrival(
                counted,
                number,
                dropped,
                Total.by_tenant(deleted[number], self._contract.money) if number in deleted else {},
                self._contract,
            )
        ]

    def _deleted(
        self,
        counted_arrivals: Sequence[ArrivalCounts],
        landed: Sequence[Batch],
        keys: Comparison,
        tables: Tables,
    ) -> Mapping[int, pl.DataFrame]:
        """By arrival, the rows that a table read whole has no more, as deletions."""
        found = {}
        for number, counted in enumerate(counted_arrivals):
            extract = counted.arrival.extract
            if extract is not None and extract.is_whole and not counted.problem:
                paths = self._raw_with(landed, set(extract.plan.tenants.values()))
                rows = deleted_rows(extract, number, keys, list(paths))
                found[number] = tables.accept(extract, counted, rows)
        return {number: rows for number, rows in found.items() if rows.height}

    def _raw_with(self, landed: Sequence[Batch], tenants: set[str]) -> dict[Path, set[str]]:
        """The raw files with rows of these tenants, and the kinds of their row hashes."""
        folder = self._ws.raw(self._contract.entity)
        found: dict[Path, set[str]] = {}
        for batch in landed:
            if any((f.landed or f.deleted) and f.tenant in tenants for f in batch.files):
                found.setdefault(folder / batch.file_name, set()).add(batch.hashed_as)
        return found

    def _problem(self, counted: ArrivalCounts, seen_files: SeenFiles) -> FileResult:
        arrival = counted.arrival
        status: Status = "waiting" if isinstance(counted.problem, Waiting) else "refused"
        if status == "refused" and arrival.file is not None:
            seen_files.note_refusal(arrival.name, arrival.rules, str(counted.problem))
        return FileResult(
            arrival.tenant or "", self._contract.entity, arrival.name, status, str(counted.problem)
        )


def _is_news(counts: Sequence[FileCounts]) -> bool:
    """Whether a batch changes anything. That a file was read is worth knowing by itself."""
    return any(file.sha256 or file.landed or file.quarantined or file.deleted for file in counts)
