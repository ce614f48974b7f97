"""The SQLite file under the delivery record: its tables, how it is opened, its transactions.

Write-ahead log with synchronous=FULL: a commit is on the disk when it returns (a rollback journal
would need a sync of the folder on top for that), and `milepost status` can read while a run writes.
What the rows mean is left to `deliveries.py`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pipeline.core import atomic_files
from pipeline.core.errors import MilepostError

# Each entry brings a file from the version of its index to the next; entries are added, never
# changed.
MIGRATIONS = (
    """
    CREATE TABLE deliveries (
        id          INTEGER PRIMARY KEY,
        tenant      TEXT NOT NULL,
        report      TEXT NOT NULL,
        period      TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        version     INTEGER NOT NULL CHECK (version >= 1),
        message_id  TEXT NOT NULL UNIQUE,
        state       TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'data_started', 'sent',
                                                   'uncertain', 'dead', 'held', 'skipped')),
        reason      TEXT NOT NULL DEFAULT '',
        attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        due_at      TEXT NOT NULL,
        promised    INTEGER NOT NULL CHECK (promised IN (0, 1)),
        created_at  TEXT NOT NULL,
        updated_at  TEXT NOT NULL,
        eml_path    TEXT,
        eml_sha256  TEXT,
        evidence    TEXT,
        UNIQUE (tenant, report, period, recipient, version)
    ) STRICT;
    CREATE INDEX deliveries_state ON deliveries (state);
    CREATE TABLE transitions (
        id          INTEGER PRIMARY KEY,
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
        from_state  TEXT,
        to_state    TEXT NOT NULL,
        reason      TEXT NOT NULL DEFAULT '',
        at          TEXT NOT NULL
    ) STRICT;
    CREATE INDEX transitions_delivery ON transitions (delivery_id);
    CREATE TABLE subscriptions (
        tenant      TEXT NOT NULL,
        report      TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        since       TEXT NOT NULL,
        PRIMARY KEY (tenant, report, recipient)
    ) STRICT;
    """,
    # tried_at: the first attempt since it was last queued by a person or a verdict; retry_at: not
    # before; marks: what the mail says of itself (LATE, PARTIAL).
    """
    ALTER TABLE deliveries ADD COLUMN tried_at TEXT;
    ALTER TABLE deliveries ADD COLUMN retry_at TEXT;
    ALTER TABLE deliveries ADD COLUMN marks TEXT NOT NULL DEFAULT '';
    CREATE TABLE notices (
        name        TEXT PRIMARY KEY,
        kind        TEXT NOT NULL,
        tenant      TEXT NOT NULL,
        subject     TEXT NOT NULL,
        body        TEXT NOT NULL,
        raised_at   TEXT NOT NULL
    ) STRICT;
    CREATE TABLE told (
        about       TEXT PRIMARY KEY,
        notice      TEXT NOT NULL,
        at          TEXT NOT NULL
    ) STRICT;
    CREATE TABLE suppressions (
        tenant      TEXT NOT NULL,
        report      TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        reason      TEXT NOT NULL,
        at          TEXT NOT NULL,
        PRIMARY KEY (tenant, report, recipient)
    ) STRICT;
    CREATE TABLE inbound (
        message     TEXT PRIMARY KEY,
        kind        TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        detail      TEXT NOT NULL,
        at          TEXT NOT NULL
    ) STRICT;
    CREATE INDEX inbound_recipient ON inbound (recipient, kind);
    """,
)


# What SQLite says of a file that is not what it wrote; anything else is not the file's fault.
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_NOT_ALLOWED = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")


class Database:
    """An open connection; every change goes through `transaction`."""

    def __init__(self, path: Path, *, rehearsal: bool = False) -> None:
        """Open, create or bring up to date; MilepostError if the file is damaged or newer.

        A rehearsal works on a copy in memory: all can be tried, and nothing is kept.
        """
        self._path = path
        # Senders work in threads; one connection serves them in turn.
        self._lock = threading.RLock()
        try:
            self._db = _in_memory(path) if rehearsal else _on_disk(path)
        except sqlite3.Error as error:
            raise MilepostError(_cannot(path, error)) from error
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def rows(self, sql: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def change(self, sql: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        """Run one changing statement; call it inside `transaction`."""
        return self._db.execute(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes of the block, committed together or not at all; blocks may nest."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise MilepostError(_cannot(self._path, error)) from error
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def back_up(self, target: Path) -> None:
        """A copy of the whole file as it is now, even while a run writes to it."""
        with (
            atomic_files.replacing(target) as temporary,
            closing(sqlite3.connect(temporary)) as copy,
        ):
            self._db.backup(copy)

    def _prepare(self) -> None:
        try:
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            verdict = " ".join(self._pragma("quick_check(1)").split())
            version = self._pragma("user_version")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname not in _DAMAGE:
                raise MilepostError(_cannot(self._path, error)) from error
            verdict, version = str(error), 0
        if verdict != "ok":
            raise MilepostError(
                f"the delivery record {self._path} is damaged ({verdict}). Nothing is mailed"
                " without it, because what was sent could not be known. Put a copy from your"
                " backup in its place."
            )
        if version > len(MIGRATIONS):
            raise MilepostError(
                f"the delivery record {self._path} was written by a newer Milepost (format"
                f" {version}); this one knows formats up to {len(MIGRATIONS)}. Upgrade Milepost."
            )
        self._migrate(version)

    def _migrate(self, version: int) -> None:
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            with self.transaction():
                # Another process may have been first between our look and our lock.
                if self._pragma("user_version") < number:
                    for statement in filter(str.strip, script.split(";")):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {number}")

    def _pragma(self, name: str) -> Any:
        return self._db.execute(f"PRAGMA {name}").fetchone()[0]


def _on_disk(path: Path) -> sqlite3.Connection:
    atomic_files.make_folder(path.parent)
    # isolation_level=None: transactions begin where we say, not where the module guesses.
    return sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)


def _in_memory(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if path.exists():
        with closing(_to_read(path)) as original:
            original.backup(copy)
    return copy


def _to_read(path: Path) -> sqlite3.Connection:
    """The file for reading, also for who may not write beside it, where SQLite keeps its log."""
    address = path.absolute().as_uri()
    log = path.with_name(f"{path.name}-wal")
    ways = ["", "?mode=ro"]
    if not log.exists() or not log.stat().st_size:
        ways.append("?immutable=1")  # nobody writes to it, or there would be a log
    for way in ways:
        original = sqlite3.connect(f"{address}{way}", uri=True, timeout=30)
        try:
            original.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            original.close()
            if way == ways[-1] or not error.sqlite_errorname.startswith(_NOT_ALLOWED):
                raise
        else:
            break
    return original


def _cannot(path: Path, error: sqlite3.Error) -> str:
    """What happened and what to do, where the file itself is not at fault."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_FULL"):
        mend = "The disk is full: free some space."
    elif name.startswith(_NOT_ALLOWED):
        mend = "This user may not open or write it, or its folder: see who owns them."
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        mend = "Another process is writing to it: wait for that."
    elif name.startswith("SQLITE_IOERR"):
        mend = "The disk did not read or write: look at the system's log, and free some space."
    else:
        mend = "`milepost doctor` examines the installation."
    return (
        f"cannot open or write {path}: {error}. {mend} The record itself is as it was: do not put"
        " an older copy in its place, or what was sent since is sent again."
    )
