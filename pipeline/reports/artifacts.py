"""Artefact folders: payload.json, the renderings, and the index that ties them together.

    artifacts/<tenant>/<report>/<as_of>/[<key>/]{payload.json, <report>.<ext>, …, artifacts.json}

`artifacts.json` is written last and removed first: a folder without it is being written, or its
writer died, and is rendered again. What is delivered is what it lists, with these hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pipeline.core import atomic_files
from pipeline.reports.payload import Frozen, canonical_json
from pipeline.reports.report import File

INDEX = "artifacts.json"
PAYLOAD = "payload.json"


@dataclass(frozen=True)
class Artifact:
    """One file of a report. `rendered` is False where it was there already, byte for byte."""

    tenant: str
    report: str
    key: tuple[str, ...]
    format: str
    path: Path
    sha256: str
    bytes: int
    build_id: str
    as_of: date
    rendered: bool


class FileEntry(Frozen):
    name: str
    format: str
    sha256: str
    bytes: int


class Index(Frozen):
    """`artifacts.json`. `build_id` is the build in which this content first appeared;
    `source_key` names the published rows, tenant and code it was made of, where they are known.
    """

    index_schema: Literal["artifacts/1"] = "artifacts/1"
    tenant: str
    report: str
    key: tuple[str, ...]
    as_of: date
    content_key: str
    content_hash: str
    source_key: str = ""
    build_id: str
    files: tuple[FileEntry, ...]


def folder_name(code: str | None, identity: str) -> str:
    """The folder of what has `code`: the code, made safe; with a hash of `identity` if that changed
    it, so that two that look alike have two folders.
    """
    name = code or identity
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower())[:60].strip("-")
    if slug == name.lower():
        return slug
    return f"{slug}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}".lstrip("-")


def read_index(folder: Path) -> Index | None:
    """The folder's index; None if there is none, or it is not one of ours."""
    try:
        return Index.model_validate_json((folder / INDEX).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def is_intact(folder: Path, index: Index) -> bool:
    """Whether every file that the index lists is there with its bytes."""
    return all(_matches(folder / entry.name, entry) for entry in index.files)


def artifacts_of(folder: Path, index: Index, rendered: Iterable[str] = ()) -> list[Artifact]:
    """The index as artifacts; those named in `rendered` were written just now."""
    written = set(rendered)
    return [
        Artifact(
            tenant=index.tenant,
            report=index.report,
            key=index.key,
            format=entry.format,
            path=folder / entry.name,
            sha256=entry.sha256,
            bytes=entry.bytes,
            build_id=index.build_id,
            as_of=index.as_of,
            rendered=entry.name in written,
        )
        for entry in index.files
    ]


def write_folder(folder: Path, index: Index, payload: bytes, files: Iterable[File]) -> Index:
    """Write payload, files and index; returns the index with the files' entries in it.

    `index.files` names what is in the folder already and stays.
    """
    atomic_files.remove_leftovers(folder, below=False)
    (folder / INDEX).unlink(missing_ok=True)
    new = [File(PAYLOAD, "json", payload), *files]
    for file in new:
        atomic_files.write_bytes(folder / file.name, file.data)
    names = {file.name for file in new}
    kept = [entry for entry in index.files if entry.name not in names]
    entries = sorted([*kept, *map(_entry, new)], key=lambda entry: entry.name)
    full = index.model_copy(update={"files": tuple(entries)})
    atomic_files.write_bytes(folder / INDEX, canonical_json(full.model_dump(mode="json")) + b"\n")
    return full


def remove_folder(folder: Path) -> None:
    """Remove an artifact folder that a report no longer makes, its index first."""
    (folder / INDEX).unlink(missing_ok=True)
    for path in sorted(folder.iterdir()):
        path.unlink()
    folder.rmdir()


def _entry(file: File) -> FileEntry:
    digest = hashlib.sha256(file.data).hexdigest()
    return FileEntry(name=file.name, format=file.format, sha256=digest, bytes=len(file.data))


def _matches(path: Path, entry: FileEntry) -> bool:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return False
    return len(data) == entry.bytes and hashlib.sha256(data).hexdigest() == entry.sha256
