"""The hash of each landed file, beside it: `<batch>.sha256`, written before the file is committed.

Models read the files without looking for damage, and a flipped bit would be another figure, so the
files are held against their seals before a build (`control/damage.py`). A file without a seal, of
an earlier version, is taken as it is found, once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.core import atomic_files

SUFFIX = ".sha256"
_PIECE = 1 << 20


def seal_of(path: Path) -> Path:
    return path.with_suffix(SUFFIX)


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def write_seal(data: Path, final: Path) -> None:
    """Seal what is in `data` before it becomes `final`.

    What is there now keeps its seal beside the new one: whichever of the two a kill leaves is good.
    """
    before = _sealed(final) if final.exists() else []
    hashes = dict.fromkeys([hash_of(data), *before])
    atomic_files.write_text(seal_of(final), "".join(f"{one}\n" for one in hashes))


def settle_seal(final: Path) -> None:
    """`final` is what was sealed last; what was there before is good no more."""
    newest, *others = _sealed(final)
    if others:
        atomic_files.write_text(seal_of(final), f"{newest}\n")


def is_whole(path: Path) -> bool:
    """Whether a file is as its seal says; one without is sealed as it is."""
    found = hash_of(path)
    if not seal_of(path).exists():
        atomic_files.write_text(seal_of(path), f"{found}\n")
    return found in _sealed(path)


def _sealed(path: Path) -> list[str]:
    try:
        return seal_of(path).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:  # the seal itself is damaged: it is nobody's
        return ["unreadable"]
