"""The inbox: which files lie there, whose they are and what they hold.

`inbox/<tenant>/<entity>[anything].{csv,tsv,jsonl}[.gz]`, `.xlsx` or `.parquet`. Files are never
changed, moved or deleted; what was already landed is known by content hash (landing's), not by
name. A file that does not fit is reported with the reason, never passed over. How one is read is
`delimited`'s, `jsonl`'s and `packed`'s.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.config.registry import Registry
from pipeline.config.source import FileSource
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS, Contract
from pipeline.core.errors import ConfigError
from pipeline.sources.files.delimited import DelimitedFile
from pipeline.sources.files.jsonl import JsonLines
from pipeline.sources.files.workbooks import ParquetRows, WorkbookRows
from pipeline.sources.parsed import Reader
from pipeline.sources.refusals import Refused

FINISHED = ".done"
_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".xlsx", ".parquet")
# What systems leave in folders, and the marks that a file is complete.
_NO_DELIVERY = re.compile(r"\..*|~\$.*|desktop\.ini|thumbs\.db|.*\.done", re.IGNORECASE)


@dataclass(frozen=True)
class InboxFile:
    """A file that is to be read; `name` is its path relative to the inbox."""

    tenant: str
    entity: str
    path: Path
    name: str
    source_name: str
    source: FileSource
    # Where a file may be unpacked.
    scratch: Path

    @property
    def kind(self) -> str:
        """The ending of the name, without .gz."""
        return self.path.name.lower().removesuffix(".gz").rpartition(".")[2]

    @property
    def first_row(self) -> int:
        """The number of the row before the first, as people count: the header's, or 0."""
        return 0 if self.kind in ("jsonl", "parquet") else 1


@dataclass(frozen=True)
class Misfit:
    """Something in the inbox that cannot be read, and why."""

    tenant: str
    name: str
    message: str


@dataclass(frozen=True)
class Fingerprint:
    """A file's content hash, and what would show that it was written to since."""

    sha256: str
    size: int
    modified: int
    inode: int

    def still_holds(self, path: Path) -> bool:
        found = path.stat()
        return (found.st_size, found.st_mtime_ns, found.st_ino) == (
            self.size,
            self.modified,
            self.inode,
        )


def find_files(
    ws: Workspace, registry: Registry, entities: Collection[str]
) -> tuple[list[InboxFile], list[Misfit]]:
    """The files of `entities` by tenant and then by name (leads_2 before leads_10), and misfits.

    The order matters: of two versions of a record in one refresh, the later one wins.
    """
    files: list[InboxFile] = []
    misfits: list[Misfit] = []
    scratch = ws.path("state", "ingest")
    for folder in sorted(_entries(ws.inbox_root)):
        if not folder.is_dir():
            misfits.append(
                Misfit("", folder.name, "lies in no tenant's folder: move it to inbox/<tenant>/")
            )
            continue
        if folder.name not in registry.tenants:
            misfits.append(
                Misfit(folder.name, folder.name, f"no tenant file tenants/{folder.name}.yaml")
            )
            continue
        for path in sorted(_entries(folder), key=_natural):
            found = _classify(ws, registry, folder.name, path, scratch)
            if isinstance(found, Misfit):
                misfits.append(found)
            elif found.entity in entities:
                files.append(found)
    return files, misfits


def fingerprint(path: Path) -> Fingerprint:
    """Hash the whole file."""
    with path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Fingerprint(digest, before.st_size, before.st_mtime_ns, before.st_ino)


def is_marked_finished(path: Path) -> bool:
    """Whether a file of the same name with `.done` behind it says that `path` is complete."""
    return path.with_name(path.name + FINISHED).exists()


def open_file(file: InboxFile, contract: Contract) -> Reader:
    """Open a file whose header fits the contract; raises Refused or Waiting otherwise."""
    opened = _open(file, contract.entity)
    names = file.source.names_of(contract.entity)
    missing = [
        name for name in contract.required if not {name, names.get(name, name)} & {*opened.header}
    ]
    if missing:
        opened.__exit__()
        wanted = [names.get(name, name) for name in missing]
        raise Refused(_missing_columns(wanted, opened.header, file.source))
    return opened


def _open(file: InboxFile, entity: str) -> Reader:
    if file.kind == "xlsx":
        return WorkbookRows(file.path, entity, file.scratch)
    if file.kind == "parquet":
        return ParquetRows(file.path, entity, file.scratch)
    finished = is_marked_finished(file.path)
    if file.kind == "jsonl":
        return JsonLines(file.path, file.source, finished=finished)
    source = file.source.model_copy(update={"delimiter": "\t"} if file.kind == "tsv" else {})
    return DelimitedFile(file.path, source, finished=finished)


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if not _NO_DELIVERY.fullmatch(path.name)]


def _leads_out(ws: Workspace, path: Path) -> bool:
    # Only links lead anywhere; to resolve thousands of names takes a second.
    if not (path.is_symlink() or path.parent.is_symlink()):
        return False
    try:
        ws.path(*path.relative_to(ws.root).parts)
    except ConfigError:
        return True
    return False


def _classify(
    ws: Workspace, registry: Registry, tenant: str, path: Path, scratch: Path
) -> InboxFile | Misfit:
    name = f"{tenant}/{path.name}"
    lower = path.name.lower()
    if _leads_out(ws, path):
        return Misfit(tenant, name, "is a link that leads out of the workspace")
    if not path.is_file():
        return Misfit(tenant, name, "is no file; files lie directly in the tenant's folder")
    entity = next((entity for entity in CONTRACTS if lower.startswith(entity)), None)
    if entity is None:
        return Misfit(
            tenant, name, f"its name begins with none of {', '.join(CONTRACTS)}: rename it"
        )
    if not lower.endswith(_SUFFIXES):
        return Misfit(tenant, name, f"its name ends with none of {', '.join(_SUFFIXES)}")
    source_name, source = registry.file_source(tenant)
    return InboxFile(tenant, entity, path, name, source_name, source, scratch)


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _missing_columns(missing: list[str], header: tuple[str, ...], source: FileSource) -> str:
    message = f"has no column {', '.join(missing)}, which every file of this entity needs"
    near = {name.strip().lower(): name for name in header}
    misspelt = [repr(near[name]) for name in missing if name in near]
    if misspelt:
        return f"{message}; it has {', '.join(misspelt)}, but names are matched exactly"
    if len(header) == 1:
        return f"{message}; its header is one column: is {source.delimiter!r} the delimiter?"
    shown = ", ".join(header[:20]) + (" …" if len(header) > 20 else "")
    return f"{message}; its header is: {shown}"
