"""Dagster's SQLite storage, with connections to the event log that stay open.

Dagster opens and closes a connection for each of a refresh's eight hundred events; the last one
to close a file in WAL mode also writes the file itself, so events took two thirds of the time of a
small refresh's own process, dbt aside. Here a file's connection is kept, and a batch of events is
one transaction. The tables are Dagster's own; `dagster.yaml` names this class, and PostgreSQL may
stand in its place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from dagster._core.event_api import EventHandlerFn
from dagster._core.events.log import EventLogEntry
from dagster._core.instance.ref import _event_logs_directory
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorageWatchdog
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import StaticPool
from watchdog.events import EVENT_TYPE_MODIFIED, FileSystemEvent
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

# The run under way, the index of all runs, and a few that somebody looks at.
_KEPT = 8
_BUSY_SECONDS = 60


class Storage(DagsterSqliteStorage):
    """Runs, events and schedules in `base_dir`, where Dagster's own storage has them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: dict[str, Any]
    ) -> Storage:
        return cls.from_local(inst_data=inst_data, **config_value)


@dataclass(frozen=True)
class _Batch:
    """The transactions that a batch of events has opened, by shard."""

    transactions: ExitStack
    open: dict[str, sa.Connection]

    def connection(
        self, shard: str, begin: Callable[[str], AbstractContextManager[sa.Connection]]
    ) -> sa.Connection:
        if shard not in self.open:
            self.open[shard] = self.transactions.enter_context(begin(shard))
        return self.open[shard]


class _Watchdog(SqliteEventLogStorageWatchdog):
    """Sees new events while they lie in the write-ahead log alone."""

    def dispatch(self, event: FileSystemEvent) -> None:
        ours = (self._log_path, f"{self._log_path}-wal")
        if event.event_type == EVENT_TYPE_MODIFIED and event.src_path in ours:
            self._process_log()


class EventLog(SqliteEventLogStorage):
    """The event log of one process; its threads take turns, as they do in Dagster's."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        # The transactions of the batch that a thread writes: the lock is that thread's meanwhile.
        self._batch: _Batch | None = None
        self._observer: BaseObserver | None = None
        super().__init__(base_dir, inst_data)
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of the batch, committed together or not at all."""
        with self._db_lock, ExitStack() as transactions:
            self._batch = _Batch(transactions, {})
            try:
                for event in events:
                    self.store_event(event)
            finally:
                self._batch = None

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call back for each new event, as Dagster's own does."""
        if self._observer is None:
            self._observer = Observer()
            self._observer.start()
            self._obs = self._observer  # type: ignore[assignment]
        watchdog = _Watchdog(self, run_id, callback, cursor)
        watch = self._observer.schedule(watchdog, self._base_dir, recursive=True)
        self._watchers[run_id][callback] = (watchdog, watch)

    def dispose(self) -> None:
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            if self._batch is None:
                with self._transaction(shard) as connection:
                    yield connection
            else:
                yield self._batch.connection(shard, self._transaction)

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[sa.Connection]:
        with self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> sa.Engine:
        engine = self._engines.get(shard)
        if engine is None:
            engine = self._open(shard)
            self._engines[shard] = engine
            if len(self._engines) > _KEPT:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return engine

    def _open(self, shard: str) -> sa.Engine:
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        )
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        with engine.connect() as connection:
            # In WAL mode a file stays whole without a sync at each commit; what the last second
            # before a power cut wrote may be missing from the history, and from nothing else.
            connection.execute(sa.text("PRAGMA synchronous = NORMAL"))
        return engine
