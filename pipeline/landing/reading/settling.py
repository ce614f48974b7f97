"""Files that are still being written to are left for the next refresh.

Nothing in a file tells that its writer has finished, so one that changed within the last
`settle_seconds` of its source is not read, unless a `.done` beside it vouches for it. A short time
is waited out here; a longer one makes the file wait for the next refresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pipeline.landing.reading.seen_files import SeenFiles
from pipeline.landing.result import FileResult
from pipeline.sources.files.inbox import InboxFile, is_marked_finished

_PATIENCE = 5.0


def settled(
    files: Sequence[InboxFile], seen_files: SeenFiles, pause: Callable[[float], None] = time.sleep
) -> tuple[list[InboxFile], list[FileResult]]:
    """The files that may be read, and results for those that must wait."""
    young = {file.name: file for file in files if _rest(file, seen_files) > 0}
    before = {name: _look(file) for name, file in young.items()}
    soon = [rest for file in young.values() if (rest := _rest(file, seen_files)) <= _PATIENCE]
    if soon:
        pause(max(soon))
    waiting = [
        FileResult(file.tenant, file.entity, file.name, "waiting", _says(file), is_young=True)
        for name, file in young.items()
        if _rest(file, seen_files) > _PATIENCE or _look(file) != before[name]
    ]
    names = {result.path for result in waiting}
    return [file for file in files if file.name not in names], waiting


def _rest(file: InboxFile, seen_files: SeenFiles) -> float:
    """Seconds until the file has settled; 0 if it has, or is known, or dated ahead."""
    if seen_files.knows(file) or is_marked_finished(file.path):
        return 0.0
    try:
        age = seen_files.age(file)
    except OSError:
        return 0.0
    # A date in the future tells nothing, and would make the file wait for it.
    return file.source.settle_seconds - age if 0 <= age < file.source.settle_seconds else 0.0


def _look(file: InboxFile) -> tuple[int, int] | None:
    try:
        found = file.path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _says(file: InboxFile) -> str:
    return (
        "is still being written to; it is read when it has not changed for"
        f" {file.source.settle_seconds} s (settle_seconds), or at once with an empty file of the"
        " same name with .done behind it beside it"
    )
