"""PostgreSQL sessions over ADBC, which copies in binary and hands on Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from pipeline.config.source import DatabaseSource
from pipeline.sources.databases.address import checked, is_key_value
from pipeline.sources.databases.session import (
    Clock,
    Lost,
    Session,
    SourceColumn,
    Unreadable,
    quoted,
)

# SQLSTATE classes of connections that broke off or a server that stops and starts.
_LOST = ("08", "57P")
# Types that arrive in Arrow as they are; of all others their text.
_AS_IT_IS = frozenset(
    ("text", "varchar", "bool", "int2", "int4", "int8", "date", "timestamp", "timestamptz")
)
_INSTANT = {"timestamptz": True, "timestamp": False}
_COLUMNS = """
    SELECT a.attname::text, coalesce(b.typname, t.typname)::text
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
    WHERE a.attrelid = to_regclass({table}) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_KEY = """
    SELECT a.attname::text FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indrelid = to_regclass({table}) AND i.indisprimary
"""
# Other sessions' transactions are visible to members of pg_read_all_stats only; for other logins
# the overlap alone has to cover them, which doctor says.
_CLOCK = """
    SELECT clock_timestamp(), least(clock_timestamp(), (
        SELECT min(xact_start) FROM pg_catalog.pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    ))
"""


@contextmanager
def session(name: str, url: str, source: DatabaseSource) -> Iterator[PostgresSession]:
    """One snapshot; it ends with the block."""
    if not is_key_value(url):
        checked(name, source.url_env, url, ("postgresql", "postgres"))
    with _explained(name, source):
        connection = adbc.connect(url)
    try:
        with _explained(name, source), connection.cursor() as cursor:
            cursor.execute(_CLOCK)
            # ADBC types the columns as PostgreSQL does: both are timestamptz.
            (row,) = cursor.fetchall()
            connection.rollback()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            milliseconds = source.statement_timeout_seconds * 1000
            for setting in (
                f"statement_timeout = {milliseconds}",
                "timezone = 'UTC'",
                "datestyle = 'ISO, YMD'",
                "extra_float_digits = 1",
            ):
                cursor.execute(f"SET LOCAL {setting}")
            if source.schema_name:
                path = source.schema_name.replace('"', '""')
                cursor.execute(f'SET LOCAL search_path = "{path}"')
        now, oldest = (at.astimezone(UTC) for at in row)
        yield PostgresSession(name, source, connection, Clock(now, oldest))
    finally:
        # If the server is gone, the session is gone with it.
        with suppress(adbc_driver_manager.Error):
            connection.close()


class PostgresSession(Session):
    def columns(self, table: str) -> list[SourceColumn]:
        found = self.rows(_COLUMNS.format(table=self.text(self.name(table))))
        return [
            SourceColumn(name, kind, self._expression(name, kind), _INSTANT.get(kind))
            for name, kind in found
        ]

    def key(self, table: str) -> list[str]:
        return [name for (name,) in self.rows(_KEY.format(table=self.text(self.name(table))))]

    def size(self, table: str) -> int:
        # Of a partitioned table or a view nothing lies in the relation itself: 0.
        name = self.text(self.name(table))
        ((size,),) = self.rows(f"SELECT pg_relation_size(to_regclass({name}))")
        return int(size or 0)

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        with self.explained(), self._connection.cursor() as cursor:
            cursor.execute(query)
            yield from cursor.fetch_record_batch()

    def explained(self) -> AbstractContextManager[None]:
        return _explained(self._source_name, self._source)

    def text(self, value: str) -> str:
        # E'' is needed only for backslashes; standard_conforming_strings is on since 9.1.
        return "'" + value.replace("\0", "").replace("'", "''") + "'"

    def moment(self, at: datetime, column: SourceColumn) -> str:
        return f"{column.kind} '{at.isoformat(sep=' ')}'"

    def may_write(self) -> str | None:
        tables = self.rows(
            "SELECT c.oid::regclass::text FROM pg_catalog.pg_class c"
            " WHERE c.relkind IN ('r', 'p') AND c.relname LIKE 'sales%'"
            " AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1"
        )
        return ", ".join(name for (name,) in tables) or None

    def _expression(self, name: str, kind: str) -> str:
        return quoted(name) if kind in _AS_IT_IS else f"{quoted(name)}::text"


@contextmanager
def _explained(name: str, source: DatabaseSource) -> Iterator[None]:
    """The driver's errors in our words."""
    try:
        yield
    except adbc_driver_manager.Error as error:
        state = error.sqlstate or ""
        says = _sentence(error)
        if not state or state.startswith(_LOST):
            raise Lost(f"source {name}: no connection: {says}") from None
        if state == "57014":
            raise Unreadable(
                f"source {name}: a query took longer than {source.statement_timeout_seconds} s"
                " (statement_timeout_seconds) and was stopped"
            ) from None
        raise Unreadable(f"source {name}: {says}") from None


def _sentence(error: Exception) -> str:
    """The server's message without the driver's wrapping, on one line."""
    text = " ".join(str(error).split())
    return text.split("ERROR: ")[-1].split(" SQLSTATE")[0][:400]
