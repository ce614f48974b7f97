"""What publish needs to know of the built warehouse: whose rows, what is in them, what blocks.

The warehouse is opened read-only. Nothing here knows where a tenant's builds are kept.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import duckdb

from pipeline.config.settings import DBT_PROJECT_DIR, Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BuildError
from pipeline.publish import parts
from pipeline.publish.layout import Held, HeldReason, Manifest, TableEntry
from pipeline.publish.reader import Row, as_rows

SCHEMAS = ("marts", "reporting")
FINGERPRINTS = ("fingerprints",)
# Of one tenant's rows of a table: part (None: all of it) -> number of rows, sum of their hashes.
_Sums = dict[str | None, tuple[int, int]]


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
        if not tables_of(connection):
            raise BuildError("the warehouse has no marts to publish: run `milepost refresh --full`")
        yield connection


def tables_of(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str] = SCHEMAS
) -> dict[str, str]:
    """Name -> qualified, quoted name in the warehouse."""
    rows = connection.execute(
        "SELECT table_name, table_schema FROM information_schema.tables"
        " WHERE table_schema IN (SELECT unnest(?)) ORDER BY table_name",
        [list(schemas)],
    ).fetchall()
    return {name: f'"{schema}"."{name}"' for name, schema in rows}


def parts_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The parts of a table that is cut by batch, each the beginning of its batches' ids."""
    fingerprints = tables_of(connection, FINGERPRINTS).get(table)
    if fingerprints is None:
        return []
    rows = connection.execute(f"SELECT DISTINCT part FROM {fingerprints} ORDER BY part")  # noqa: S608
    return [part for (part,) in rows.fetchall()]


def as_of_dates(connection: duckdb.DuckDBPyConnection) -> dict[str, date]:
    return dict(
        connection.execute("SELECT tenant_id, as_of_date FROM marts.tenants ORDER BY 1").fetchall()
    )


def headlines(connection: duckdb.DuckDBPyConnection) -> dict[str, Row]:
    """Each tenant's leads, conversions, bookings and balance on its as-of day."""
    return {
        row.pop("tenant_id"): row
        for row in as_rows(
            connection.execute(
                "SELECT tenant_id, total_leads, converted_leads, total_bookings,"
                " outstanding_balance FROM reporting.v_kpi_dashboard"
            )
        )
    }


def findings(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """What the checks found of each tenant of which they found something."""
    rows = connection.execute(
        "SELECT tenant_id, check_name, severity, failures, sample, owner_hint"
        " FROM marts.data_checks WHERE failures > 0 ORDER BY tenant_id, severity, check_name"
    )
    found: dict[str, list[Row]] = {}
    for row in as_rows(rows):
        found.setdefault(row.pop("tenant_id"), []).append(row)
    return found


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

    For the largest tables the models themselves say what is in them (schema `fingerprints`, from
    the hashes of the landed rows); that says nothing of the SQL, so `models` is the fingerprint of
    all of it.
    """
    tables, fingerprints = tables_of(connection), tables_of(connection, FINGERPRINTS)

    def entries(name: str) -> dict[str, TableEntry]:
        cursor = connection.cursor()
        # A table of other columns is another table, even if no row says so.
        columns = cursor.execute(f"DESCRIBE {tables[name]}").fetchall()
        shape = hashlib.sha256(repr([column[:2] for column in columns]).encode()).hexdigest()[:12]
        if name in fingerprints:
            shape += f"-{models[:12]}"
            found = _fingerprinted(cursor, fingerprints[name])
        else:
            found = _hashed(cursor, tables[name], parts.BY_MONTH.get(name), as_of)
        unknown = set(found) - set(as_of)
        if unknown:
            raise BuildError(f"{name} has rows of unknown tenants: {sorted(map(str, unknown))}")
        none: _Sums = {parts.NO_ROWS: (0, 0)} if name in fingerprints else {}
        return {tenant: _entry(found.get(tenant, none), shape) for tenant in as_of}

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


def _fingerprinted(cursor: duckdb.DuckDBPyConnection, fingerprints: str) -> dict[str, _Sums]:
    """From rows of tenant_id, part, row_count and fingerprint (a number; those of parts add up)."""
    rows = cursor.execute(
        f"SELECT tenant_id, part, row_count, fingerprint::HUGEINT FROM {fingerprints} ORDER BY ALL"  # noqa: S608
    ).fetchall()
    found: dict[str, _Sums] = {}
    for tenant, part, count, total in rows:
        found.setdefault(tenant, {})[part] = (count, total)
    return found


def _hashed(
    cursor: duckdb.DuckDBPyConnection, table: str, cut_by: str | None, as_of: Mapping[str, date]
) -> dict[str, _Sums]:
    """From the rows themselves; `cut_by` is the date of which a month's rows are together."""
    month = parts.month_of(cut_by) if cut_by else "NULL"
    rows = cursor.execute(
        f"SELECT tenant_id, {month} AS month, count(*), sum(hash(t)) FROM {table} AS t"  # noqa: S608
        " GROUP BY ALL"
    ).fetchall()
    total: Counter[str] = Counter()
    for tenant, _, count, _ in rows:
        total[tenant] += count
    found: dict[str, _Sums] = {}
    for tenant, first, count, hashes in rows:
        cut = cut_by and tenant in as_of and total[tenant] >= parts.WORTH_CUTTING
        part = parts.part_of(first, as_of[tenant]) if cut else None
        sums = found.setdefault(tenant, {})
        before = sums.get(part, (0, 0))
        sums[part] = (before[0] + count, before[1] + hashes)
    return found


def _entry(sums: _Sums, shape: str) -> TableEntry:
    """The table's fingerprint is that of all its rows, however they are cut."""
    rows = sum(count for count, _ in sums.values())
    total = sum(hashes for _, hashes in sums.values())
    whole = TableEntry(rows=rows, fingerprint=f"{shape}-{total}" if rows else shape)
    return whole.model_copy(
        update={
            "parts": {
                part: _entry({None: of_part}, shape)
                for part, of_part in sorted(sums.items())
                if part is not None
            }
            or None
        }
    )


def _build_id(tenant: str, as_of: date, tables: Mapping[str, TableEntry]) -> str:
    content = repr((tenant, [(n, e.rows, e.fingerprint) for n, e in sorted(tables.items())]))
    return f"{as_of:%Y%m%d}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


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
