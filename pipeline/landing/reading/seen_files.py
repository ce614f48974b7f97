"""Which inbox files look as they did when they were hashed, and which of them were refused then.

A memory only: without it every file is hashed, and what has landed is known by content hash from
the batches alone. A file that was written to just before it was hashed is not remembered, because a
later change within the same tick of the file system's clock could not be seen.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass

from pipeline.config.workspace import Workspace
from pipeline.core.atomic_files import replacing, write_text
from pipeline.sources.files.inbox import Fingerprint, InboxFile, fingerprint, is_marked_finished

_SAFE_AGE = 2_000_000_000
# A file whose end looks cut off is taken as it is once it has not changed for so many times its
# source's settle_seconds; of a source that waits for nothing, so many seconds.
_PATIENCE = 30


@dataclass(frozen=True)
class _Refusal:
    """That a file was refused, by which reading rules, and why."""

    rules: str
    message: str


class SeenFiles:
    """Fingerprints by file name. A context manager; saved at its end if anything changed."""

    def __init__(self, ws: Workspace) -> None:
        self._path = ws.path("state", "inbox.json")
        self._before: dict[str, Fingerprint] = {}
        self._now: dict[str, Fingerprint] = {}
        self._refused_before: dict[str, _Refusal] = {}
        self._refused: dict[str, _Refusal] = {}

    def __enter__(self) -> SeenFiles:
        with suppress(FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            data = json.loads(self._path.read_text(encoding="utf-8"))
            for name, said in data.items():
                refused = said.pop("refused", None)
                self._before[name] = Fingerprint(**said)
                if refused is not None:
                    self._refused_before[name] = _Refusal(**refused)
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
        refused = {name: each for name, each in self._refused.items() if name in keep}
        is_news = keep != self._before or refused != self._refused_before
        if kind is None and is_news:
            said = {
                name: {
                    **vars(mark),
                    **({"refused": vars(refused[name])} if name in refused else {}),
                }
                for name, mark in keep.items()
            }
            write_text(self._path, json.dumps(said))

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
        return (self._clock - file.path.lstat().st_mtime_ns) / 1e9

    def is_complete(self, file: InboxFile) -> bool:
        """Whether nothing will be added at its end: someone says so, or it is long unchanged."""
        if is_marked_finished(file.path):
            return True
        found = file.path.lstat()
        # Of a file that is dated ahead, the file system knows when it last changed.
        changed = found.st_mtime_ns if found.st_mtime_ns <= self._clock else found.st_ctime_ns
        seconds = max(1, file.source.settle_seconds) * _PATIENCE
        return self._clock - changed >= seconds * 1_000_000_000

    def former_name(self, file: InboxFile, mark: Fingerprint) -> str | None:
        """The name under which the very same file lay there before, if it was renamed."""
        if file.name in self._before:
            return None
        folder = file.path.parent
        for name, before in self._before.items():
            if before == mark and not os.path.lexists(folder.parent / name):
                return name
        return None

    def refusal(self, file: InboxFile, rules: str) -> str | None:
        """Why it was refused, if neither it nor the rules changed since."""
        refused = self._refused_before.get(file.name)
        if refused is None or refused.rules != rules or not self.knows(file):
            return None
        self._refused[file.name] = refused
        return refused.message

    def note_refusal(self, name: str, rules: str, message: str) -> None:
        """That a file cannot be landed as it is."""
        self._refused[name] = _Refusal(rules, message)


class _Peek(Exception):
    """Leaves the probe without a file."""
