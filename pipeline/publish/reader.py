"""The only door to published data: one tenant's current build, and no file outside it.

The connection can open the files of that one build and nothing else: no other tenant's, no network,
no extension. A forgotten filter cannot leak because there is nothing else to read. What a person
asks must be one statement that reads, and has limits.
"""

import fcntl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import duckdb
import pyarrow as pa

from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.publish import layout
from pipeline.publish.integrity import damaged_files
from pipeline.publish.layout import MANIFEST, DamagedBuild, Manifest, read_manifest
from pipeline.publish.reading_sql import one_that_reads

Row = dict[str, Any]
# Rows that are fetched at a time, so that an answer over the limit does not fill the memory.
_BATCH = 100_000


def as_rows(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """What a query returned as dicts of Python values, by the columns' names."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


@dataclass(frozen=True)
class QueryLimits:
    """What one question of a person may take: time, memory, temporary disk, rows of its answer."""

    seconds: float = 60
    memory: str = "1GB"
    disk: str = "2GB"
    rows: int = 1_000_000
    temporary: Path | None = None


class Published:
    """One complete build of one tenant, read-only; a context manager."""

    def __init__(
        self, build: Path, lock: IO[str], *, hashed: bool = True, limits: QueryLimits | None = None
    ) -> None:
        self._lock, self._limits = lock, limits
        self.manifest = read_manifest(build)
        damaged = damaged_files(build, self.manifest) if hashed else ()
        if damaged:
            raise DamagedBuild(build, *damaged)
        try:
            self._connection = _connect(build, self.manifest, limits)
        except duckdb.Error as error:
            raise DamagedBuild(build, *_named(str(error), build)) from error

    @property
    def tenant(self) -> str:
        return self.manifest.tenant

    @property
    def build_id(self) -> str:
        return self.manifest.build_id

    @property
    def as_of(self) -> date:
        return self.manifest.as_of

    def query(
        self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> duckdb.DuckDBPyConnection:
        """The DuckDB result of one statement (fetch it as rows, Arrow or polars).

        Raises MilepostError with DuckDB's message and the tables there are.
        """
        try:
            return self._connection.execute(sql, parameters)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as error:
            raise MilepostError(f"{error}\n{self._tables}") from error

    def answer(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of the answer to a person's question: one statement that reads.

        Raises MilepostError for any other statement, and for the limit that was met.
        """
        with self._asked(sql) as (result, limits):
            names = [column[0] for column in result.description or ()]
            rows = result.fetchmany(limits.rows + 1)
            if len(rows) > limits.rows:
                raise _too_many(limits)
            return names, rows

    def answer_as_arrow(self, sql: str) -> pa.Table:
        """The answer as `answer` gives it, with the engine's own types."""
        with self._asked(sql) as (result, limits):
            reader, batches, rows = result.to_arrow_reader(_BATCH), [], 0
            for batch in reader:
                batches.append(batch)
                rows += batch.num_rows
                if rows > limits.rows:
                    raise _too_many(limits)
            return pa.Table.from_batches(batches, reader.schema)

    @contextmanager
    def _asked(self, sql: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, QueryLimits]]:
        limits = self._limits or QueryLimits()
        statement = self._one_that_reads(sql)
        timer = threading.Timer(limits.seconds, self._connection.interrupt)
        timer.start()
        try:
            yield self.query(statement), limits
        except duckdb.InterruptException:
            raise _over(f"takes longer than {limits.seconds:g} seconds", "SECONDS") from None
        except duckdb.OutOfMemoryException:
            what = f"needs more than {limits.memory} of memory and {limits.disk} of temporary disk"
            raise _over(what, "MEMORY or MILEPOST_QUERY_DISK") from None
        finally:
            timer.cancel()

    def _one_that_reads(self, sql: str) -> str:
        try:
            return one_that_reads(sql)
        except ConfigError as error:
            raise ConfigError(f"{error}\n{self._tables}") from None

    @property
    def _tables(self) -> str:
        return f"The tables of {self.tenant} are: {', '.join(self.manifest.tables)}"

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """The result as a list of dicts of Python values (Decimal, date, aware datetime in UTC)."""
        return as_rows(self.query(sql, parameters))

    def close(self) -> None:
        self._connection.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_published(
    ws: Workspace, tenant: str, *, hashed: bool = True, limits: QueryLimits | None = None
) -> Published:
    """Open the tenant's current build; it stays complete while open, whatever is published.

    Its files are hashed before a figure is taken from them; without `hashed` only what cannot be
    read is found (for an overview of many tenants). `limits` are for a person's questions.

    Raises MilepostError before the tenant's first build, DamagedBuild if a file is not as written.
    """
    link = layout.current_link(ws, tenant)
    while True:
        build = link.resolve()
        try:
            lock = (build / MANIFEST).open(encoding="utf-8")
        except FileNotFoundError:
            if link.resolve() != build:
                continue  # flipped and pruned between the two steps
            raise MilepostError(
                f"nothing is published for {tenant!r} yet: run `milepost refresh`"
            ) from None
        fcntl.flock(lock, fcntl.LOCK_SH)
        # Pruning holds the exclusive lock while it deletes; who waited for that finds no file.
        if (build / MANIFEST).exists():
            try:
                return Published(build, lock, hashed=hashed, limits=limits)
            except BaseException:
                lock.close()
                raise
        lock.close()


def _named(message: str, build: Path) -> list[str]:
    """The file that DuckDB's message names, or some file of the build."""
    files = [path.relative_to(build).as_posix() for path in sorted(build.rglob("*.parquet"))]
    return [file for file in files if file in message] or ["(one of its files)"]


def _too_many(limits: QueryLimits) -> MilepostError:
    return _over(f"has more than {limits.rows:,} rows", "ROWS")


def _over(what: str, setting: str) -> MilepostError:
    return MilepostError(
        f"the answer {what}. Ask for less (a WHERE, a LIMIT, a sum instead of rows), or raise"
        f" MILEPOST_QUERY_{setting}"
    )


def _connect(
    build: Path, manifest: Manifest, limits: QueryLimits | None
) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {"autoinstall_known_extensions": "false"}
    if limits:
        config |= {"memory_limit": limits.memory, "max_temp_directory_size": limits.disk}
        config |= {"temp_directory": str(limits.temporary)} if limits.temporary else {}
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    folder = str(build).replace("'", "''")
    allowed: list[str] = []
    for name, entry in manifest.tables.items():
        files = [layout.table_file(name, part) for part in entry.contents]
        listed = ", ".join(f"'{folder}/{file}'" for file in files)
        connection.execute(
            f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}])'  # noqa: S608
        )
        allowed.append(listed)
    # The files by name and no folder: in a folder that may be read DuckDB writes, too.
    connection.execute(f"SET allowed_paths = [{', '.join(allowed)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
