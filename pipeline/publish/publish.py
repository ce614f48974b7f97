"""Write, audit, publish: split the checked warehouse by tenant and flip each tenant's `current`.

A tenant with a blocking finding keeps its previous build and is HELD. A build id is the as-of date
and a hash of the content, so the same figures have the same id wherever and whenever they are made.
Only a table whose rows changed is written; the others are hard links to the previous build's.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipeline import fsio
from pipeline.errors import BuildError
from pipeline.publish import layout
from pipeline.publish.layout import Held, HeldReason, Manifest, TableEntry
from pipeline.settings import Settings
from pipeline.workspace import Workspace

SCHEMAS = ("marts", "reporting")
# The name sorts outside every tenant id, so a reader that lists tenants never meets it.
STAGING = ".staging"


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
    shutil.rmtree(staging, ignore_errors=True)
    with _warehouse(ws, settings) as connection:
        as_of = _as_of_dates(connection)
        held = _blocking_findings(connection, as_of)
        manifests = _manifests(connection, as_of)
        ready = {tenant: m for tenant, m in manifests.items() if tenant not in held}
        changed = _changed_tables(ws, ready)
        for table, tenants in changed.items():
            _split(connection, table, tenants, staging)
    for manifest in ready.values():
        _assemble(ws, manifest, staging, changed)
    # One sync for thousands of small files; an fsync each took longer than writing them.
    os.sync()
    builds = tuple(_flip(ws, manifest, settings.keep_builds) for manifest in ready.values())
    for tenant, reasons in held.items():
        fsio.write_text(ws.published(tenant) / layout.HELD, reasons.model_dump_json(indent=2))
    shutil.rmtree(staging, ignore_errors=True)
    return PublishResult(builds, tuple(held.values()))


@contextmanager
def _warehouse(ws: Workspace, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    temporary = ws.path("state", "duckdb_temp")
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        "temp_directory": str(temporary),
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(str(ws.warehouse_file), read_only=True, config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # One open file a tenant: a file that is closed early goes on under a second name.
        connection.execute("SET partitioned_write_max_open_files = 100000")
        yield connection


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Published name -> qualified, quoted name in the warehouse."""
    rows = connection.execute(
        "SELECT table_name, table_schema FROM information_schema.tables"
        " WHERE table_schema IN (SELECT unnest(?)) ORDER BY table_name",
        [list(SCHEMAS)],
    ).fetchall()
    if not rows:
        raise BuildError("the warehouse has no marts to publish: run `milepost refresh --full`")
    return {name: f'"{schema}"."{name}"' for name, schema in rows}


def _as_of_dates(connection: duckdb.DuckDBPyConnection) -> dict[str, date]:
    return dict(
        connection.execute("SELECT tenant_id, as_of_date FROM marts.tenants ORDER BY 1").fetchall()
    )


def _blocking_findings(
    connection: duckdb.DuckDBPyConnection, as_of: Mapping[str, date]
) -> dict[str, Held]:
    rows = connection.execute(
        "SELECT tenant_id, check_name, failures, sample, owner_hint FROM marts.data_checks"
        " WHERE is_blocking AND failures > 0 ORDER BY ALL"
    ).fetchall()
    reasons: dict[str, list[HeldReason]] = {}
    for tenant, check_name, failures, sample, hint in rows:
        reason = HeldReason(
            check_name=check_name, failures=failures, sample=sample, owner_hint=hint
        )
        reasons.setdefault(tenant, []).append(reason)
    return {
        tenant: Held(tenant=tenant, as_of=as_of[tenant], reasons=tuple(found))
        for tenant, found in reasons.items()
    }


def _manifests(
    connection: duckdb.DuckDBPyConnection, as_of: Mapping[str, date]
) -> dict[str, Manifest]:
    """What each tenant's build would hold, from one pass over each table."""
    entries: dict[str, dict[str, TableEntry]] = {tenant: {} for tenant in as_of}
    empty = TableEntry(rows=0, fingerprint="")
    for name, qualified in _tables(connection).items():
        rows = connection.execute(
            f"SELECT tenant_id, count(*), sum(hash(t))::VARCHAR FROM {qualified} AS t GROUP BY 1"  # noqa: S608
        ).fetchall()
        # A table of other columns is another table, even if no row says so.
        columns = connection.execute(f"DESCRIBE {qualified}").fetchall()
        shape = hashlib.sha256(repr([column[:2] for column in columns]).encode()).hexdigest()[:12]
        found = {
            tenant: TableEntry(rows=count, fingerprint=f"{shape}-{total}")
            for tenant, count, total in rows
        }
        unknown = set(found) - set(as_of)
        if unknown:
            raise BuildError(f"{name} has rows of unknown tenants: {sorted(map(str, unknown))}")
        for tenant, tables in entries.items():
            tables[name] = found.get(tenant, empty.model_copy(update={"fingerprint": shape}))
    return {
        tenant: Manifest(
            tenant=tenant,
            as_of=as_of[tenant],
            tables=tables,
            build_id=_build_id(tenant, as_of[tenant], tables),
        )
        for tenant, tables in entries.items()
    }


def _build_id(tenant: str, as_of: date, tables: Mapping[str, TableEntry]) -> str:
    content = repr((tenant, [(n, e.rows, e.fingerprint) for n, e in sorted(tables.items())]))
    return f"{as_of:%Y%m%d}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _changed_tables(ws: Workspace, manifests: Mapping[str, Manifest]) -> dict[str, list[str]]:
    """Table -> the tenants whose current build has other rows in it."""
    changed: dict[str, list[str]] = {}
    for tenant, manifest in manifests.items():
        current = layout.current_manifest(ws, tenant)
        for name, entry in manifest.tables.items():
            if current is None or current.tables.get(name) != entry:
                changed.setdefault(name, []).append(tenant)
    return changed


def _split(
    connection: duckdb.DuckDBPyConnection, table: str, tenants: list[str], staging: Path
) -> None:
    """Write `staging/<table>/tenant_id=<tenant>/data_0.parquet` for each, and the empty table."""
    folder = staging / table
    folder.mkdir(parents=True)
    qualified = _tables(connection)[table]
    connection.execute(
        f"COPY (SELECT * FROM {qualified} LIMIT 0) TO '{_quoted(folder / 'empty.parquet')}'"  # noqa: S608
        " (FORMAT parquet)"
    )
    connection.execute(
        f"COPY (SELECT * FROM {qualified} WHERE tenant_id IN (SELECT unnest($tenants)))"  # noqa: S608
        f" TO '{_quoted(folder)}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (tenant_id),"
        " WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true)",
        {"tenants": tenants},
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _assemble(
    ws: Workspace, manifest: Manifest, staging: Path, changed: Mapping[str, list[str]]
) -> None:
    """Put the build's folder in place: new files moved in, unchanged ones linked."""
    target = layout.builds_dir(ws, manifest.tenant) / manifest.build_id
    current = layout.current_link(ws, manifest.tenant)
    if current.resolve() == target:
        return
    folder = staging / "builds" / manifest.tenant
    folder.mkdir(parents=True)
    for name in manifest.tables:
        file = folder / f"{name}.parquet"
        if manifest.tenant not in changed.get(name, ()):
            os.link(current / file.name, file)
            continue
        written = sorted((staging / name / f"tenant_id={manifest.tenant}").glob("*.parquet"))
        if len(written) > 1:
            raise BuildError(f"{name} of {manifest.tenant} was split into {len(written)} files")
        if written:
            written[0].rename(file)
        else:
            os.link(staging / name / "empty.parquet", file)
    (folder / layout.MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        # Of an older as-of run, or of a run that died before the sync: same content, maybe cut.
        target.rename(staging / "builds" / f"{manifest.tenant}-replaced")
    folder.rename(target)


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
        fsio.sync_folder(link.parent)
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
            shutil.rmtree(build)
