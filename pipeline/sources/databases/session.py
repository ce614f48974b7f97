"""Databases: a read-only session whose whole content is one snapshot.

What PostgreSQL and MySQL do differently is in `postgres` and `mysql`; `connect` chooses between
them. What is read of a table is `table`'s, and how it gets here whole is `extract`'s. Nothing here
writes at the source.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipeline.config.source import DatabaseSource
from pipeline.core.errors import MilepostError


class Unreadable(MilepostError):
    """The source answered, but this cannot be read; the message says what to change."""


class Lost(MilepostError):
    """The connection could not be made or broke off; trying again may help."""


@dataclass(frozen=True)
class SourceColumn:
    """A column of a source's table: its name, the database's own type name, and how to select it.

    `instant` is True for a timestamp with a zone, False for one without, None for other types.
    """

    name: str
    kind: str
    expression: str
    instant: bool | None = None


@dataclass(frozen=True)
class Clock:
    """The database's time just before the snapshot, and when its longest open transaction began.

    What commits later than the snapshot began no earlier than `oldest`.
    """

    now: datetime
    oldest: datetime


def quoted(name: str) -> str:
    """A column's name in quotes, in both databases (MySQL's session is told to read them so)."""
    return '"' + name.replace('"', '""') + '"'


class Session(ABC):
    """One read-only transaction at repeatable read."""

    def __init__(self, name: str, source: DatabaseSource, connection: Any, clock: Clock) -> None:
        self.clock = clock
        self._source_name = name
        self._source = source
        self._connection = connection

    @abstractmethod
    def columns(self, table: str) -> list[SourceColumn]:
        """Of `table` or `schema.table`; empty if there is no such table."""

    @abstractmethod
    def key(self, table: str) -> list[str]:
        """The columns of its primary key."""

    @abstractmethod
    def size(self, table: str) -> int:
        """Bytes that its rows take on the server's disk; 0 where it cannot tell."""

    @abstractmethod
    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """Rows in batches of bounded size."""

    @abstractmethod
    def text(self, value: str) -> str:
        """A string literal."""

    @abstractmethod
    def moment(self, at: datetime, column: SourceColumn) -> str:
        """A timestamp literal to compare with `column`; a naive one is in the column's zone."""

    @abstractmethod
    def may_write(self) -> str | None:
        """What of the tables this login could change, for a warning; None if nothing."""

    @abstractmethod
    def explained(self) -> AbstractContextManager[None]:
        """The driver's errors in our words: Lost or Unreadable."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        with self.explained(), self._connection.cursor() as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def name(self, table: str) -> str:
        """A table's name in quotes; a dot parts schema and table."""
        return ".".join(map(quoted, table.split(".")))
