"""Figures as of another day, from what is known now, without touching what is published.

A workspace below this one (`state/as_of/<day>`) shares the raw files by hard links, has a registry
of its own that says which day it is, and is built and published like any other. It stays until
another batch has landed, so the second report of that day costs nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from pipeline.config.registry import Registry
from pipeline.config.settings import DBT_PROJECT_DIR, Settings
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError
from pipeline.core.locking import exclusive
from pipeline.landing.control.damage import verify_landed
from pipeline.landing.sidecars.registry import TABLES, land_registry
from pipeline.publish import placing
from pipeline.publish.build import run_dbt
from pipeline.publish.publish import publish

_KEPT = timedelta(days=7)
_BUILT_FROM = "built_from"


def figures_as_of(ws: Workspace, registry: Registry, settings: Settings, day: date) -> Workspace:
    """The workspace whose published builds are as of `day`; built if it is not there yet.

    Raises ConfigError for a day that is not over, BuildError as a refresh does.
    """
    if day >= settings.now().date():
        raise ConfigError(f"{day} is not over yet: figures are as of a day that is complete")
    earlier = Workspace(ws.path("state", "as_of", day.isoformat()))
    wanted = _inputs(ws, registry)
    said = earlier.path(_BUILT_FROM)
    if said.is_file() and said.read_text(encoding="utf-8") == wanted:
        os.utime(earlier.root)  # it is in use
        return earlier
    verify_landed(ws, settings.now(), threads=settings.threads)
    placing.remove_builds(earlier.root)
    for path in _files(ws):
        link = earlier.path(str(path.relative_to(ws.root)))
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, link)
    land_registry(earlier, registry, dict.fromkeys(registry.tenants, day), settings.now())
    run_dbt(earlier, settings)
    publish(earlier, settings)
    atomic_files.write_text(said, wanted)
    return earlier


def remove_as_of(ws: Workspace, now: datetime) -> list[str]:
    """Remove the workspaces of earlier days that nobody has asked for lately; returns the days.

    Each holds a warehouse of its own. BusyError while one is being built.
    """
    removed = []
    with exclusive(ws.path("state", "as_of.lock"), now, "build of an earlier day"):
        for folder in sorted(ws.path("state", "as_of").glob("*")):
            used = datetime.fromtimestamp(folder.stat().st_mtime, now.tzinfo)
            if folder.is_dir() and now - used > _KEPT:
                placing.remove_builds(folder)
                removed.append(folder.name)
    return removed


def _files(ws: Workspace) -> Iterator[Path]:
    """The raw and quarantine files of every entity; not the registry, which says the day."""
    for root in (ws.raw_root, ws.quarantine_root):
        for path in sorted(root.glob("*/*.parquet")):
            if path.parent.name not in TABLES:
                yield path


def _inputs(ws: Workspace, registry: Registry) -> str:
    """A hash of what the figures follow from: batches, models, and the tenant files."""
    digest = hashlib.sha256()
    for path in _files(ws):
        digest.update(f"{path.relative_to(ws.root)}\n".encode())
    for path in sorted((DBT_PROJECT_DIR / "models").rglob("*.*")):
        digest.update(path.read_bytes())
    for tenant in registry.tenants.values():
        digest.update(tenant.model_dump_json().encode())
    return digest.hexdigest()
