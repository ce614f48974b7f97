"""One table of a database into a file on this disk: whole or what changed, in one snapshot.

The rows are written as they come and the transaction ends with the last of them; whatever is done
with them later keeps nothing open at the source. If the connection breaks off, the reading starts
again in the order of the primary key, and from then on goes on behind the last key that it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipeline.contracts import Contract
from pipeline.source import DatabaseSource
from pipeline.sources.database import Lost, connect
from pipeline.sources.parsed import Parsed, of_batch
from pipeline.sources.reading import Extract, Reading, Since

# A restarting server is back within a minute; one that gives nothing for so long is down.
_TRIES = 7
_LONGEST_PAUSE = 8.0


def extract(
    name: str,
    source: DatabaseSource,
    contract: Contract,
    tenants: Mapping[str, str],
    since: Since,
    path: Path,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Extract | None:
    """Read what `since` does not cover into `path`; None if the source has no such table.

    Raises Unreadable if the table cannot be read, and Lost if the database cannot be reached for
    about half a minute.
    """
    reading = Reading(name, source, contract, tenants, since, path)
    tries = 0
    while True:
        had = reading.kept
        try:
            with connect(name, source) as session:
                return reading.take(session)
        except Lost:
            tries = 1 if reading.kept > had else tries + 1
            if tries >= _TRIES:
                raise
            reading.broke_off()
            pause(min(0.1 * 2**tries, _LONGEST_PAUSE))


class ExtractReader:
    """The rows of an extract, piece by piece. A context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            self.header = tuple(file.schema.names)
            self._pieces = file.num_record_batches

    def __enter__(self) -> ExtractReader:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        for number in range(self._pieces):
            yield partial(_read_piece, self._path, number)


def _read_piece(path: Path, number: int) -> Parsed:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
        return of_batch(file.get_batch(number))
