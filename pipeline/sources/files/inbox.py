"""The inbox: which files lie there, whose they are and what they hold.

`inbox/<tenant>/<entity>[anything].{csv,tsv,jsonl}[.gz]`, `.xlsx` or `.parquet`. Files are never
changed, moved or deleted; what was already landed is known by content hash (landing's), not by
name. A file that does not fit is reported with the reason, never passed over. How one is read is
`delimited`'s, `jsonl`'s and `packed`'s.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from pipeline.config.registry import Registry
from pipeline.config.source import FileSource
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS, Contract
from pipeline.core.errors import did_you_mean
from pipeline.sources.files.delimited import DelimitedFile
from pipeline.sources.files.header import missing_columns
from pipeline.sources.files.jsonl import JsonLines
from pipeline.sources.files.kinds import wanted
from pipeline.sources.files.workbooks import ParquetRows, WorkbookRows
from pipeline.sources.parsed import Reader
from pipeline.sources.refusals import Refused, Waiting

FINISHED = ".done"
_AS_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe that was put in a file's place must not be waited for.
_AS_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_IS_LINK = "is a link, which is not followed: put the file itself here"
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
    currency: str = ""

    def open(self) -> BufferedReader:
        """Open the file once, following no link; what is read is what this gives.

        Raises Refused if it is a link or no file, OSError if it cannot be opened.
        """
        return open_regular(self.path)

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
        return self.is_of(path.lstat())

    def is_of(self, found: os.stat_result) -> bool:
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
        if folder.is_symlink():
            misfits.append(Misfit(folder.name, folder.name, _IS_LINK))
            continue
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
            found = _classify(registry, folder.name, path, scratch)
            if isinstance(found, Misfit):
                misfits.append(found)
            elif found.entity in entities:
                files.append(found)
    return files, misfits


def open_regular(path: Path) -> BufferedReader:
    """Open a file, following no link in its own name or its folder's; see `InboxFile.open`."""
    try:
        folder = os.open(path.parent, _AS_FOLDER)
        try:
            descriptor = os.open(path.name, _AS_FILE, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refused(_IS_LINK) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("is no file")
    return os.fdopen(descriptor, "rb")


def fingerprint(path: Path) -> Fingerprint:
    """Hash the whole file."""
    with open_regular(path) as stream:
        before = os.fstat(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Fingerprint(digest, before.st_size, before.st_mtime_ns, before.st_ino)


def is_marked_finished(path: Path) -> bool:
    """Whether a file of the same name with `.done` behind it says that `path` is complete."""
    return path.with_name(path.name + FINISHED).exists()


def open_file(
    file: InboxFile, contract: Contract, mark: Fingerprint | None = None, *, finished: bool = False
) -> Reader:
    """Open a file whose header fits the contract; raises Refused or Waiting otherwise.

    It must be the one that `mark` is of; `finished` if nothing will be added to it.
    """
    stream = file.open()
    try:
        if mark is not None and not mark.is_of(os.fstat(stream.fileno())):
            raise Waiting("changed while it was being read")
        opened = _open(stream, file, contract, finished=finished)
    except BaseException:
        stream.close()
        raise
    names = file.source.names_of(contract.entity)
    missing = [
        name for name in contract.required if not {name, *names.get(name, ())} & {*opened.header}
    ]
    if missing:
        try:
            raise Refused(missing_columns(missing, opened, file, contract))
        finally:
            opened.__exit__()
            stream.close()
    return opened


def _open(stream: BinaryIO, file: InboxFile, contract: Contract, *, finished: bool) -> Reader:
    if file.kind == "xlsx":
        return WorkbookRows(stream, wanted(file.source, file.currency, contract), file.scratch)
    if file.kind == "parquet":
        return ParquetRows(stream, wanted(file.source, file.currency, contract), file.scratch)
    name = file.path.name
    if file.kind == "jsonl":
        return JsonLines(stream, file.source, name=name, finished=finished)
    source = file.source.model_copy(update={"delimiter": "\t"} if file.kind == "tsv" else {})
    return DelimitedFile(stream, source, name=name, finished=finished)


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if not _NO_DELIVERY.fullmatch(path.name)]


def _classify(registry: Registry, tenant: str, path: Path, scratch: Path) -> InboxFile | Misfit:
    name = f"{tenant}/{path.name}"
    lower = path.name.lower()
    if path.is_symlink():
        return Misfit(tenant, name, _IS_LINK)
    if not path.is_file():
        return Misfit(tenant, name, "is no file; files lie directly in the tenant's folder")
    entity = next((entity for entity in CONTRACTS if lower.startswith(entity)), None)
    if entity is None:
        near = did_you_mean([re.split(r"[^a-z_]", lower)[0]], CONTRACTS)
        return Misfit(
            tenant, name, f"its name begins with none of {', '.join(CONTRACTS)}{near}: rename it"
        )
    if not lower.endswith(_SUFFIXES):
        return Misfit(tenant, name, f"its name ends with none of {', '.join(_SUFFIXES)}")
    source_name, source = registry.file_source(tenant)
    currency = registry.tenants[tenant].currency
    return InboxFile(tenant, entity, path, name, source_name, source, scratch, currency)


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
