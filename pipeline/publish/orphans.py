"""Ends a dbt that outlived the refresh that started it: it would hold the warehouse open.

The refresh lock died with its holder, and only the holder of that lock runs dbt on this target
folder. So whoever holds it now may end every dbt whose command line names the folder.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

_WAITS = 30
_WAIT_SECONDS = 0.1


def end_orphans(target: Path) -> list[int]:
    """End them, kindly and then not; returns their process numbers. Linux only, else none."""
    found = list(_running_on(target))
    for signal_, waits in ((signal.SIGTERM, _WAITS), (signal.SIGKILL, _WAITS)):
        for pid in found:
            if _is_on(pid, target):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal_)
        for _ in range(waits):
            if not any(_is_on(pid, target) for pid in found):
                return found
            time.sleep(_WAIT_SECONDS)
    return found


def _running_on(target: Path) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) != os.getpid() and _is_on(int(entry.name), target):
            yield int(entry.name)


def _is_on(pid: int, target: Path) -> bool:
    """Whether the process is a dbt that was told to use this target folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return False
    named = ("--target-path", str(target)) in pairwise(words)
    return named and any(Path(word).name == "dbt" for word in words[:3])
