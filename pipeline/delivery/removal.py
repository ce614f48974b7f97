"""A tenant leaves: everything that is kept of it goes, in this workspace.

The other tenants' rows, builds and mails stay as they are. Copies that were made elsewhere, be it
backups or mails that were sent, are for whoever made them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace, check_tenant_id
from pipeline.core.errors import ConfigError
from pipeline.core.locking import exclusive
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.sole_writer import sole_writer
from pipeline.landing.batches.without_tenant import landed_tenants, remove_rows, rows_of
from pipeline.landing.sidecars.registry import landed_ids
from pipeline.publish import placing


def foreseen(ws: Workspace, tenant: str) -> dict[str, Any]:
    """What would go; ConfigError if there is nothing of this tenant."""
    check_tenant_id(tenant)
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        deliveries = len(record.of_tenant(tenant))
    found: dict[str, Any] = {
        "tenant": tenant,
        "files": [path.relative_to(ws.root).as_posix() for path in _places(ws, tenant)],
        "rows": [{"where": where, "rows": rows} for where, rows in rows_of(ws, tenant).items()],
        "deliveries": deliveries,
    }
    if not (found["files"] or found["rows"] or deliveries):
        raise ConfigError(f"there is nothing of a tenant {tenant!r} in {ws.root}")
    return found


def remove(ws: Workspace, tenant: str, now: datetime) -> dict[str, Any]:
    """Remove it; what was removed. BusyError while a refresh or a sender is at work.

    Killed at any point, it is finished by doing it again: the tenant's own file goes last.
    """
    with exclusive(ws.refresh_lock_file, now), sole_writer(ws, now) as record:
        found = foreseen(ws, tenant)
        remove_rows(ws, tenant)
        for path in _places(ws, tenant):
            _remove(path)
        record.remove_tenant(tenant)
        # Both hold rows of all tenants, and are made again from raw.
        placing.remove_builds(ws.path("state", "as_of"))
        for path in (
            ws.warehouse_file,
            ws.warehouse_file.with_name(f"{ws.warehouse_file.name}.wal"),
        ):
            path.unlink(missing_ok=True)
        for path in _said_of(ws, tenant):
            _remove(path)
    return {**found, "next": "milepost refresh"}


def check_returning(ws: Workspace, registry: Registry) -> None:
    """ConfigError if raw holds rows of a tenant that the last refresh did not know: another's.

    To be asked before a refresh lands anything. The first one knows nobody, and raw is empty.
    """
    known = landed_ids(ws)
    new = set(registry.tenants) - known if known else set()
    found = new & landed_tenants(ws) if new else set()
    returning = sorted(one for one in found if not _welcome(ws, one).exists())
    if returning:
        names = ", ".join(returning)
        raise ConfigError(
            f"raw holds rows of {names} from before, and the last refresh knew no such tenant. If"
            f" this is another organisation: `milepost tenant remove {returning[0]}`, then put its"
            f" file back. If it is the same one: `milepost tenant keep {returning[0]}`"
        )


def keep(ws: Workspace, tenant: str) -> None:
    """What raw holds of the tenant is this one's: let the next refresh take it."""
    check_tenant_id(tenant)
    _welcome(ws, tenant).parent.mkdir(parents=True, exist_ok=True)
    _welcome(ws, tenant).touch()


def _welcome(ws: Workspace, tenant: str) -> Path:
    return ws.path("state", "kept_tenants", tenant)


def _places(ws: Workspace, tenant: str) -> Iterator[Path]:
    """Folders that are this tenant's alone."""
    for path in (
        *(ws.inbox(tenant), ws.published(tenant), ws.outbox(tenant)),
        *(ws.path("artifacts", tenant), ws.path("state", "mail", tenant)),
        *_said_of(ws, tenant),
    ):
        if path.exists():
            yield path


def _said_of(ws: Workspace, tenant: str) -> Iterator[Path]:
    """The tenant's own configuration."""
    for path in (
        *(ws.tenants_dir / tenant, _welcome(ws, tenant)),
        *(ws.tenants_dir / f"{tenant}.{ending}" for ending in ("yaml", "yml")),
    ):
        if path.exists():
            yield path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        placing.unlock(path)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
