"""Whether published files are as they were written: their size and hash against the manifest.

A file is hashed once in a process, and again when its size or its times say that it was written
since. What follows from a file that differs is left to the reader (nothing is told from it) and to
`publish` (it is written again).
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.publish.layout import Manifest, PublishedFile

_PIECE = 1 << 20
# Device, inode, size and times of files that were found whole -> their hash.
_found: dict[tuple[int, int, int, int], str] = {}


def measure(path: Path) -> PublishedFile:
    """Size and hash of a file, read whole."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
        size = file.tell()
    return PublishedFile(bytes=size, sha256=digest.hexdigest())


def damaged_files(
    build: Path, manifest: Manifest, *, threads: int = 1, anew: bool = False
) -> list[str]:
    """The build's files that are missing or not as they were written, in order of their names.

    `anew` hashes them even if this process has. Of a build of an older version nothing is known.
    """
    entries = sorted((manifest.files or {}).items())
    with ThreadPoolExecutor(max_workers=threads) as pool:
        whole = pool.map(lambda one: _is_whole(build / one[0], one[1], anew), entries)
        return [name for (name, _), good in zip(entries, whole, strict=True) if not good]


def forget() -> None:
    """Take no file for known, as in a new process."""
    _found.clear()


def _is_whole(path: Path, entry: PublishedFile, anew: bool) -> bool:
    try:
        stat = path.stat()
        if stat.st_size != entry.bytes:
            return False
        key = _identity(stat)
        if anew or _found.get(key) != entry.sha256:
            _found.pop(key, None)
            if measure(path) != entry:
                return False
            _found[key] = entry.sha256
    except OSError:
        return False
    return True


def _identity(stat: os.stat_result) -> tuple[int, int, int, int]:
    # Not the time of the last change of the entry: each hard link changes that.
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
