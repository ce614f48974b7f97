"""What has been read of a table, on this disk: closed Arrow files, one after the other.

A closed part can be landed while the next one is read. Of a reading in the order of the primary key
the closed parts are remembered beside them, so that after a kill the next one goes on behind them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.core.atomic_files import make_folder, write_text
from pipeline.sources.databases.session import Clock
from pipeline.sources.parsed import Parsed, of_batch

# Some 60 MB: half a second's reading, and little to read again after a kill.
PART_ROWS = 250_000
_PROGRESS = "progress.json"


@dataclass(frozen=True)
class Progress:
    """How far a reading is: its rows up to `last_key`, of a plan of this `shape` and `key`.

    `clock` is that of its first snapshot.
    """

    shape: str
    key: tuple[str, ...]
    rows: int
    last_key: tuple[str, ...]
    clock: Clock
    newest: datetime | None
    snapshots: int


class Parts:
    """The parts of one reading; what lies in `folder` otherwise is of an earlier one."""

    def __init__(self, folder: Path) -> None:
        self.closed: list[Path] = []
        self._folder = folder
        self._rows: list[int] = []
        self._writer: pa.RecordBatchFileWriter | None = None
        self._open_rows = 0

    @property
    def is_full(self) -> bool:
        """Whether the open part has enough rows to be closed."""
        return self._open_rows >= PART_ROWS

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows to the open part."""
        (self._writer or self._open(batch.schema)).write_batch(batch)
        self._open_rows += len(batch)

    def close(self, columns: Iterable[str]) -> None:
        """Close the open part; without any there is one without rows that has the columns."""
        if self._writer is None and not self.closed:
            self._open(pa.schema([(name, pa.string()) for name in columns]))
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self.closed.append(self._path())
            self._rows.append(self._open_rows)
            self._open_rows = 0

    def clear(self) -> None:
        """Forget everything."""
        if self._writer is not None:
            self._writer.close()
        self._writer, self._open_rows = None, 0
        self.closed, self._rows = [], []
        shutil.rmtree(self._folder, ignore_errors=True)

    def remember(self, progress: Progress) -> None:
        """That the closed parts are `progress`."""
        said = {
            **vars(progress),
            "clock": [progress.clock.now.isoformat(), progress.clock.oldest.isoformat()],
            "newest": progress.newest and progress.newest.isoformat(),
            "parts": [
                (path.name, rows) for path, rows in zip(self.closed, self._rows, strict=True)
            ],
        }
        write_text(self._folder / _PROGRESS, json.dumps(said))

    def resume(self, shape: str, key: tuple[str, ...]) -> Progress | None:
        """Take up the parts that are remembered, if they are of this shape and key, and whole."""
        with suppress(FileNotFoundError, ValueError, KeyError, OSError, pa.ArrowException):
            said = json.loads((self._folder / _PROGRESS).read_text(encoding="utf-8"))
            now, oldest = map(datetime.fromisoformat, said["clock"])
            newest = said["newest"] and datetime.fromisoformat(said["newest"])
            progress = Progress(
                said["shape"],
                tuple(said["key"]),
                said["rows"],
                tuple(said["last_key"]),
                Clock(now, oldest),
                newest,
                said["snapshots"],
            )
            found = [(self._folder / name, rows) for name, rows in said["parts"]]
            are_whole = all(_rows_of(path) == rows for path, rows in found)
            if (progress.shape, progress.key) == (shape, key) and are_whole:
                self.closed = [path for path, _ in found]
                self._rows = [rows for _, rows in found]
                return progress
        return None

    def _open(self, schema: pa.Schema) -> pa.RecordBatchFileWriter:
        make_folder(self._folder)
        # Uncompressed: packing and unpacking cost a third of the reading itself (measured).
        self._writer = pa.ipc.new_file(str(self._path()), schema)
        return self._writer

    def _path(self) -> Path:
        return self._folder / f"{len(self.closed):05}.arrow"


class PartsReader:
    """The rows of parts, piece by piece; `paths` may still be growing. A context manager."""

    def __init__(self, first: Path, paths: Iterable[Path]) -> None:
        self._paths = paths
        with pa.memory_map(str(first)) as source, pa.ipc.open_file(source) as file:
            self.header = tuple(file.schema.names)

    def __enter__(self) -> PartsReader:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        for path in self._paths:
            with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
                pieces = file.num_record_batches
            for number in range(pieces):
                yield partial(_read_piece, path, number)


def _read_piece(path: Path, number: int) -> Parsed:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
        return of_batch(file.get_batch(number))


def _rows_of(path: Path) -> int:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
        return sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))
