"""MySQL and MariaDB sessions over PyMySQL: rows as text, streamed, gathered into Arrow batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, unquote

import pyarrow as pa
import pymysql
from pymysql.constants import CR, ER
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from pipeline.config.source import DatabaseSource
from pipeline.sources.databases.address import checked
from pipeline.sources.databases.session import (
    Clock,
    Lost,
    Session,
    SourceColumn,
    Unreadable,
    quoted,
)

_BATCH = 20_000
_LOST = {
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_CONNECTION_ERROR,
    CR.CR_SERVER_LOST_EXTENDED,
    ER.SERVER_SHUTDOWN,
    ER.NEW_ABORTING_CONNECTION,
    ER.CON_COUNT_ERROR,
    0,
}
# MySQL's and MariaDB's codes of a statement that exceeded its time.
_TOO_LONG = {3024, 1969}
# `timestamp` is kept in UTC and shown in the session's zone, which is UTC; `datetime` has no zone.
_INSTANT = {"timestamp": True, "datetime": False}
_COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = {schema} AND table_name = {table} ORDER BY ordinal_position
"""
_KEY = """
    SELECT column_name FROM information_schema.key_column_usage
    WHERE table_schema = {schema} AND table_name = {table} AND constraint_name = 'PRIMARY'
    ORDER BY ordinal_position
"""
_SIZE = """
    SELECT data_length FROM information_schema.tables
    WHERE table_schema = {schema} AND table_name = {table}
"""
_GRANT = re.compile(r"GRANT (?P<what>.+?) ON (?:TABLE )?(?P<where>.+?) TO ", re.DOTALL)
_RISKY = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE")
# In the server's zone, in which trx_started is shown: how many seconds ago.
_OLDEST = "SELECT TIMESTAMPDIFF(SECOND, min(trx_started), now()) FROM information_schema.innodb_trx"


@contextmanager
def session(name: str, url: str, source: DatabaseSource) -> Iterator[MysqlSession]:
    """One snapshot; it ends with the block."""
    with _explained(name, source):
        connection = pymysql.connect(**_arguments(name, url, source))
    try:
        with _explained(name, source), connection.cursor() as cursor:
            clock = _clock(cursor)
            # A driver that shows a wrong zone or invents a date would be worse than an error.
            cursor.execute("SET SESSION time_zone = '+00:00', sql_mode = 'ANSI_QUOTES'")
            _limit_time(cursor, source.statement_timeout_seconds)
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield MysqlSession(name, source, connection, clock)
    finally:
        with suppress(pymysql.err.Error, OSError):
            connection.close()


class MysqlSession(Session):
    def columns(self, table: str) -> list[SourceColumn]:
        return [
            SourceColumn(name, kind, self._expression(name, kind), _INSTANT.get(kind))
            for name, kind in self.rows(_COLUMNS.format(**self._place(table)))
        ]

    def key(self, table: str) -> list[str]:
        return [name for (name,) in self.rows(_KEY.format(**self._place(table)))]

    def size(self, table: str) -> int:
        ((size,),) = self.rows(_SIZE.format(**self._place(table))) or [(0,)]
        return int(size or 0)

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        # Without converters every value stays the text that the server sent.
        cursor = self._connection.cursor(SSCursor)
        try:
            with self.explained():
                cursor.execute(query)
                names = [column[0] for column in cursor.description]
                while rows := self._next(cursor):
                    columns = zip(*rows, strict=True)
                    arrays = [pa.array(column, pa.string()) for column in columns]
                    yield pa.RecordBatch.from_arrays(arrays, names)
                # Only here: closing reads what is left, and of a server that is gone the driver
                # cannot. It would try once more when the cursor is thrown away.
                cursor.close()
        finally:
            cursor.connection = None

    def _next(self, cursor: Any) -> list[tuple[Any, ...]]:
        """The next rows. Of a server that is gone the driver has no socket to read any more."""
        try:
            return list(islice(cursor, _BATCH))
        except AttributeError as error:
            if self._connection.open:
                raise
            raise Lost(f"source {self._source_name}: no connection: {error}") from None

    def explained(self) -> AbstractContextManager[None]:
        return _explained(self._source_name, self._source)

    def text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

    def moment(self, at: datetime, _: SourceColumn) -> str:
        return f"TIMESTAMP '{at.replace(tzinfo=None).isoformat(sep=' ')}'"

    def may_write(self) -> str | None:
        [(database,)] = self.rows("SELECT DATABASE()")
        grants = [_GRANT.match(str(grant)) for (grant,) in self.rows("SHOW GRANTS")]
        # Every login may write in the databases named test, by the grants of an installation.
        ours = [grant for grant in grants if grant and _covers(grant["where"], str(database))]
        found = sorted({word for grant in ours for word in _RISKY if word in grant["what"]})
        return ", ".join(found) or None

    def _place(self, table: str) -> dict[str, str]:
        schema, _, name = table.rpartition(".")
        schema = schema or self._source.schema_name or ""
        return {
            "schema": self.text(schema) if schema else "DATABASE()",
            "table": self.text(name),
        }

    def _expression(self, name: str, kind: str) -> str:
        if kind == "timestamp":
            return f"CONCAT({quoted(name)}, 'Z')"
        if kind == "bit":
            return f"{quoted(name)} + 0"
        if kind in ("binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"):
            # Ids are sometimes kept as 16 bytes; as text they are what UUIDs look like undashed.
            return f"LOWER(HEX({quoted(name)}))"
        return quoted(name)


def _covers(where: str, database: str) -> bool:
    """Whether a grant on `*.*`, `database.*`, `like\\_this%.*` or a table is on our database."""
    # The session has ANSI_QUOTES, so that names stand in double quotes.
    granted = where.rpartition(".")[0].strip('`"').replace("``", "`")
    if granted == "*":
        return True
    pattern = ""
    letters = iter(granted)
    for letter in letters:
        if letter == "\\":
            pattern += re.escape(next(letters, ""))
        else:
            pattern += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
    return re.fullmatch(pattern, database, re.IGNORECASE) is not None


def _arguments(name: str, url: str, source: DatabaseSource) -> dict[str, Any]:
    parts = checked(name, source.url_env, url, ("mysql", "mariadb"))
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    ca = options.get("ssl-ca") or options.get("ssl_ca")
    return {
        "host": parts.hostname,
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": source.schema_name or unquote(parts.path.lstrip("/")) or None,
        "charset": "utf8mb4",
        "connect_timeout": 15,
        "read_timeout": source.statement_timeout_seconds + 30,
        # Python's values are written for the server, but the server's stay the text they are.
        "conv": encoders,
        **({"ssl": {"ca": ca}} if ca else {}),
    }


def _clock(cursor: Any) -> Clock:
    cursor.execute("SELECT UTC_TIMESTAMP(6)")
    ((text,),) = cursor.fetchall()
    now = datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    try:
        cursor.execute(_OLDEST)
        ((seconds,),) = cursor.fetchall()
    except pymysql.err.OperationalError as error:
        # Without the PROCESS privilege the overlap alone has to cover open transactions.
        if error.args[0] not in (ER.SPECIFIC_ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR):
            raise
        seconds = None
    # Both are cut to whole seconds, so one more is sure.
    return Clock(now, now - timedelta(seconds=int(seconds) + 1 if seconds is not None else 0))


def _limit_time(cursor: Any, seconds: int) -> None:
    cursor.execute("SELECT VERSION()")
    ((version,),) = cursor.fetchall()
    if "mariadb" in str(version).lower():
        cursor.execute(f"SET SESSION max_statement_time = {seconds}")
    else:
        cursor.execute(f"SET SESSION max_execution_time = {seconds * 1000}")


@contextmanager
def _explained(name: str, source: DatabaseSource) -> Iterator[None]:
    """The driver's errors in our words."""
    try:
        yield
    except (pymysql.err.Error, ConnectionError, TimeoutError) as error:
        code = error.args[0] if error.args else 0
        says = " ".join(str(error.args[-1] if error.args else error).split())[:400]
        if code in _TOO_LONG:
            raise Unreadable(
                f"source {name}: a query took longer than {source.statement_timeout_seconds} s"
                " (statement_timeout_seconds) and was stopped"
            ) from None
        if code in _LOST or isinstance(error, OSError):
            raise Lost(f"source {name}: no connection: {says}") from None
        raise Unreadable(f"source {name}: {says}") from None
