"""What publish needs of the built warehouse: whose rows, what changed, what blocks, and the split.

The warehouse is opened read-only. Nothing here knows where a tenant's builds are kept.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from pipeline.errors import BuildError
from pipeline.publish.layout import Held, HeldReason, Manifest, TableEntry
from pipeline.settings import DBT_PROJECT_DIR, Settings
from pipeline.workspace import Workspace

SCHEMAS = ("marts", "reporting")


@contextmanager
def open_warehouse(ws: Workspace, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
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


def as_of_dates(connection: duckdb.DuckDBPyConnection) -> dict[str, date]:
    return dict(
        connection.execute("SELECT tenant_id, as_of_date FROM marts.tenants ORDER BY 1").fetchall()
    )


def blocking_findings(
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


def manifests(
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


def split(
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


def remove_if_of_other_models(ws: Workspace) -> None:
    """Remove a warehouse that other models than today's built."""
    built_by = ws.warehouse_file.with_name("models.sha256")
    models = _models_fingerprint()
    if built_by.is_file() and built_by.read_text(encoding="utf-8") == models:
        return
    for file in (ws.warehouse_file, ws.warehouse_file.with_name(f"{ws.warehouse_file.name}.wal")):
        file.unlink(missing_ok=True)
    built_by.write_text(models, encoding="utf-8")


def _models_fingerprint() -> str:
    """SHA-256 of every file that says what the models are, with its name."""
    digest = hashlib.sha256()
    for folder in ("models", "macros", "seeds"):
        for path in sorted((DBT_PROJECT_DIR / folder).rglob("*")):
            if path.suffix in (".sql", ".csv"):
                digest.update(f"{path.relative_to(DBT_PROJECT_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
