"""One refresh at a time: an OS lock on a file, held by the process that writes.

The operating system drops it when that process dies, however it dies, so nothing has to be cleaned
up after a power loss. The file says who holds it, for the person who is turned away.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipeline.core.errors import BusyError

_held: dict[Path, int] = {}


@contextmanager
def exclusive(path: Path, now: datetime, what: str = "refresh") -> Iterator[None]:
    """Hold the lock `path` for the block; a nested use in the same process joins the outer one.

    Raises BusyError at once, naming the holder's process and since when, if another process has it;
    `what` is what it is doing.
    """
    if path in _held:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(_holder(descriptor, path, what)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(
            descriptor, json.dumps({"pid": os.getpid(), "since": now.isoformat()}).encode(), 0
        )
        _held[path] = descriptor
        yield
    finally:
        _held.pop(path, None)
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a process has the lock now; it may be another story a moment later."""
    if path in _held:
        return True
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _holder(descriptor: int, path: Path, what: str) -> str:
    text = os.pread(descriptor, 1000, 0)
    try:
        holder = json.loads(text)
        who = f"process {holder['pid']} since {holder['since']}"
    except (ValueError, KeyError):
        who = "a process that has only just started"
    return f"another {what} is running ({who}); it holds {path}. Wait for it, or stop it."
