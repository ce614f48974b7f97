"""The databases' part of an ingest: what to read of each table, and what became of it.

From when on a table is read stands in the batches themselves. What the sources themselves count
and how each fared is also written to state/sources.json, for people; nothing depends on it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from pipeline.contracts import Contract
from pipeline.errors import ConfigError
from pipeline.fsio import write_text
from pipeline.landing.batches import Batch, FileCounts, TableRead
from pipeline.landing.compare import Comparison
from pipeline.landing.open_rows import open_keys
from pipeline.landing.read import Tally
from pipeline.landing.reconcile import table_totals
from pipeline.landing.result import FileResult, SourceState, TableTotal
from pipeline.sources.database import Lost, Unreadable
from pipeline.sources.extract import extract
from pipeline.sources.reading import Extract, Since, table_name
from pipeline.tenants import Registry
from pipeline.workspace import Workspace

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

    @property
    def states(self) -> list[SourceState]:
        """How each database fared."""
        return [
            SourceState(
                name, tuple(sorted(self._registry.tenants_of(name).values())), tuple(trouble)
            )
            for name, trouble in self._trouble.items()
        ]

    def read(
        self, contract: Contract, landed: Sequence[Batch], folder: Path
    ) -> tuple[list[Extract], list[FileResult]]:
        """What is to be landed of this entity, and what could not be read."""
        extracts: list[Extract] = []
        problems: list[FileResult] = []
        for name, source in self._sources.items():
            table = source.table_of(contract.entity)
            tenants = self._registry.tenants_of(name)
            if table is None or not tenants or name in self._down:
                continue
            since = since_of(landed, name, table)
            try:
                found = extract(name, source, contract, tenants, since, folder / f"{name}.arrow")
            except (Lost, Unreadable, ConfigError) as error:
                if not isinstance(error, Unreadable):
                    self._down.add(name)
                self._trouble[name].append(str(error))
                where = table_name(name, table)
                problems.append(FileResult("", contract.entity, where, "refused", str(error)))
                continue
            if found is not None and (found.rows or found.is_whole):
                self._since[found.name] = since
                extracts.append(found)
        return extracts, problems

    def known_bad(self, found: Extract) -> pl.DataFrame:
        """What is in quarantine from this table, so that it does not go there again."""
        return open_keys(self._ws, found.entity, found.name)

    def accept(self, found: Extract, tally: Tally, gone: pl.DataFrame) -> pl.DataFrame:
        """The deletions that are believed: not those of a tenant that has no row at all any more,

        which is more often a wrong database or a lost permission than a cleared table.
        """
        if found.entity in found.source.may_be_empty or gone.is_empty():
            return gone
        counts = gone.group_by("tenant_id").len().rows()
        doubtful = [
            (tenant, count)
            for tenant, count in sorted(counts)
            if count >= _MANY and tenant not in (tally.good.keys() | tally.bad.keys())
        ]
        for tenant, count in doubtful:
            self._trouble[found.source_name].append(
                f"source {found.source_name}: {found.plan.table} has no rows of {tenant} any more,"
                f" though {count:,} landed from it; they are kept. If they were deleted on purpose,"
                f" say so with may_be_empty: [{found.entity}]"
            )
        return gone.filter(~pl.col("tenant_id").is_in([tenant for tenant, _ in doubtful]))

    def settle(
        self, tallies: Sequence[Tally], counts: Sequence[FileCounts], keys: Comparison
    ) -> tuple[list[TableRead], bool]:
        """What the batch says of its tables, and whether that must be written even if no row is."""
        reads = []
        matter = False
        for number, tally in enumerate(tallies):
            found = tally.arrival.extract
            if found is None or tally.problem:
                continue
            resolved = self._resolved(tally, number, keys) if found.is_whole else ()
            matter |= bool(resolved) or self._is_due(found)
            reads.append(
                TableRead(
                    found.source_name, found.plan.table, found.plan.shape, found.is_whole,
                    found.snapshot_at, found.watermark, found.newest, resolved,
                )
            )  # fmt: skip
            if found.totals is not None:
                self.totals += table_totals(found, tally, counts)
        return reads, matter

    def remember(self, now: datetime) -> None:
        """Write how the sources fared for `status`, keeping what was not looked at this time."""
        if not self._sources:
            return
        path = self._ws.path("state", "sources.json")
        before: dict[str, list[dict[str, object]]] = {}
        with suppress(FileNotFoundError, ValueError):
            before = json.loads(path.read_text(encoding="utf-8"))
        new = {(total.tenant, total.entity, total.source) for total in self.totals}
        kept = [
            total
            for total in before.get("totals", [])
            if (total["tenant"], total["entity"], total["source"]) not in new
            and total["source"] in self._sources
        ]
        good = {each["source"]: each.get("last_good_at") for each in before.get("sources", [])}
        stamp = now.isoformat()
        said = {
            "sources": [
                {
                    **asdict(state),
                    "at": stamp,
                    "last_good_at": good.get(state.source) if state.trouble else stamp,
                }
                for state in self.states
            ],
            "totals": kept + [{**asdict(total), "at": stamp} for total in self.totals],
        }
        write_text(path, json.dumps(said, default=str, ensure_ascii=False, indent=1))

    def _is_due(self, found: Extract) -> bool:
        """Whether this whole reading is to be remembered, so that the next need not be whole."""
        since = self._since[found.name]
        if not found.is_whole:
            return False
        if since.whole_at is None or since.shape != found.plan.shape:
            return True
        every = timedelta(hours=found.source.reconcile_hours)
        return found.snapshot_at - since.whole_at >= every

    def _resolved(self, tally: Tally, number: int, keys: Comparison) -> tuple[tuple[str, str], ...]:
        """Quarantined rows that the table has no more."""
        if tally.known_bad is None or tally.known_bad.is_empty():
            return ()
        keys.register("open_rows", tally.known_bad.drop_nulls("record_key"))
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
