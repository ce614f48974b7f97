"""A workspace is its owner's alone: folders 0700, files 0600.

Customers' statements lie in it, and a machine has other users. Each command and service takes the
umask for what it makes; what an earlier version made is repaired once. The inbox is left as it is:
whoever delivers may be another user.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UMASK = 0o077
OTHERS = 0o077
INBOX = "inbox"
_DONE = "private_since"


def keep_private() -> None:
    """From now on, whatever this process makes is its owner's alone."""
    os.umask(UMASK)


def repair_once(root: Path) -> int:
    """Take others' rights from all that is ours below `root`, the first time; how much there was.

    What cannot be changed (somebody else's) stays, and `milepost doctor` says where.
    """
    done = root / "state" / _DONE
    if done.exists() or not root.is_dir():
        return 0
    changed = close_to_others(root)
    with suppress(OSError):
        done.parent.mkdir(mode=0o700, exist_ok=True)
        done.touch(mode=0o600)
    return changed


def close_to_others(root: Path) -> int:
    """Take others' rights from everything below `root`; from how much there was."""
    changed = 0
    for path in open_to_others(root):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
            changed += 1
    return changed


def open_to_others(root: Path) -> Iterator[Path]:
    """What others than its owner may read, write or enter, below `root` and itself."""
    if _is_open(root):
        yield root
    for folder, names, files in os.walk(root):
        if Path(folder) == root and INBOX in names:
            names.remove(INBOX)
        for name in (*names, *files):
            path = Path(folder, name)
            if _is_open(path):
                yield path


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
