"""Write, audit, publish: split the checked warehouse by tenant and flip each tenant's `current`.

A tenant with a blocking finding keeps its previous build and is HELD. A build id is the as-of date
and a hash of the content, so the same figures have the same id wherever and whenever they are made.
Only a file whose rows changed is written; the others are hard links to the previous build's, after
they were found to be as they were written. Whoever wants to change what lies there has to ask for
the right to it first: files and folders can be read only.
"""

import fcntl
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import BuildError
from pipeline.publish import layout, placing, set_aside, split, warehouse
from pipeline.publish.integrity import damaged_files, measure
from pipeline.publish.layout import Held, Manifest

# The name sorts outside every tenant id, so a reader that lists tenants never meets it.
STAGING = ".staging"
# Table -> part (None: all of it) -> tenants.
Changed = dict[str, dict[str | None, list[str]]]


@dataclass(frozen=True)
class PublishedBuild:
    """One tenant's current build after a publish; `changed` is False if it was current already."""

    tenant: str
    build_id: str
    as_of: date
    rows: int
    changed: bool


@dataclass(frozen=True)
class PublishResult:
    builds: tuple[PublishedBuild, ...]
    held: tuple[Held, ...]


def publish(ws: Workspace, settings: Settings) -> PublishResult:
    """Publish every tenant that the warehouse knows; the caller holds the refresh lock.

    Raises BuildError when the warehouse has nothing to publish.
    """
    staging = ws.published_root / STAGING
    placing.remove_builds(staging)
    with warehouse.open_warehouse(ws, settings) as connection:
        as_of = warehouse.as_of_dates(connection)
        blocked = warehouse.blocking_findings(connection, as_of)
        held = {tenant: found for tenant, found in blocked.items() if not _overridden(ws, found)}
        # The warehouse does not know these: nothing of them could be published anyway.
        held |= set_aside.held(ws)
        manifests = warehouse.manifests(
            connection, as_of, warehouse.models_fingerprint(), settings.threads
        )
        ready = {tenant: m for tenant, m in manifests.items() if tenant not in held}
        changed = _changed_files(ws, ready, settings.threads)
        _write(connection, ready, changed, staging, settings.threads)
    for manifest in ready.values():
        _assemble(ws, manifest, staging, changed)
    # One sync for thousands of small files; an fsync each took longer than writing them.
    os.sync()
    builds = tuple(_flip(ws, manifest, settings.keep_builds) for manifest in ready.values())
    for tenant in as_of:
        atomic_files.remove_leftovers(ws.published(tenant), below=False)
    for tenant in as_of.keys() - blocked.keys():
        (ws.published(tenant) / layout.OVERRIDE).unlink(missing_ok=True)
    for tenant, reasons in held.items():
        atomic_files.write_text(
            ws.published(tenant) / layout.HELD, reasons.model_dump_json(indent=2)
        )
    placing.remove_builds(staging)
    return PublishResult(builds, tuple(held.values()))


def _overridden(ws: Workspace, held: Held) -> bool:
    override = layout.override(ws, held.tenant)
    return override is not None and override.covers(held)


def _changed_files(ws: Workspace, manifests: Mapping[str, Manifest], threads: int) -> Changed:
    """Table -> part (None: all of it) -> the tenants whose current build has other rows in it, or
    a file that is not as it was written."""
    changed: Changed = {}
    for tenant, manifest in manifests.items():
        current = _current(ws, tenant)
        link = layout.current_link(ws, tenant)
        damaged = damaged_files(link, current, threads=threads, anew=True) if current else ()
        for name, entry in manifest.tables.items():
            before = current.tables.get(name) if current else None
            known = before.contents if before else {}
            for part, content in entry.contents.items():
                if content != known.get(part) or layout.table_file(name, part) in damaged:
                    changed.setdefault(name, {}).setdefault(part, []).append(tenant)
    return changed


def _current(ws: Workspace, tenant: str) -> Manifest | None:
    """The manifest of the current build, None where nothing can be taken over from that: it is
    damaged, or of a version that wrote no hashes."""
    manifest = layout.whole_manifest(ws, tenant)
    return manifest if manifest and manifest.files is not None else None


def _write(
    connection: duckdb.DuckDBPyConnection,
    manifests: Mapping[str, Manifest],
    changed: Changed,
    staging: Path,
    threads: int,
) -> None:
    """Write every changed file, as many tables at a time as there are threads."""
    as_of = {tenant: manifest.as_of for tenant, manifest in manifests.items()}
    rows = {
        table: sum(
            manifests[tenant].tables[table].contents[part].rows
            for part, tenants in wanted.items()
            for tenant in tenants
        )
        for table, wanted in changed.items()
    }
    with ThreadPoolExecutor(max_workers=threads) as pool:
        jobs = [
            pool.submit(
                split.split,
                *(connection, table, changed[table], as_of, rows[table], _written(staging, table)),
            )
            # The longest first, so that no thread is left with it at the end.
            for table in sorted(changed, key=rows.__getitem__, reverse=True)
        ]
    for job in jobs:
        job.result()


def _assemble(
    ws: Workspace,
    manifest: Manifest,
    staging: Path,
    changed: Changed,
) -> None:
    """Put the build's folder in place: new files moved in, unchanged ones linked."""
    target = layout.builds_dir(ws, manifest.tenant) / manifest.build_id
    current = layout.current_link(ws, manifest.tenant)
    before = _current(ws, manifest.tenant)
    known = before.files or {} if before else {}
    in_place = current.resolve() == target
    if in_place and before and not damaged_files(current, before):
        return
    folder = staging / "builds" / manifest.tenant
    entries = {}
    for name, entry in manifest.tables.items():
        for part in entry.contents:
            file = layout.table_file(name, part)
            if manifest.tenant not in changed.get(name, {}).get(part, ()):
                entries[file] = known[file]
                if not in_place:
                    (folder / file).parent.mkdir(parents=True, exist_ok=True)
                    os.link(current / file, folder / file)
                continue
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            _take_written(staging, manifest.tenant, name, part, folder / file)
            entries[file] = measure(folder / file)
    whole = manifest.model_copy(update={"files": entries}).sealed()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / layout.MANIFEST).write_text(whole.model_dump_json(indent=2), encoding="utf-8")
    if in_place:
        placing.replace_files(folder, target)
    else:
        placing.replace_build(folder, target, staging / "builds" / f"{manifest.tenant}-replaced")
    placing.lock_up(target)


def _take_written(staging: Path, tenant: str, table: str, part: str | None, to: Path) -> None:
    """Move the file that the split wrote to where it belongs, or link an empty one."""
    written = _written(staging, table)
    rows = sorted(split.written(written, tenant, part).glob("*.parquet"))
    if len(rows) > 1:
        raise BuildError(f"{to.name} of {tenant} was split into {len(rows)} files")
    if rows:
        rows[0].rename(to)
    else:
        os.link(written / split.EMPTY_FILE, to)


def _written(staging: Path, table: str) -> Path:
    """Where a split is put: all tenants' files of one table."""
    return staging / "tables" / table


def _flip(ws: Workspace, manifest: Manifest, keep: int) -> PublishedBuild:
    """Point `current` at the build in one rename, and drop builds beyond the newest `keep`."""
    link = layout.current_link(ws, manifest.tenant)
    target = Path(layout.BUILDS) / manifest.build_id
    changed = not link.is_symlink() or link.readlink() != target
    if changed:
        temporary = link.with_name(f".{layout.CURRENT}-new")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.rename(link)
        atomic_files.sync_folder(link.parent)
    (ws.published(manifest.tenant) / layout.HELD).unlink(missing_ok=True)
    os.utime(link.resolve())
    _prune(layout.builds_dir(ws, manifest.tenant), link.resolve(), keep)
    rows = sum(entry.rows for entry in manifest.tables.values())
    return PublishedBuild(manifest.tenant, manifest.build_id, manifest.as_of, rows, changed)


def _prune(builds: Path, current: Path, keep: int) -> None:
    """Remove the oldest builds, except the current one and those that a reader has open."""
    newest_first = sorted(builds.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for build in newest_first[keep:]:
        if build == current:
            continue
        with (build / layout.MANIFEST).open() as manifest:
            try:
                fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            placing.unlock(build)
            shutil.rmtree(build)
