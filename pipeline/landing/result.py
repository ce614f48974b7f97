"""What an ingest tells its caller: per file, and summed per tenant and entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Status = Literal["landed", "known", "refused", "waiting"]


@dataclass(frozen=True)
class RowCounts:
    """rows_read = landed + unchanged + duplicates + quarantined; deletions land besides."""

    rows_read: int = 0
    landed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    quarantined: int = 0
    deleted: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            self.rows_read + other.rows_read,
            self.landed + other.landed,
            self.unchanged + other.unchanged,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
            self.deleted + other.deleted,
        )


@dataclass(frozen=True)
class FileResult:
    """One inbox file or table.

    `known` landed before, `refused` needs a person, `waiting` looks unfinished.
    `entity` is None for a file whose name says none. `message` is for people, and empty if all is
    well; `unknown_columns` were kept in `extra`, `absent_columns` are null. Of these, the
    `new_columns` and `gone_columns` are so since this delivery.
    """

    tenant: str
    entity: str | None
    path: str
    status: Status
    message: str = ""
    counts: RowCounts = RowCounts()
    unknown_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()
    # Whether it has rows, and each of them is in quarantine.
    is_all_quarantined: bool = False
    # Whether it waits only because it was written to just now.
    is_young: bool = False


@dataclass(frozen=True)
class SourceState:
    """How a database fared: without `trouble`, all is well. Otherwise its tenants are stale."""

    source: str
    tenants: tuple[str, ...]
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableTotal:
    """Live rows as the source counts them, and where they are here.

    `difference` rows are neither in the warehouse nor in quarantine; `money` is the same for each
    money column: the source's sum less ours. All zero if nothing is lost.
    """

    tenant: str
    entity: str
    source: str
    source_rows: int
    warehouse_rows: int
    quarantined_rows: int
    difference: int
    money: Mapping[str, str] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return not self.difference and all(not Decimal(amount) for amount in self.money.values())


@dataclass(frozen=True)
class IngestResult:
    """`batches` maps each entity that got one to its batch id."""

    batches: Mapping[str, str]
    files: tuple[FileResult, ...]
    sources: tuple[SourceState, ...] = ()
    totals: tuple[TableTotal, ...] = ()

    @property
    def unread(self) -> int:
        """How many files and tables could not be read, or have all their rows in quarantine.

        What is still being written to is none of them.
        """
        return sum(
            file.is_all_quarantined or (file.status in ("refused", "waiting") and not file.is_young)
            for file in self.files
        ) + sum(bool(source.trouble) for source in self.sources)

    def with_status(self, *statuses: Status) -> tuple[FileResult, ...]:
        return tuple(file for file in self.files if file.status in statuses)

    @property
    def counts(self) -> dict[tuple[str, str], RowCounts]:
        """Sums by tenant and entity, for those of which a file was read."""
        sums: dict[tuple[str, str], RowCounts] = {}
        for file in self.with_status("landed"):
            key = (file.tenant, str(file.entity))
            sums[key] = sums.get(key, RowCounts()) + file.counts
        return sums
