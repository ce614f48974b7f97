"""Files and tables that are not read: since when, why and what to do; for people and the models.

`state/files.json` is what `status`, `doctor`, the notices and the UI's first page show; the models
find the same in a side table, so that checks and reports know of it. A file is there as long as an
ingest finds it so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.atomic_files import write_text
from pipeline.landing.batches.batches import read_batches
from pipeline.landing.result import FileResult
from pipeline.landing.sidecars.side_tables import write_files_not_read

_TO_DO = {
    "refused": "mend it where it comes from and deliver it again, or move it away",
    "waiting": (
        "it is read when it is complete; an empty file of the same name with .done behind it"
        " says that it is"
    ),
    "in quarantine": "see `milepost quarantine`, mend the rows and deliver the file again",
}


@dataclass(frozen=True)
class Unread:
    """One file or table of which nothing is in the figures.

    `tenant` is empty where it is no one's; `nothing_else` if the tenant has no other data.
    """

    tenant: str
    entity: str | None
    file: str
    state: str
    why: str
    to_do: str
    since: str
    nothing_else: bool = False


def remember_unread(
    ws: Workspace,
    registry: Registry,
    results: Sequence[FileResult],
    entities: Collection[str],
    now: datetime,
) -> tuple[Unread, ...]:
    """Write down what is not read; of entities that were not looked at, what was known stays."""
    before = unread_files(ws)
    since = {(each.tenant, each.file, each.state): each.since for each in before}
    found = [
        Unread(
            tenant,
            result.entity,
            result.path,
            state,
            result.message,
            _TO_DO[state],
            since.get((tenant, result.path, state), now.isoformat(timespec="seconds")),
        )
        for result in results
        if (state := state_of(result))
        for tenant in _tenants(result, registry)
    ]
    kept = [each for each in before if each.entity is not None and each.entity not in entities]
    has_data = _tenants_with_data(ws) if found or kept else set()
    now_unread = tuple(
        replace(each, nothing_else=bool(each.tenant) and each.tenant not in has_data)
        for each in sorted([*kept, *found], key=lambda each: (each.tenant, each.file))
    )
    if now_unread != before or not _path(ws).exists():
        said = [asdict(each) for each in now_unread]
        write_text(_path(ws), json.dumps(said, ensure_ascii=False, indent=1))
    write_files_not_read(ws, [asdict(each) for each in now_unread if each.tenant])
    return now_unread


def unread_files(ws: Workspace) -> tuple[Unread, ...]:
    """As the last ingest found them."""
    with suppress(FileNotFoundError, ValueError, TypeError):
        said = json.loads(_path(ws).read_text(encoding="utf-8"))
        return tuple(Unread(**each) for each in said)
    return ()


def state_of(result: FileResult) -> str | None:
    """Why a file is in no figure; None if it is, or is a repeated one."""
    if result.status in ("refused", "waiting"):
        return result.status
    return "in quarantine" if result.is_all_quarantined else None


def _tenants(result: FileResult, registry: Registry) -> list[str]:
    """Whose a result is: a table's is every tenant's of its source."""
    source = result.path.partition(":")[0]
    if result.tenant in registry.tenants:
        return [result.tenant]
    if not result.tenant and source in registry.databases():
        return sorted(set(registry.tenants_of(source).values())) or [""]
    return [""]


def _tenants_with_data(ws: Workspace) -> set[str]:
    return {
        file.tenant
        for entity in CONTRACTS
        for batch in read_batches(ws, entity)
        for file in batch.files
        if file.landed
    }


def _path(ws: Workspace) -> Path:
    return ws.path("state", "files.json")
