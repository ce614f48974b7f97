"""Which inbox files look the same as when they were last hashed, so that they need not be again.

A memory only: without it every file is hashed, and what has landed is known by content hash from
the batches alone. A file that was written to just before it was hashed is not remembered, because a
later change within the same tick of the file system's clock could not be seen.
"""

from __future__ import annotations

import json
from contextlib import suppress

from pipeline.config.workspace import Workspace
from pipeline.core.atomic_files import replacing, write_text
from pipeline.sources.files.inbox import Fingerprint, InboxFile, fingerprint

_SAFE_AGE = 2_000_000_000


class SeenFiles:
    """Fingerprints by file name. A context manager; saved at its end if anything changed."""

    def __init__(self, ws: Workspace) -> None:
        self._path = ws.path("state", "inbox.json")
        self._before: dict[str, Fingerprint] = {}
        self._now: dict[str, Fingerprint] = {}

    def __enter__(self) -> SeenFiles:
        with suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            data = json.loads(self._path.read_text(encoding="utf-8"))
            self._before = {name: Fingerprint(**mark) for name, mark in data.items()}
        # The file system's clock, which is the one that dates files.
        with suppress(_Peek), replacing(self._path) as probe:
            self._clock = probe.stat().st_mtime_ns
            raise _Peek
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        keep = {
            name: mark
            for name, mark in self._now.items()
            if mark.modified < self._clock - _SAFE_AGE
        }
        if kind is None and keep != self._before:
            write_text(self._path, json.dumps({name: vars(mark) for name, mark in keep.items()}))

    def fingerprint(self, file: InboxFile) -> Fingerprint:
        """The remembered one if the file looks as it did then; OSError if it cannot be read."""
        mark = self._before.get(file.name)
        if mark is None or not mark.still_holds(file.path):
            mark = fingerprint(file.path)
        self._now[file.name] = mark
        return mark

    def knows(self, file: InboxFile) -> bool:
        """Whether the file looks as it did when it was last read."""
        mark = self._before.get(file.name)
        return mark is not None and mark.still_holds(file.path)

    def age(self, file: InboxFile) -> float:
        """Seconds since the file was last written to; below 0 if it is dated ahead."""
        return (self._clock - file.path.stat().st_mtime_ns) / 1e9


class _Peek(Exception):
    """Leaves the probe without a file."""
