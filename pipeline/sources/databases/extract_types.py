"""What a reading of a table starts from, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pipeline.config.source import DatabaseSource
from pipeline.sources.databases.table import Plan


@dataclass(frozen=True)
class Since:
    """What earlier readings of the table hold: nothing, or all that changed before `watermark`."""

    watermark: datetime | None = None
    whole_at: datetime | None = None
    shape: str | None = None


@dataclass(frozen=True)
class SourceTotal:
    """What the source itself counts for one tenant: live rows, and the sum of each money column."""

    rows: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Extract:
    """A table's rows in `parts` (Arrow files), and what reading them was.

    It may be what there is so far (not `is_complete`). What changed before `watermark` is in this
    or an earlier reading, an overlap aside. `totals` are the source's own, by tenant, of the same
    snapshot; None if there was more than one snapshot.
    """

    source_name: str
    source: DatabaseSource
    plan: Plan
    parts: tuple[Path, ...]
    rows: int
    is_complete: bool
    is_whole: bool
    snapshot_at: datetime
    read_from: datetime | None
    watermark: datetime | None
    newest: datetime | None
    totals: Mapping[str, SourceTotal] | None

    @property
    def entity(self) -> str:
        return self.plan.entity

    @property
    def name(self) -> str:
        """What stands for the file's name: source and table."""
        return table_name(self.source_name, self.plan.table)


Note = Callable[[Extract | None], None]


def table_name(source_name: str, table: str) -> str:
    return f"{source_name}:{table}"
