"""Files that exist whole or not at all.

Everything Milepost leaves for others to read (raw batches, artifacts, mails) is written to a
temporary name in the same folder, synced, renamed, and the folder synced: after a power loss a
reader finds the old file or the new one, never a part. What a killed writer leaves behind is
recognisable by name and by the lock that died with it, and `remove_leftovers` takes it away. What a
file means is left to its owner.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY_SUFFIX = ".milepost-tmp"

# Linux and macOS refuse a longer name component; the temporary name adds 26 bytes to the final one.
_LONGEST_NAME = 255


def write_bytes(path: Path, data: bytes) -> Path:
    """Write `data` to `path`, whole or not at all, creating missing folders. Returns `path`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return path


def write_text(path: Path, text: str) -> Path:
    """`write_bytes` for text: UTF-8, line ends kept as they are."""
    return write_bytes(path, text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write; becomes `path` when the block ends well, disappears when it fails.

    For writers that want a path rather than bytes (Parquet, sqlite, zip). The temporary file exists
    and is empty when the block starts; write into it, do not replace it. An OSError names the final
    path.
    """
    make_folder(path.parent)
    temporary, lock = _create_locked(path)
    try:
        yield temporary
        sync_file(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        _discard(temporary)
        # A full disk reports no file name of its own, and the temporary name helps nobody.
        if error.filename in (None, str(temporary), temporary):
            error.filename = str(path)
        raise
    except BaseException:
        _discard(temporary)
        raise
    finally:
        os.close(lock)


def make_folder(folder: Path) -> Path:
    """Create `folder` and its missing parents durably. Returns `folder`."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir()
            sync_folder(folder.parent)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return folder


def sync_file(path: Path) -> None:
    """Force the file's bytes to the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Force the folder's entries (a rename, a new file, a removal) to the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def remove_leftovers(folder: Path, *, below: bool = True) -> list[Path]:
    """Remove the temporary files of writers that are gone, in `folder` and `below` it; returns what
    it removed.

    A file whose writer still lives is left alone: it holds a lock on it, which the system drops at
    its death.
    """
    removed = []
    for path in sorted((folder.rglob if below else folder.glob)(f".*{TEMPORARY_SUFFIX}")):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                if _try_lock(descriptor):
                    path.unlink(missing_ok=True)
                    removed.append(path)
            finally:
                os.close(descriptor)
    return removed


def trouble(error: OSError) -> str:
    """What went wrong with which file, for people: without error numbers."""
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def is_temporary(path: Path) -> bool:
    """Whether this is an unfinished file of `replacing`, which no reader should open."""
    return path.name.startswith(".") and path.name.endswith(TEMPORARY_SUFFIX)


def _create_locked(path: Path) -> tuple[Path, int]:
    """A new empty temporary file beside `path` and the descriptor that holds its lock."""
    while True:
        tail = f".{secrets.token_hex(6)}{TEMPORARY_SUFFIX}"
        stem = os.fsencode(path.name)[: _LONGEST_NAME - len(tail) - 1].decode("utf-8", "ignore")
        temporary = path.parent / f".{stem}{tail}"
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # A cleaner may have met the file before it was locked; then it is gone, and another is
        # made.
        if _try_lock(descriptor) and temporary.exists():
            return temporary, descriptor
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _discard(temporary: Path) -> None:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
