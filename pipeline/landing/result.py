"""What an ingest tells its caller: per file, and summed per tenant and entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["landed", "known", "refused", "waiting"]


@dataclass(frozen=True)
class RowCounts:
    """rows_read = landed + unchanged + duplicates + quarantined."""

    rows_read: int = 0
    landed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    quarantined: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            self.rows_read + other.rows_read,
            self.landed + other.landed,
            self.unchanged + other.unchanged,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True)
class FileResult:
    """One inbox file: `known` landed before, `refused` needs a person, `waiting` looks unfinished.

    `entity` is None for a file whose name says none. `message` is for people, and empty if all is
    well; `unknown_columns` were kept in `extra`.
    """

    tenant: str
    entity: str | None
    path: str
    status: Status
    message: str = ""
    counts: RowCounts = RowCounts()
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class IngestResult:
    """`batches` maps each entity that got one to its batch id."""

    batches: Mapping[str, str]
    files: tuple[FileResult, ...]

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
