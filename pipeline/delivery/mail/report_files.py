"""The artifacts of one report of one tenant, as a letter needs them: payloads, texts, attachments.

Reads the files that the reports left and nothing else. What the letter says of them is left to
`content.py` and `statement_letter.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
import mimetypes
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.delivery.mail.message import Attachment
from pipeline.reports.artifacts import Artifact
from pipeline.reports.catalogue import find_report
from pipeline.reports.selection import EVERYTHING, Selection

# Many servers refuse a message of 20 or 25 MB, and base64 makes a third more of it.
LARGEST_ATTACHMENTS = 10 * 1024 * 1024


@dataclass(frozen=True)
class ReportFiles:
    """What was made of a report as of a day."""

    ws: Workspace
    tenant: Tenant
    report: str
    as_of: date
    artifacts: Sequence[Artifact]
    selection: Selection = EVERYTHING

    @property
    def title(self) -> str:
        """The report's title, with the slice of it that these files are."""
        return ", ".join([find_report(self.report).title, *self.selection.described()])

    @property
    def folder(self) -> Path:
        return self.ws.artifacts(self.tenant.id, self.report, self.as_of)

    @property
    def build_id(self) -> str:
        """The newest build among them: what did not change keeps the build it first came from."""
        return max((artifact.build_id for artifact in self.artifacts), default="none")

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The report's own payload; MilepostError if it has none."""
        return self._payload(())

    def documents(self) -> Iterator[tuple[dict[str, Any], list[Artifact]]]:
        """Payload and renderings of each single document, where there is one per customer."""
        for key in sorted(self._by_key.keys() - {()}):
            own = [a for a in self._by_key[key] if a.format != "json"]
            yield self._payload(key), own

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to report: a quiet day, or no document at all."""
        if () in self._by_key:
            return bool(self.payload["content"].get("quiet", False))
        return not self.artifacts

    def files(self, *formats: str) -> list[Artifact]:
        """The report's own files (not the single documents'), format by format."""
        own = self._by_key.get((), [])
        return [artifact for wanted in formats for artifact in own if artifact.format == wanted]

    def text(self, format_: str) -> str:
        """The text of the report's one file in this format; MilepostError if there is none."""
        found = self.files(format_)
        if not found:
            raise MilepostError(
                f"{self.report} was not rendered as {format_}, which its mail needs"
            )
        return self.read(found[0]).decode("utf-8")

    def read(self, artifact: Artifact) -> bytes:
        """The file's bytes; MilepostError if they are not the ones that were rendered."""
        data = artifact.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != artifact.sha256:
            raise MilepostError(
                f"{self.where(artifact.path)} is not as it was rendered: run `milepost report`"
            )
        return data

    def attach(self, files: Iterable[Artifact]) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
        """Attachments as far as they fit together, and the paths of the files that do not."""
        attached, left, room = [], [], LARGEST_ATTACHMENTS
        for file in files:
            if file.bytes > room:
                left.append(self.where(file.path))
                continue
            room -= file.bytes
            name = self.name(file.path.suffix)
            attached.append(Attachment(name, self.read(file), media_type(file.path)))
        return tuple(attached), tuple(left)

    def bundle(self, files: Iterable[Artifact]) -> tuple[Attachment, ...]:
        """Documents in one zip, the same bytes each time, each named by its folder; none if there
        is none, or if it would be too large.
        """
        found = sorted(files, key=lambda file: file.path)
        if not found or sum(file.bytes for file in found) > LARGEST_ATTACHMENTS:
            return ()
        buffer = io.BytesIO()
        # Stored: PDFs are compressed already. The date is the report's, since a clock would be new
        # bytes.
        day = self.as_of
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
            for file in found:
                name = f"{file.path.parent.name}{file.path.suffix}"
                entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                bundle.writestr(entry, self.read(file))
        return (Attachment(self.name(".zip"), buffer.getvalue(), "application/zip"),)

    def name(self, suffix: str) -> str:
        """A name that still says what it is in a folder of downloads."""
        words = f"{self.tenant.name} {self.report.replace('_', ' ')} {self.as_of.isoformat()}"
        return "-".join(words.split()) + suffix

    def where(self, path: Path) -> str:
        """A path as a person on the machine finds it: from the workspace on."""
        return path.relative_to(self.ws.root).as_posix()

    @cached_property
    def _by_key(self) -> dict[tuple[str, ...], list[Artifact]]:
        found: dict[tuple[str, ...], list[Artifact]] = defaultdict(list)
        for artifact in self.artifacts:
            found[artifact.key].append(artifact)
        return dict(found)

    def _payload(self, key: tuple[str, ...]) -> dict[str, Any]:
        for artifact in self._by_key.get(key, []):
            if artifact.format == "json":
                return dict(json.loads(self.read(artifact)))
        raise MilepostError(f"{self.report} has no payload: run `milepost report`")


def media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name, strict=False)[0] or "application/octet-stream"
