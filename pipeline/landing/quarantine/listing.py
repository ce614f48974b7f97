"""What is in quarantine, for the people who mend it: each open row with why and where from.

What makes a row open is `open_rows`', and `entity` writes quarantine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.errors import ConfigError
from pipeline.landing.batches.batches import read_batches
from pipeline.landing.quarantine.open_rows import quarantine_rows

# A table on a screen has no room for a row of ten megabytes.
_SHOWN = 160


@dataclass(frozen=True)
class Reason:
    """One thing that is wrong with a row; `column` is None where it is the row as a whole."""

    column: str | None
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}" if self.column else self.message


@dataclass(frozen=True)
class QuarantinedRow:
    """One row; `original` is the row as text by column, or {"line": …} if it does not fit.

    It is open, or a later batch dealt with it: then `resolved_at` and `resolved_by` say when and
    which.
    """

    tenant: str
    entity: str
    source_file: str
    source_row: int
    record_key: str | None
    original: dict[str, str | None]
    reasons: tuple[Reason, ...]
    batch_id: str
    since: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None


@dataclass(frozen=True)
class QuarantineSummary:
    """The open rows of one file."""

    tenant: str
    entity: str
    source_file: str
    rows: int
    first_seen: datetime
    last_seen: datetime
    top_reason: str


@dataclass(frozen=True)
class QuarantineList:
    """The open rows, or those dealt with, in the shapes in which people and programs want them."""

    rows: tuple[QuarantinedRow, ...]
    resolved: bool = False

    def flat(self) -> list[dict[str, Any]]:
        """One row of plain values each, for a spreadsheet."""
        return [
            {
                "tenant": row.tenant,
                "entity": row.entity,
                "file": row.source_file,
                "row": row.source_row,
                "id": row.record_key,
                "since": row.since,
                "reasons": "; ".join(map(str, row.reasons)),
                "original": json.dumps(row.original, ensure_ascii=False),
                **({"resolved": row.resolved_at} if row.resolved_at else {}),
            }
            for row in self.rows
        ]

    def as_result(self, workspace: Path) -> dict[str, Any]:
        """Everything, for programs."""
        return {"workspace": str(workspace), "rows": [asdict(row) for row in self.rows]}

    def as_table(self, limit: int) -> dict[str, Any]:
        """The files with open rows, and of the rows at most `limit` (0: all), for a screen."""
        if not self.rows:
            return {"quarantine": f"nothing is {'resolved' if self.resolved else 'open'}"}
        shown = self.flat()[: limit or None]
        more = len(self.rows) - len(shown)
        return {
            "files": [asdict(file) for file in summarise(self.rows)],
            "rows": [
                {
                    "tenant": row["tenant"],
                    "where": f"{row['file']}" + (f":{row['row']}" if row["row"] else ""),
                    "id": row["id"],
                    "since": row["since"],
                    **({"resolved": row["resolved"]} if "resolved" in row else {}),
                    "why": row["reasons"],
                    "original": _short(row["original"]),
                }
                for row in shown
            ],
            "not_shown": f"{more:,} more rows; --limit 0 or --format csv has all" if more else None,
        }


def list_quarantine(
    ws: Workspace,
    *,
    tenant: str | None = None,
    entities: Collection[str] | None = None,
    resolved: bool = False,
) -> QuarantineList:
    """ConfigError for an entity that does not exist."""
    unknown = sorted(set(entities or ()) - set(CONTRACTS))
    if unknown:
        raise ConfigError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
    rows = quarantined_rows(ws, tenant=tenant, entities=entities, resolved=resolved)
    return QuarantineList(tuple(rows), resolved)


def quarantined_rows(
    ws: Workspace,
    *,
    tenant: str | None = None,
    entities: Collection[str] | None = None,
    resolved: bool = False,
) -> list[QuarantinedRow]:
    """The open rows, or those that a later batch dealt with, by entity, tenant, file and row."""
    return [
        row
        for entity in (CONTRACTS if entities is None else entities)
        for row in _rows(ws, entity, tenant, resolved=resolved)
    ]


def summarise(rows: Sequence[QuarantinedRow]) -> list[QuarantineSummary]:
    """The open rows counted by file, with the commonest reason of each."""

    def file_of(row: QuarantinedRow) -> tuple[str, str, str]:
        return row.tenant, row.entity, row.source_file

    summaries = []
    for (tenant, entity, source_file), group in groupby(sorted(rows, key=file_of), file_of):
        members = list(group)
        seen = [row.since for row in members]
        reasons = Counter(
            f"{reason.column}: {reason.rule}" if reason.column else reason.rule
            for row in members
            for reason in row.reasons
        )
        top = reasons.most_common(1)[0][0]
        summaries.append(
            QuarantineSummary(tenant, entity, source_file, len(members), min(seen), max(seen), top)
        )
    return summaries


def _rows(
    ws: Workspace, entity: str, tenant: str | None, *, resolved: bool
) -> list[QuarantinedRow]:
    found = quarantine_rows(ws, entity, tenant, resolved=resolved)
    times = (
        {batch.batch_id: batch.ingested_at for batch in read_batches(ws, entity)} if found else {}
    )
    return [
        QuarantinedRow(
            tenant_id,
            entity,
            file,
            row,
            key,
            json.loads(original),
            _reasons(why),
            batch,
            at,
            times.get(by),
            by,
        )
        for tenant_id, file, row, key, original, why, batch, at, by in found
    ]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _reasons(encoded: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in json.loads(encoded))
