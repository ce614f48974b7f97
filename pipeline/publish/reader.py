"""The only door to published data: one tenant's current build, and no file outside it.

The connection can open the files of that one build and nothing else: no other tenant's, no network,
no extension. A forgotten filter cannot leak because there is nothing else to read.
"""

import fcntl
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import duckdb

from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.publish import layout
from pipeline.publish.layout import MANIFEST, Manifest

Row = dict[str, Any]


def as_rows(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """What a query returned as dicts of Python values, by the columns' names."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


class Published:
    """One complete build of one tenant, read-only; a context manager."""

    def __init__(self, build: Path, lock: IO[str]) -> None:
        self._lock = lock
        self.manifest = Manifest.model_validate_json((build / MANIFEST).read_text("utf-8"))
        self._connection = _connect(build, self.manifest)

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
        except duckdb.Error as error:
            raise MilepostError(
                f"{error}\nThe tables of {self.tenant} are: {', '.join(self.manifest.tables)}"
            ) from error

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


def open_published(ws: Workspace, tenant: str) -> Published:
    """Open the tenant's current build; it stays complete while open, whatever is published.

    Raises MilepostError before the tenant's first build.
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
            return Published(build, lock)
        lock.close()


def _connect(build: Path, manifest: Manifest) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    folder = str(build).replace("'", "''")
    for name, entry in manifest.tables.items():
        files = [layout.table_file(name, part) for part in entry.contents]
        listed = ", ".join(f"'{folder}/{file}'" for file in files)
        connection.execute(
            f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{listed}])'  # noqa: S608
        )
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
