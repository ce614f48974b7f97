"""Where a tenant's published builds are and what describes one; shared by writer and reader.

published/<tenant>/current -> builds/<build_id>     flipped by one rename
published/<tenant>/builds/<build_id>/<table>.parquet, or <table>/<part>.parquet
published/<tenant>/builds/<build_id>/manifest.json
published/<tenant>/held.json                        only while the newest build is held back
published/<tenant>/override.json                    while somebody answers for publishing it anyway
"""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError

MANIFEST = "manifest.json"
HELD = "held.json"
OVERRIDE = "override.json"
CURRENT = "current"
BUILDS = "builds"


class TableEntry(BaseModel):
    """Rows and content fingerprint of one published table (order of rows does not matter).

    `parts` are the same of each of its files, by name, where a table is so large that a build
    writes only what came since the last one; None where it is one file.
    """

    model_config = ConfigDict(frozen=True)

    rows: Annotated[int, Field(ge=0)]
    fingerprint: str
    parts: dict[str, "TableEntry"] | None = None

    @property
    def contents(self) -> dict[str | None, "TableEntry"]:
        """What is in each file, by part; a table that is one file has no part's name."""
        if self.parts is None:
            return {None: self}
        return dict(self.parts.items())


class PublishedFile(BaseModel):
    """The bytes of one published file."""

    model_config = ConfigDict(frozen=True)

    bytes: Annotated[int, Field(ge=0)]
    sha256: str


class Manifest(BaseModel):
    """What one build of one tenant holds. The build id is derived from tenant, day and tables.

    `files` are its files by their path below the build's folder, None in one that an older version
    wrote; `seal` is the hash of all the rest.
    """

    model_config = ConfigDict(frozen=True)

    tenant: str
    build_id: str
    as_of: date
    tables: dict[str, TableEntry]
    files: dict[str, PublishedFile] | None = None
    seal: str = ""

    def sealed(self) -> "Manifest":
        return self.model_copy(update={"seal": self._hash()})

    @property
    def is_whole(self) -> bool:
        """Whether it says what was written; one of an older version has nothing to tell by."""
        return self.files is None or self.seal == self._hash()

    def _hash(self) -> str:
        rest = self.model_copy(update={"seal": ""})
        return hashlib.sha256(rest.model_dump_json().encode()).hexdigest()


class HeldReason(BaseModel):
    """A blocking finding, in words for the person who has to mend it."""

    model_config = ConfigDict(frozen=True)

    check_name: str
    failures: int
    sample: str | None
    owner_hint: str | None


class Held(BaseModel):
    """Why the tenant's newest build was not published; its previous one stays."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    as_of: date
    reasons: tuple[HeldReason, ...]

    def summary(self) -> str:
        return "; ".join(
            f"{reason.check_name}: {reason.failures} ({reason.sample or 'no sample'})"
            for reason in self.reasons
        )


class Override(BaseModel):
    """Somebody's decision to publish a held day anyway, for these findings and no others.

    What is made of it is stamped UNVERIFIED.
    """

    model_config = ConfigDict(frozen=True)

    tenant: str
    as_of: date
    checks: tuple[str, ...]
    because: str
    at: datetime

    def covers(self, held: Held) -> bool:
        """Whether the decision was about this day and all that is wrong with it."""
        found = {reason.check_name for reason in held.reasons}
        return held.as_of == self.as_of and found <= set(self.checks)


def table_file(table: str, part: str | None) -> str:
    """The file of a table, or of a part of it, below the build's folder."""
    return f"{table}.parquet" if part is None else f"{table}/{part}.parquet"


def current_link(ws: Workspace, tenant: str) -> Path:
    return ws.published(tenant) / CURRENT


def builds_dir(ws: Workspace, tenant: str) -> Path:
    return ws.published(tenant) / BUILDS


def current_manifest(ws: Workspace, tenant: str) -> Manifest | None:
    """The manifest of the tenant's current build, None before its first; DamagedBuild as below."""
    try:
        return read_manifest(current_link(ws, tenant))
    except FileNotFoundError:
        return None


def whole_manifest(ws: Workspace, tenant: str) -> Manifest | None:
    """As `current_manifest`, but None for a damaged one: nothing can be taken from that, either."""
    try:
        return current_manifest(ws, tenant)
    except DamagedBuild:
        return None


def read_manifest(build: Path) -> Manifest:
    """The manifest of a build; DamagedBuild if it is not as it was written."""
    data = (build / MANIFEST).read_bytes()
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError:
        manifest = None
    if manifest is None or not manifest.is_whole:
        raise DamagedBuild(build, MANIFEST)
    return manifest


class DamagedBuild(MilepostError):
    """A published file is not as it was written: nothing is told from it."""

    def __init__(self, build: Path, *files: str) -> None:
        others = f" and {len(files) - 1} more" if len(files) > 1 else ""
        super().__init__(
            f"the published file {build.parent.parent.name}/{build.name}/{files[0]}{others} is not"
            " as it was written, so no figure is taken from it: run `milepost refresh`, which"
            " writes it again"
        )


def held(ws: Workspace, tenant: str) -> Held | None:
    """Why the tenant's newest build is held back, None if it is not."""
    try:
        return Held.model_validate_json((ws.published(tenant) / HELD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def override(ws: Workspace, tenant: str) -> Override | None:
    """The decision to publish the tenant's held day anyway, None if there is none."""
    try:
        text = (ws.published(tenant) / OVERRIDE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Override.model_validate_json(text)
