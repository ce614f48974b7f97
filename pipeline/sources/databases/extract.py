"""One table of a database onto this disk: whole or what changed, in one snapshot.

The rows are written as they come and the transaction ends with the last of them; whatever is done
with them, then or meanwhile, keeps nothing open at the source. If the connection breaks off, the
reading starts again in the order of the primary key, and from then on goes on behind the last key
that it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Event

from pipeline.config.source import DatabaseSource
from pipeline.contracts import Contract
from pipeline.sources.databases.connect import connect
from pipeline.sources.databases.extract_types import Extract, Note, Since
from pipeline.sources.databases.session import Lost
from pipeline.sources.databases.table_reading import Reading

# A restarting server is back within a minute; one that gives nothing for so long is down.
_TRIES = 7
_LONGEST_PAUSE = 8.0


def extract(
    name: str,
    source: DatabaseSource,
    contract: Contract,
    tenants: Mapping[str, str],
    since: Since,
    folder: Path,
    note: Note = lambda _: None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Extract | None:
    """Read what `since` does not cover into `folder`; None if the source has no such table.

    `note` is told what there is whenever that is more, and None when it is of no use any more.
    Raises Unreadable if the table cannot be read, and Lost if the database cannot be reached for
    about half a minute.
    """
    reading = Reading(name, source, contract, tenants, since, folder, note)
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


class Overtaken(Exception):
    """What was followed of a reading is not what it came to: take its result."""


class _Stopped(Exception):
    """Nobody waits for the reading any more."""


class Running:
    """A reading in a thread of its own, so that its first rows can be landed meanwhile.

    The thread waits for nobody, so that its transaction is no longer than it has to be.
    """

    def __init__(self, read: Callable[[Note], Extract | None]) -> None:
        self._news: SimpleQueue[Extract | None] = SimpleQueue()
        self._stopped, self._void = Event(), Event()
        self._so_far: Extract | None = None
        self._pool = ThreadPoolExecutor(1)
        self._end = self._pool.submit(self._run, read)

    def begun(self) -> Extract | None:
        """Its first part, or all there is. Raises what `extract` does."""
        self._so_far = self._news.get()
        return self._so_far or self.result()

    def parts(self) -> Iterator[Path]:
        """All parts, as they come; Overtaken if they turn out to be of no use."""
        seen = 0
        while self._so_far is not None:
            yield from self._so_far.parts[seen:]
            seen = len(self._so_far.parts)
            self._so_far = self._news.get()
        if self._void.is_set() or self._end.exception():
            raise Overtaken
        found = self.result()
        yield from found.parts[seen:] if found else ()

    def result(self) -> Extract | None:
        """All there is, when it is there. Raises what `extract` does."""
        return self._end.result()

    def stop(self) -> bool:
        """End it if it is not; returns whether it had come to its end."""
        self._stopped.set()
        self._pool.shutdown()
        return self._end.exception() is None

    def _run(self, read: Callable[[Note], Extract | None]) -> Extract | None:
        try:
            return read(self._note)
        finally:
            self._news.put(None)

    def _note(self, so_far: Extract | None) -> None:
        if self._stopped.is_set():
            raise _Stopped
        if so_far is None:
            self._void.set()
        self._news.put(so_far)
