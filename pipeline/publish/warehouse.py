"""What publish needs of the built warehouse: whose rows, what changed, what blocks, and the split.

The warehouse is opened read-only. Nothing here knows where a tenant's builds are kept.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from pipeline.errors import BuildError
from pipeline.publish.layout import Held, HeldReason, Manifest, TableEntry
from pipeline.settings import DBT_PROJECT_DIR, Settings
from pipeline.workspace import Workspace

SCHEMAS = ("marts", "reporting")
PRINTS = ("prints",)
# The part of a table without rows, and the file with its columns.
NO_ROWS = "empty"
EMPTY_FILE = "empty.parquet"


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
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        if not _tables(connection):
            raise BuildError("the warehouse has no marts to publish: run `milepost refresh --full`")
        yield connection


def _tables(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str] = SCHEMAS
) -> dict[str, str]:
    """Name -> qualified, quoted name in the warehouse."""
    rows = connection.execute(
        "SELECT table_name, table_schema FROM information_schema.tables"
        " WHERE table_schema IN (SELECT unnest(?)) ORDER BY table_name",
        [list(schemas)],
    ).fetchall()
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
    connection: duckdb.DuckDBPyConnection, as_of: Mapping[str, date], models: str, threads: int
) -> dict[str, Manifest]:
    """What each tenant's build would hold, from one pass over each table.

    For the largest tables the models themselves say what is in them (schema `prints`, from the
    hashes of the landed rows); as that says nothing of the SQL, `models` is the fingerprint of all.
    """
    tables, prints = _tables(connection), _tables(connection, PRINTS)

    def entries(name: str) -> dict[str, TableEntry]:
        cursor = connection.cursor()
        # A table of other columns is another table, even if no row says so.
        columns = cursor.execute(f"DESCRIBE {tables[name]}").fetchall()
        shape = hashlib.sha256(repr([column[:2] for column in columns]).encode()).hexdigest()[:12]
        if name in prints:
            shape += f"-{models[:12]}"
            found = _printed(cursor, prints[name], shape)
        else:
            found = _hashed(cursor, tables[name], shape)
        unknown = set(found) - set(as_of)
        if unknown:
            raise BuildError(f"{name} has rows of unknown tenants: {sorted(map(str, unknown))}")
        empty = TableEntry(rows=0, fingerprint=shape)
        if name in prints:
            empty = empty.model_copy(update={"parts": {NO_ROWS: empty}})
        return {tenant: found.get(tenant, empty) for tenant in as_of}

    with ThreadPoolExecutor(max_workers=threads) as pool:
        by_table = dict(zip(tables, pool.map(entries, tables), strict=True))
    by_tenant = {
        tenant: {name: found[tenant] for name, found in by_table.items()} for tenant in as_of
    }
    return {
        tenant: Manifest(
            tenant=tenant,
            as_of=as_of[tenant],
            tables=found,
            build_id=_build_id(tenant, as_of[tenant], found),
        )
        for tenant, found in by_tenant.items()
    }


def _hashed(cursor: duckdb.DuckDBPyConnection, table: str, shape: str) -> dict[str, TableEntry]:
    rows = cursor.execute(
        f"SELECT tenant_id, count(*), sum(hash(t))::VARCHAR FROM {table} AS t GROUP BY 1"  # noqa: S608
    ).fetchall()
    return {
        tenant: TableEntry(rows=count, fingerprint=f"{shape}-{total}")
        for tenant, count, total in rows
    }


def _printed(cursor: duckdb.DuckDBPyConnection, prints: str, shape: str) -> dict[str, TableEntry]:
    """From rows of tenant_id, part, row_count and print (a number; those of parts add up)."""
    rows = cursor.execute(
        f"SELECT tenant_id, part, row_count, print::HUGEINT FROM {prints} ORDER BY ALL"  # noqa: S608
    ).fetchall()
    parts: dict[str, dict[str, tuple[int, int]]] = {}
    for tenant, part, count, total in rows:
        parts.setdefault(tenant, {})[part] = (count, total)
    return {
        tenant: TableEntry(
            rows=sum(count for count, _ in found.values()),
            fingerprint=f"{shape}-{sum(total for _, total in found.values())}",
            parts={
                part: TableEntry(rows=count, fingerprint=f"{shape}-{total}")
                for part, (count, total) in found.items()
            },
        )
        for tenant, found in parts.items()
    }


def _build_id(tenant: str, as_of: date, tables: Mapping[str, TableEntry]) -> str:
    content = repr((tenant, [(n, e.rows, e.fingerprint) for n, e in sorted(tables.items())]))
    return f"{as_of:%Y%m%d}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def split(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    part: str | None,
    tenants: list[str],
    folder: Path,
) -> None:
    """Write `folder/tenant_id=<tenant>/data_0.parquet` for each tenant, and an empty table.

    `part` is the beginning of the ids of the batches whose rows are wanted; None for all rows.
    """
    folder.mkdir(parents=True)
    cursor = connection.cursor()
    # One open file a tenant: a file that is closed early goes on under a second name.
    cursor.execute("SET partitioned_write_max_open_files = 100000")
    qualified = _tables(cursor)[table]
    cursor.execute(
        f"COPY (SELECT * FROM {qualified} LIMIT 0) TO '{_quoted(folder / EMPTY_FILE)}'"  # noqa: S608
        " (FORMAT parquet)"
    )
    # A range, by which whole files are skipped; ids are digits and letters.
    wanted = "" if part is None else " AND batch_id >= $part AND batch_id < $part || '~'"
    cursor.execute(
        f"COPY (SELECT * FROM {qualified} WHERE tenant_id IN (SELECT unnest($tenants)){wanted})"  # noqa: S608
        f" TO '{_quoted(folder)}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,"
        " PARTITION_BY (tenant_id), WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true)",
        {"tenants": tenants, **({} if part is None else {"part": part})},
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def remove_if_of_other_models(ws: Workspace) -> None:
    """Remove a warehouse that other models than today's built."""
    built_by = ws.warehouse_file.with_name("models.sha256")
    models = models_fingerprint()
    if built_by.is_file() and built_by.read_text(encoding="utf-8") == models:
        return
    for file in (ws.warehouse_file, ws.warehouse_file.with_name(f"{ws.warehouse_file.name}.wal")):
        file.unlink(missing_ok=True)
    built_by.write_text(models, encoding="utf-8")


def models_fingerprint() -> str:
    """SHA-256 of every file that says what the models are, with its name."""
    digest = hashlib.sha256()
    for folder in ("models", "macros", "seeds"):
        for path in sorted((DBT_PROJECT_DIR / folder).rglob("*")):
            if path.suffix in (".sql", ".csv"):
                digest.update(f"{path.relative_to(DBT_PROJECT_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
