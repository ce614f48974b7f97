"""Finds landed files that are not as they were written, before models take figures from them.

Every file is hashed once a day, and whenever its inode, size or time says that it is another one;
what was found whole is remembered in `state/landed_files.json`. The hashes are those of `seals`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core import atomic_files
from pipeline.core.errors import BuildError, MilepostError
from pipeline.landing.batches.batches import CONTRACT_BATCH, metadata_of
from pipeline.landing.batches.seals import is_whole

# A build a day hashes everything; one that follows soon on another what has come since.
_AGAIN_AFTER = timedelta(hours=20)
_FOLDERS = ("raw", "quarantine")
_NAMED = 5


def verify_landed(ws: Workspace, now: datetime, *, threads: int = 1, full: bool = False) -> None:
    """Raise BuildError, naming each batch, if a landed file is not as it was written.

    `full` hashes every file, however short ago it was found whole.
    """
    remembered = ws.path("state", "landed_files.json")
    known = {} if full else _read(remembered)
    files = {_name(ws, path): path for path in _landed(ws)}
    seen = {name: _identity(path) for name, path in files.items()}
    since = (now - _AGAIN_AFTER).isoformat()
    wanted = [
        name
        for name in files
        if known.get(name, {}).get("identity") != seen[name] or known[name]["at"] < since
    ]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        whole = dict(zip(wanted, pool.map(lambda name: is_whole(files[name]), wanted), strict=True))
    good = {name: {"identity": seen[name], "at": now.isoformat()} for name in wanted if whole[name]}
    kept = {name: known[name] for name in files if name in known and name not in whole}
    atomic_files.write_text(remembered, json.dumps(kept | good))
    damaged = [files[name] for name in wanted if not whole[name]]
    if damaged:
        raise BuildError(_explain(ws, damaged))


def _landed(ws: Workspace) -> Iterator[Path]:
    """Every batch's files; not what is written anew by each refresh."""
    for folder in _FOLDERS:
        for entity in CONTRACTS:
            for path in sorted(ws.path(folder, entity).glob("*.parquet")):
                if path.stem != CONTRACT_BATCH:
                    yield path


def _identity(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns]


def _read(remembered: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(remembered.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _name(ws: Workspace, path: Path) -> str:
    return path.relative_to(ws.root).as_posix()


def _explain(ws: Workspace, damaged: Sequence[Path]) -> str:
    lines = [f"{_name(ws, path)}: {_whose(path)}" for path in damaged[:_NAMED]]
    more = f"\n  and {len(damaged) - _NAMED} more" if len(damaged) > _NAMED else ""
    return (
        f"{len(damaged)} landed files are not as they were written, so nothing is built from them"
        " and the figures published before stay:\n  " + "\n  ".join(lines) + more + "\n"
        "What to do: put each back from a backup. If there is none, move the file of that name out"
        " of raw/ and quarantine/ with its .sha256, deliver its inbox files again (a database is"
        " read again by itself), then `milepost refresh --full`."
    )


def _whose(path: Path) -> str:
    """What the file says of whose rows it holds, if it can still say."""
    try:
        said = metadata_of(path)
    except MilepostError:
        return "it cannot be read at all"
    files = [file for batch in said.get("merged", [said]) for file in batch.get("files", ())]
    tenants = sorted({str(file.get("tenant")) for file in files})
    names = sorted({str(file.get("path")) for file in files})
    listed = ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")
    return f"rows of {', '.join(tenants) or 'nobody'}, from {listed or 'no file'}"
