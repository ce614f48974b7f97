"""Tells a warehouse that is damaged from one that another process has open, or that may not be
read.

Only the first is moved aside and built again; of the others a person is told.
"""

import fcntl
from pathlib import Path

import duckdb

# What DuckDB says of a block whose checksum is wrong, and of a file whose header is.
DAMAGE = ("corrupt", "checksum", "not a valid duckdb database file", "deserialize")


def is_held_open(file: Path) -> bool:
    """Whether a process has the warehouse open: the engine holds the system's lock on the file.

    The lock itself is asked: what the engine says of a damaged block has the word in it, too.
    """
    try:
        with file.open("r+b") as opened:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def is_damage(error: duckdb.Error) -> bool:
    """Whether the engine complains about what is in the file: not of the disk, memory or rights."""
    if isinstance(error, duckdb.OutOfMemoryException | duckdb.PermissionException):
        return False
    if isinstance(error, duckdb.IOException):
        return any(sign in str(error).lower() for sign in DAMAGE)
    return True


def move_aside(file: Path) -> Path:
    """Rename the warehouse and its log; a number keeps what was moved before."""
    number = 1
    while (target := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    file.rename(target)
    log = file.with_name(f"{file.name}.wal")
    if log.exists():
        log.rename(target.with_name(f"{target.name}.wal"))
    return target
