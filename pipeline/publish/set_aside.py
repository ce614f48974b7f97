"""A tenant whose rows stop a model is found, named and left out, so that the others go on.

A model fails as a whole, for all tenants. After a failure the model's own SQL is run again on the
tables that were built before it, with some of the tenants at a time, and then with fewer and fewer
rows of one table: that names the tenant, the table and the key at which it stops. The tenants found
are noted in a file that the next run of dbt reads; `publish` holds them back.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.publish.layout import Held, HeldReason

CHECK = "rows_stop_a_model"
HINT = (
    "Correct or delete that record at its source and deliver it again; until then the tenant keeps"
    " its last figures. {model} says: {message}"
)
# What rows can cause. Out of memory, a full disk or wrong SQL is nobody's row.
CAUSED_BY_ROWS = (duckdb.DataError, duckdb.InvalidInputException, duckdb.ConstraintException)
# A row's key, the most telling first.
KEYS = (
    *("entry_id", "booking_id", "milestone_id", "engagement_id", "campaign_spend_id", "lead_id"),
    *("customer_id", "campaign_id", "user_id", "lead_source_id", "id"),
)
_WAREHOUSE, _BUILT = "warehouse", "built_before"


@dataclass(frozen=True)
class Stopped:
    """One tenant, the model at which it stopped, and the row without which it would not have."""

    tenant: str
    as_of: date
    model: str
    message: str
    table: str | None = None
    key: str | None = None

    def held(self) -> Held:
        where = f"{self.table} {self.key}" if self.table else self.model
        reason = HeldReason(
            check_name=CHECK,
            failures=1,
            sample=where,
            owner_hint=HINT.format(model=self.model, message=self.message),
        )
        return Held(tenant=self.tenant, as_of=self.as_of, reasons=(reason,))


def forget(ws: Workspace) -> None:
    """Before a build: every tenant is tried again."""
    _file(ws).unlink(missing_ok=True)


def held(ws: Workspace) -> dict[str, Held]:
    """The tenants that the last build left out, and why."""
    try:
        noted = json.loads(_file(ws).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {tenant: Held.model_validate(reasons) for tenant, reasons in noted.items()}


def note_stopped(ws: Workspace, target: Path) -> bool:
    """After a failed build: note the tenants that stopped it; False if it was no tenant's rows.

    `target` is where dbt left its manifest and the results of the run.
    """
    found = {stopped.tenant: stopped.held() for stopped in _stopped(ws, target)}
    noted = held(ws)
    if not found or found.keys() <= noted.keys():
        return False
    told = {tenant: one.model_dump(mode="json") for tenant, one in (noted | found).items()}
    _file(ws).parent.mkdir(parents=True, exist_ok=True)
    atomic_files.write_text(_file(ws), json.dumps(told, indent=2))
    return True


def _file(ws: Workspace) -> Path:
    return ws.path("state", "dbt", "set_aside.json")


def _stopped(ws: Workspace, target: Path) -> Iterator[Stopped]:
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    except (FileNotFoundError, ValueError):
        return
    failed = [result for result in results if result["status"] in ("error", "fail")]
    if not failed or not ws.warehouse_file.is_file():
        return
    with duckdb.connect() as connection:
        tables = _shadow(connection, ws)
        known = _as_of_dates(connection)
        for result in failed:
            node = nodes.get(result["unique_id"], {})
            sql = result.get("compiled_code") or ""
            if node.get("resource_type") == "model":
                trial = _Trial(connection, sql, tables, _parents(node, nodes))
                yield from trial.stopped(node["name"], known)
            elif node.get("resource_type") == "test":
                yield from _broken(connection, sql, node["name"], known)


def _shadow(connection: duckdb.DuckDBPyConnection, ws: Workspace) -> dict[str, set[str]]:
    """Views under the names that the models' SQL uses: only rows of the tenants under trial.

    Returns each table's columns by its qualified name.
    """
    path = str(ws.warehouse_file).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS {_BUILT} (READ_ONLY)")
    connection.execute(f"ATTACH ':memory:' AS {_WAREHOUSE}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET VARIABLE tenants = []::VARCHAR[]")
    connection.execute("SET VARIABLE one_table = ''")
    connection.execute("SET VARIABLE last_key = ''")
    found: dict[str, set[str]] = {}
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE database_name = ? AND NOT internal",
        [_BUILT],
    ).fetchall()
    for schema, table, column in rows:
        found.setdefault(f"{schema}.{table}", set()).add(column)
    for schema in sorted({name.split(".", 1)[0] for name in found}):
        connection.execute(f'CREATE SCHEMA {_WAREHOUSE}."{schema}"')
    waiting = sorted(found)
    # A view needs those that it reads; one over a table that was not built stays out.
    while waiting:
        left = [name for name in waiting if not _show(connection, name, found[name])]
        if left == waiting:
            break
        waiting = left
    return found


def _show(connection: duckdb.DuckDBPyConnection, name: str, columns: set[str]) -> bool:
    """Make the view of one table; False if what it reads is not there (yet)."""
    conditions = ["true"]
    if "tenant_id" in columns:
        conditions.append("list_contains(getvariable('tenants'), tenant_id)")
    if key := _key(columns):
        conditions.append(
            f"(getvariable('one_table') <> '{name}'"
            f" OR CAST(\"{key}\" AS VARCHAR) <= getvariable('last_key'))"
        )
    try:
        connection.execute(
            f"CREATE VIEW {_WAREHOUSE}.{name} AS"  # noqa: S608
            f" SELECT * FROM {_BUILT}.{name} WHERE {' AND '.join(conditions)}"
        )
    except duckdb.CatalogException:
        return False
    return True


def _key(columns: set[str]) -> str | None:
    return next((key for key in KEYS if key in columns), None)


def _as_of_dates(connection: duckdb.DuckDBPyConnection) -> dict[str, date]:
    try:
        rows = connection.execute(
            f"SELECT tenant_id, as_of_date FROM {_BUILT}.staging.stg_tenants"  # noqa: S608
        ).fetchall()
    except duckdb.CatalogException:
        return {}
    return dict(rows)


def _parents(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> list[str]:
    """The tables that a model reads, those nearest to the source first."""
    read = [nodes[key] for key in node["depends_on"]["nodes"] if key in nodes]
    names = [f"{parent['schema']}.{parent['name']}" for parent in read]
    return sorted(set(names), key=lambda name: (not name.startswith("staging."), name))


def _broken(
    connection: duckdb.DuckDBPyConnection, sql: str, name: str, known: Mapping[str, date]
) -> Iterator[Stopped]:
    """Whose rows a data test found; the SQL gives the rows that break it."""
    connection.execute("SET VARIABLE one_table = ''")
    _try_tenants(connection, list(known))
    try:
        cursor = connection.execute(sql)
    except duckdb.Error:
        return
    columns = [column[0] for column in cursor.description or ()]
    if "tenant_id" not in columns:
        return
    key, place = _key(set(columns)), columns.index("tenant_id")
    for row in cursor.fetchall():
        if (tenant := row[place]) in known:
            where = str(row[columns.index(key)]) if key else None
            says = "a rule that every row must keep is broken"
            yield Stopped(tenant, known[tenant], name, says, key and name, where)


def _try_tenants(connection: duckdb.DuckDBPyConnection, tenants: Sequence[str]) -> None:
    connection.execute("SET VARIABLE tenants = ?::VARCHAR[]", [list(tenants)])


@dataclass(frozen=True)
class _Trial:
    """One failed model, run again on parts of its input."""

    connection: duckdb.DuckDBPyConnection
    sql: str
    tables: Mapping[str, set[str]]
    parents: Sequence[str]

    def stopped(self, model: str, known: Mapping[str, date]) -> Iterator[Stopped]:
        if self._error([]):
            return
        for tenant in self._tenants(sorted(known)):
            message = self._error([tenant]) or ""
            table, key = self._row(tenant)
            yield Stopped(tenant, known[tenant], model, message, table, key)

    def _tenants(self, tenants: Sequence[str]) -> list[str]:
        """Those of the tenants with whose rows the model fails."""
        if not tenants or not self._error(tenants):
            return []
        if len(tenants) == 1:
            return list(tenants)
        middle = len(tenants) // 2
        return self._tenants(tenants[:middle]) + self._tenants(tenants[middle:])

    def _row(self, tenant: str) -> tuple[str | None, str | None]:
        """The first key, in order, with which the model fails, of the first table that has one."""
        for name in self.parents:
            key = _key(self.tables.get(name, set()))
            if key is None or "tenant_id" not in self.tables[name]:
                continue
            rows = self.connection.execute(
                f'SELECT DISTINCT CAST("{key}" AS VARCHAR) AS key'  # noqa: S608
                f" FROM {_BUILT}.{name} WHERE tenant_id = ? AND key IS NOT NULL ORDER BY key",
                [tenant],
            ).fetchall()
            keys = [row[0] for row in rows]
            if not keys or self._error([tenant], name, ""):
                continue
            passing, failing = -1, len(keys) - 1
            while failing - passing > 1:
                middle = (passing + failing) // 2
                if self._error([tenant], name, keys[middle]):
                    failing = middle
                else:
                    passing = middle
            return name.split(".", 1)[1].removeprefix("stg_"), keys[failing]
        return None, None

    def _error(self, tenants: Sequence[str], table: str = "", last_key: str = "") -> str | None:
        """What the model says of these tenants' rows; None if it is built, or fails otherwise."""
        _try_tenants(self.connection, tenants)
        self.connection.execute("SET VARIABLE one_table = ?", [table])
        self.connection.execute("SET VARIABLE last_key = ?", [last_key])
        try:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE trial AS {self.sql}")
        except CAUSED_BY_ROWS as error:
            return str(error).splitlines()[0]
        except duckdb.Error:
            return None
        return None
