"""The databases' part of an ingest: what to read of each table, and what became of it.

From when on a table is read stands in the batches themselves. How the sources fared is written down
by `source_states`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import Contract
from pipeline.core.errors import ConfigError
from pipeline.landing.batches.batches import Batch, FileCounts, TableRead
from pipeline.landing.comparison.compare import Comparison
from pipeline.landing.control.reconcile import table_totals
from pipeline.landing.quarantine.open_rows import open_keys
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.arrivals import of_extract
from pipeline.landing.result import FileResult, SourceState, TableTotal
from pipeline.sources.databases.extract import Running, extract
from pipeline.sources.databases.extract_types import Extract, Since, table_name
from pipeline.sources.databases.session import Lost, Unreadable

# So many rows of one tenant do not vanish from a table at once without someone saying so.
_MANY = 100
_GONE = """
    SELECT tenant_id, record_key FROM open_rows WHERE hash(tenant_id, record_key) NOT IN (
        SELECT key FROM keys WHERE file = $file
        UNION ALL SELECT key FROM bad_keys WHERE file = $file
    )
"""


class Tables:
    """The tables of all databases during one ingest."""

    def __init__(self, ws: Workspace, registry: Registry) -> None:
        self._ws = ws
        self._registry = registry
        self._sources = registry.databases()
        self._since: dict[str, Since] = {}
        self.totals: list[TableTotal] = []
        self._trouble: dict[str, list[str]] = {name: [] for name in self._sources}
        self._down: set[str] = set()
        # Of the entity that is being landed, by source.
        self._running: dict[str, Running] = {}
        self._folder = ws.path("state", "reading")
        for folder in self._folder.glob("*"):
            if folder.name not in self._sources:
                shutil.rmtree(folder)

    @property
    def states(self) -> list[SourceState]:
        """How each database fared."""
        return [
            SourceState(
                name, tuple(sorted(self._registry.tenants_of(name).values())), tuple(trouble)
            )
            for name, trouble in self._trouble.items()
        ]

    @contextmanager
    def of(self, contract: Contract) -> Iterator[None]:
        """Around an entity's landing: what is read for it is kept until the block ends well."""
        landed = False
        try:
            yield
            landed = True
        finally:
            for name, running in self._running.items():
                # What is not complete may be gone on with the next time.
                if running.stop() and landed:
                    shutil.rmtree(self._parts_of(name, contract), ignore_errors=True)
            self._running.clear()

    def read(
        self, contract: Contract, landed: Sequence[Batch]
    ) -> tuple[list[ArrivalCounts], list[FileResult]]:
        """What is to be landed of this entity, and what could not be read.

        The first time a large table may still be being read, and be followed; what is asked for
        again is all there.
        """
        counted_arrivals: list[ArrivalCounts] = []
        problems: list[FileResult] = []
        for name, source in self._sources.items():
            table = source.table_of(contract.entity)
            if table is None or not self._registry.tenants_of(name):
                continue
            if name in self._down and name not in self._running:
                continue
            since = since_of(landed, name, table)
            try:
                found = self._found(name, contract, since)
            except (Lost, Unreadable, ConfigError) as error:
                if not isinstance(error, Unreadable):
                    self._down.add(name)
                if str(error) not in self._trouble[name]:
                    self._trouble[name].append(str(error))
                where = table_name(name, table)
                problems.append(FileResult("", contract.entity, where, "refused", str(error)))
                continue
            if found is not None and (found.rows or found.is_whole):
                self._since[found.name] = since
                running = None if found.is_complete else self._running[name]
                arrival = of_extract(found, self._registry, running)
                known_bad = open_keys(self._ws, found.entity, found.name)
                counted_arrivals.append(ArrivalCounts(arrival, known_bad=known_bad))
        return counted_arrivals, problems

    def complete(self, counted_arrivals: Sequence[ArrivalCounts]) -> None:
        """After all rows were read: what the readings that were followed came to."""
        for counted in counted_arrivals:
            extract = counted.arrival.extract
            if extract is not None and counted.problem:
                self._trouble[extract.source_name].append(f"{extract.name} {counted.problem}")
            if extract is not None and not extract.is_complete:
                extract = self._running[extract.source_name].result()
                counted.arrival = replace(counted.arrival, extract=extract)
            if extract is not None and extract.rows != counted.records and not counted.problem:
                raise RuntimeError(
                    f"{extract.name}: {extract.rows} rows were read, {counted.records} came here"
                )

    def _found(self, name: str, contract: Contract, since: Since) -> Extract | None:
        if name in self._running:
            return self._running[name].result()
        running = Running(
            partial(
                extract,
                name,
                self._sources[name],
                contract,
                self._registry.tenants_of(name),
                since,
                self._parts_of(name, contract),
            )
        )
        self._running[name] = running
        return running.begun()

    def _parts_of(self, name: str, contract: Contract) -> Path:
        return self._folder / name / contract.entity

    def accept(self, found: Extract, counted: ArrivalCounts, gone: pl.DataFrame) -> pl.DataFrame:
        """The deletions that are believed.

        Those of a tenant that has no row at all any more are not: that is more often a wrong
        database or a lost permission than a cleared table.
        """
        if found.entity in found.source.may_be_empty or gone.is_empty():
            return gone
        counts = gone.group_by("tenant_id").len().rows()
        doubtful = [
            (tenant, count)
            for tenant, count in sorted(counts)
            if count >= _MANY and tenant not in (counted.good.keys() | counted.bad.keys())
        ]
        for tenant, count in doubtful:
            self._trouble[found.source_name].append(
                f"source {found.source_name}: {found.plan.table} has no rows of {tenant} any more,"
                f" though {count:,} landed from it; they are kept. If they were deleted on purpose,"
                f" say so with may_be_empty: [{found.entity}]"
            )
        return gone.filter(~pl.col("tenant_id").is_in([tenant for tenant, _ in doubtful]))

    def conclude(
        self,
        counted_arrivals: Sequence[ArrivalCounts],
        counts: Sequence[FileCounts],
        keys: Comparison,
    ) -> tuple[list[TableRead], bool]:
        """What the batch says of its tables, and whether that must be written even if no row is."""
        reads = []
        matter = False
        for number, counted in enumerate(counted_arrivals):
            found = counted.arrival.extract
            if found is None or counted.problem:
                continue
            resolved = self._resolved(counted, number, keys) if found.is_whole else ()
            matter |= bool(resolved) or self._is_due(found)
            reads.append(
                TableRead(
                    found.source_name,
                    found.plan.table,
                    found.plan.shape,
                    found.is_whole,
                    found.snapshot_at,
                    found.watermark,
                    found.newest,
                    resolved,
                )
            )
            if found.totals is not None:
                self.totals += table_totals(found, counted, counts)
        return reads, matter

    def _is_due(self, found: Extract) -> bool:
        """Whether this whole reading is to be remembered, so that the next need not be whole."""
        since = self._since[found.name]
        if not found.is_whole:
            return False
        if since.whole_at is None or since.shape != found.plan.shape:
            return True
        every = timedelta(hours=found.source.reconcile_hours)
        return found.snapshot_at - since.whole_at >= every

    def _resolved(
        self, counted: ArrivalCounts, number: int, keys: Comparison
    ) -> tuple[tuple[str, str], ...]:
        """Quarantined rows that the table has no more."""
        if counted.known_bad is None or counted.known_bad.is_empty():
            return ()
        keys.register("open_rows", counted.known_bad.drop_nulls("record_key"))
        gone = keys.query(_GONE, {"file": number})
        return tuple(sorted((tenant, key) for tenant, key in gone.rows()))


def since_of(landed: Sequence[Batch], name: str, table: str) -> Since:
    """What the landed batches hold of a table."""
    reads = [
        read
        for batch in reversed(landed)
        for read in batch.tables
        if (read.source, read.table) == (name, table)
    ]
    if not reads:
        return Since()
    whole_at = next((read.snapshot_at for read in reads if read.is_whole), None)
    return Since(reads[0].watermark, whole_at, reads[0].shape)
