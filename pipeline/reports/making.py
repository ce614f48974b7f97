"""One report of one tenant while it is made: payloads -> what is not rendered yet -> artifacts.

Content-addressed: a folder whose artifacts.json carries the same content key is left as it is, with
the build id under which that content first appeared. Where a report's module knows the published
rows of a folder by a digest, and digest, tenant and code are those it was made of, not even its
payload is made again. All else goes to the workers, a payload at a time, and is written when ready.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.reports import artifacts
from pipeline.reports.artifacts import PAYLOAD, Artifact, Index
from pipeline.reports.overrides import Overrides
from pipeline.reports.payload import PROVENANCE, Payload, canonical_json, content_key
from pipeline.reports.render_keys import payload_code_key, renderer_key
from pipeline.reports.report import File, Inputs, Key, Rendering, Report
from pipeline.reports.workers import pool
from pipeline.reports.workers.job import Failed, Job, Outcome, Rendered

# Where reports lie that show what somebody asked for, and not the tenant's of the day.
ON_DEMAND = "on_demand"


@dataclass(frozen=True)
class FailedDocument:
    """A report that could not be made: its folder key (customer), and why."""

    key: Key
    reason: str


class ReportsFailed(MilepostError):
    """Some of a tenant's reports failed; `artifacts` are those that did not."""

    def __init__(
        self, tenant: str, report: str, failures: list[FailedDocument], made: list[Artifact]
    ) -> None:
        self.failures, self.artifacts = tuple(failures), made
        lines = [f"  {'/'.join(f.key) or report}: {f.reason}" for f in failures]
        count = f"{len(failures)} of {report}" if len(failures) > 1 else report
        super().__init__(f"{tenant}: {count} could not be made:\n" + "\n".join(lines))


@dataclass(frozen=True)
class _Task:
    """What a job's outcome is written to."""

    folder: Path
    index: Index
    payload: bytes


@dataclass
class Making:
    """One report of one tenant: what was made, kept, and failed so far."""

    ws: Workspace
    inputs: Inputs
    formats: tuple[str, ...]
    overrides: Overrides
    made: list[Artifact] = field(default_factory=list)
    failures: list[FailedDocument] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)
    _sources: dict[Key, str] = field(default_factory=dict)
    # The document that met its limit: what made that one slow is likely to be in the others.
    _over_limit: Key | None = None

    def __post_init__(self) -> None:
        self.inputs = replace(self.inputs, keeps=self.keeps)

    @property
    def report(self) -> Report:
        return self.inputs.report

    def render_all(self, workers: int) -> None:
        """Render what is not there yet, and write it as it comes."""
        alone = self.inputs.asked.is_for_one or self.report.per == "tenant"
        outcomes = pool.render_all(
            self.jobs(),
            workers=workers,
            cache_dir=self._cache_dir,
            foreseen=self.report.name if "pdf" in self.formats and not alone else None,
        )
        for outcome in outcomes:
            self.record(outcome)

    def outcome(self) -> list[Artifact]:
        """Everything made or kept, by path; ReportsFailed with them if something was not."""
        made = sorted(self.made, key=lambda artifact: artifact.path)
        if self.failures:
            tenant = self.inputs.envelope.tenant_id
            raise ReportsFailed(tenant, self.report.name, self.failures, made)
        return made

    def jobs(self) -> Iterator[Job]:
        """The payloads that are not rendered yet, as jobs; notes the others as kept."""
        module = self.report.module
        for key, content in module.contents(self.inputs):
            if isinstance(content, MilepostError):
                self.failures.append(FailedDocument(key, str(content)))
                continue
            if self._over_limit is not None:
                met = "/".join(self._over_limit)
                self.failures.append(FailedDocument(key, f"not tried, because {met} met its limit"))
                continue
            envelope = self.inputs.envelope
            payload = Payload(schema_name=module.schema, envelope=envelope, content=content)
            yield from self._job(key, payload)

    def keeps(self, key: Key, digest: str) -> bool:
        """Whether the folder is whole and was made of these rows by this code; notes it as kept."""
        folder = self._folder(*key)
        source = self._sources[key] = content_key(digest, self._maker)
        there = artifacts.read_index(folder)
        if there is None or there.source_key != source or not self._is_whole(folder, there):
            return False
        self.folders.add(folder)
        self.made.extend(artifacts.artifacts_of(folder, there))
        return True

    def _is_whole(self, folder: Path, index: Index) -> bool:
        return not self._missing(index) and artifacts.is_intact(folder, index)

    def _missing(self, index: Index) -> tuple[str, ...]:
        present = {entry.format for entry in index.files}
        return tuple(name for name in self.formats if name not in present)

    @cached_property
    def _maker(self) -> str:
        """Hash of all but published rows that a content follows from: tenant, day, period, code."""
        inputs = self.inputs
        envelope = inputs.envelope.model_dump(mode="json", exclude=set(PROVENANCE))
        said = [
            envelope,
            inputs.tenant.model_dump(mode="json"),
            repr(inputs.asked.selection),
            self.report.module.schema,
            self._renderer,
            payload_code_key(self.report),
        ]
        return hashlib.sha256(canonical_json(said)).hexdigest()

    @cached_property
    def _renderer(self) -> str:
        return renderer_key(self.report, self.overrides)

    def _job(self, key: Key, payload: Payload) -> Iterator[Job]:
        folder = self._folder(*key)
        self.folders.add(folder)
        said = payload.content_hash()
        key_now = content_key(said, self._renderer)
        there = artifacts.read_index(folder)
        if there and there.content_key == key_now and artifacts.is_intact(folder, there):
            missing = self._missing(there)
            if not missing:
                self.made.extend(artifacts.artifacts_of(folder, there))
                return
            # Another format of the same content: from the payload that is there, build id and all.
            task = _Task(folder, there, (folder / PAYLOAD).read_bytes())
            yield Job(task, self.report.name, missing, task.payload, self.overrides)
            return
        index = self._index(key, said, key_now)
        task = _Task(folder, index, payload.to_json())
        job = Job(task, self.report.name, self.formats, task.payload, self.overrides)
        if self.formats:
            yield job
        else:
            self.record(Rendered(job, ()))

    def _folder(self, *key: str) -> Path:
        """Of the report of the day, or apart from it: a part of it is never sent for the whole."""
        envelope, name = self.inputs.envelope, self.report.name
        if self.inputs.asked.is_apart:
            selection = self.inputs.asked.selection
            key = (name, selection.slug() if selection else "whole", *key)
            name = ON_DEMAND
        return self.ws.artifacts(envelope.tenant_id, name, envelope.as_of, *key)

    def record(self, outcome: Outcome) -> None:
        """Write what was rendered, or note why it was not."""
        task: _Task = outcome.job.key
        if isinstance(outcome, Failed):
            self.failures.append(FailedDocument(task.index.key, outcome.reason))
            if outcome.over_limit:
                self._over_limit = task.index.key
            return
        index = artifacts.write_folder(task.folder, task.index, task.payload, outcome.files)
        written = {PAYLOAD, *(file.name for file in outcome.files)}
        self.made.extend(artifacts.artifacts_of(task.folder, index, written))

    def bind(self, documents: Sequence[Artifact]) -> list[Artifact]:
        """Write the one file that the PDFs among `documents` are bound into, with its index."""
        parts = [
            Rendering((one.path.parent / PAYLOAD).read_bytes(), one.path.read_bytes())
            for one in sorted(documents, key=lambda artifact: artifact.key)
            if one.format == "pdf"
        ]
        module = self.report.module
        ((_, content),) = module.contents(self.inputs)
        if isinstance(content, MilepostError):
            raise content
        envelope = self.inputs.envelope
        said = Payload(schema_name=module.schema, envelope=envelope, content=content)
        data, payload = module.bind(parts, said, self._lay_out)
        folder, told = self._folder(), payload.content_hash()
        index = self._index((), told, content_key(told, self._renderer))
        others = tuple(name for name in self.formats if name != "pdf")
        files = [File(self.report.file_name("pdf"), "pdf", data)]
        files += self._render(payload, others) if others else ()
        index = artifacts.write_folder(folder, index, payload.to_json(), files)
        return artifacts.artifacts_of(folder, index, {PAYLOAD, *(file.name for file in files)})

    def _lay_out(self, payload: Payload) -> bytes:
        return self._render(payload, ("pdf",))[0].data

    def _render(self, payload: Payload, formats: tuple[str, ...]) -> Sequence[File]:
        job = Job("front", self.report.name, formats, payload.to_json(), self.overrides)
        (outcome,) = pool.render_all([job], workers=1, cache_dir=self._cache_dir)
        if isinstance(outcome, Failed):
            title = self.report.title
            raise MilepostError(f"the pages before the {title!r} failed: {outcome.reason}")
        return outcome.files

    @property
    def _cache_dir(self) -> Path:
        return self.ws.path("state", "fonts")

    def _index(self, key: Key, said: str, key_now: str) -> Index:
        envelope = self.inputs.envelope
        return Index(
            tenant=envelope.tenant_id,
            report=self.report.name,
            key=key,
            as_of=envelope.as_of,
            content_key=key_now,
            content_hash=said,
            source_key=self._sources.get(key, ""),
            build_id=envelope.build_id,
            files=(),
        )

    def remove_others(self) -> None:
        """Remove folders of an earlier run whose customer has no report any more."""
        envelope = self.inputs.envelope
        root = self.ws.artifacts(envelope.tenant_id, self.report.name, envelope.as_of)
        if self.report.per == "tenant" or not root.is_dir():
            return
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and folder not in self.folders:
                artifacts.remove_folder(folder)
