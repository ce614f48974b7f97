"""Makes a report for a tenant: published rows -> payloads -> what is not rendered yet -> artefacts.

Content-addressed: a folder whose artifacts.json carries the same content key is left as it is, with
the build id under which that content first appeared. All else goes to the workers, a payload at a
time, and is written when ready; one account that fails does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipeline.errors import ConfigError, MilepostError
from pipeline.publish.reader import Published, open_published
from pipeline.reports import artifacts, render
from pipeline.reports.artifacts import PAYLOAD, Artifact, Index
from pipeline.reports.catalogue import (
    Report,
    Request,
    check_columns,
    check_formats,
    check_selection,
    find_report,
)
from pipeline.reports.envelope import make_envelope
from pipeline.reports.overrides import Overrides, overrides_key, read_overrides
from pipeline.reports.payload import Payload, content_key
from pipeline.reports.selection import EVERYTHING, Selection
from pipeline.reports.worker import File
from pipeline.settings import Settings
from pipeline.tenants import Registry
from pipeline.workspace import Workspace

# Where reports lie that show what somebody asked for, and not the tenant's of the day.
ON_DEMAND = "on_demand"


@dataclass(frozen=True)
class Failure:
    """A report that could not be made: its folder key (customer), and why."""

    key: tuple[str, ...]
    reason: str


class ReportsFailed(MilepostError):
    """Some of a tenant's reports failed; `artifacts` are those that did not."""

    def __init__(
        self, tenant: str, report: str, failures: list[Failure], made: list[Artifact]
    ) -> None:
        self.failures, self.artifacts = tuple(failures), made
        lines = [f"  {'/'.join(f.key) or report}: {f.reason}" for f in failures]
        count = f"{len(failures)} of {report}" if len(failures) > 1 else report
        super().__init__(f"{tenant}: {count} could not be made:\n" + "\n".join(lines))


def render_report(
    ws: Workspace,
    registry: Registry,
    settings: Settings,
    tenant: str,
    report: str,
    as_of: date | None = None,
    *,
    customer: str | None = None,
    lead: str | None = None,
    formats: Iterable[str] | None = None,
    selection: Selection = EVERYTHING,
    figures: Workspace | None = None,
) -> list[Artifact]:
    """Make the report's artefacts from the tenant's current build; those there already are kept.
    One folder, or one for each customer; `customer` and `lead`, an id or code, for that one alone.
    `formats`: the report's usual ones by default; payload.json is always written. `figures`:
    another workspace to take the build from (`publish.earlier`). Raises ConfigError for a wrong
    name or date, BuildError for a missing column, ReportsFailed once all else is made.
    """
    row = find_report(report)
    asked = check_formats(row, formats)
    check_selection(row, selection)
    bound = None
    if row.binds and "pdf" in asked:
        bound = render_report(
            ws, registry, settings, tenant, row.binds, as_of, formats=["pdf"], figures=figures
        )
    with open_published(figures or ws, tenant) as published:
        _check_date(published, as_of)
        check_columns(row, _columns(published))
        owner = registry.tenant(tenant)
        envelope = make_envelope(ws, owner, published)
        request = Request(owner, envelope, published, customer, lead, selection)
        apart = figures is not None or bool(selection)
        run = _Run(ws, row, request, asked, apart, read_overrides(ws, tenant))
        if bound is not None:
            return run.bind(bound, ws.path("state", "fonts"))
        run.render_all(settings.workers)
    if customer is None and lead is None and not apart:
        run.remove_others()
    return run.outcome()


@dataclass(frozen=True)
class _Task:
    """What a job's outcome is written to."""

    folder: Path
    index: Index
    payload: bytes


@dataclass
class _Run:
    """One report of one tenant: what was made, kept, and failed so far."""

    ws: Workspace
    report: Report
    request: Request
    formats: tuple[str, ...]
    apart: bool
    overrides: Overrides
    made: list[Artifact] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)

    def render_all(self, workers: int) -> None:
        """Render what is not there yet, and write it as it comes."""
        cache_dir = self.ws.path("state", "fonts")
        for outcome in render.render_all(self.jobs(), workers=workers, cache_dir=cache_dir):
            self.record(outcome)

    def outcome(self) -> list[Artifact]:
        """Everything made or kept, by path; ReportsFailed with them if something was not."""
        made = sorted(self.made, key=lambda artifact: artifact.path)
        if self.failures:
            tenant = self.request.envelope.tenant_id
            raise ReportsFailed(tenant, self.report.name, self.failures, made)
        return made

    def jobs(self) -> Iterator[render.Job]:
        """The payloads that are not rendered yet, as jobs; notes the others as kept."""
        for key, content in self.report.module.contents(self.request):
            if isinstance(content, MilepostError):
                self.failures.append(Failure(key, str(content)))
                continue
            payload = Payload(
                schema_name=self.report.module.SCHEMA,
                envelope=self.request.envelope,
                content=content,
            )
            yield from self._job(key, payload)

    def _job(self, key: tuple[str, ...], payload: Payload) -> Iterator[render.Job]:
        folder = self._folder(*key)
        self.folders.add(folder)
        said = payload.content_hash()
        key_now = content_key(
            said, render.fingerprint(self.report.name) + overrides_key(self.overrides)
        )
        there = artifacts.read_index(folder)
        if there and there.content_key == key_now and artifacts.is_intact(folder, there):
            present = {entry.format for entry in there.files}
            missing = tuple(name for name in self.formats if name not in present)
            if not missing:
                self.made.extend(artifacts.artifacts_of(folder, there))
                return
            # Another format of the same content: from the payload that is there, build id and all.
            task = _Task(folder, there, (folder / PAYLOAD).read_bytes())
            yield render.Job(task, self.report.name, missing, task.payload, self.overrides)
            return
        index = self._index(key, said, key_now)
        task = _Task(folder, index, payload.to_json())
        job = render.Job(task, self.report.name, self.formats, task.payload, self.overrides)
        if self.formats:
            yield job
        else:
            self.record(render.Rendered(job, ()))

    def _folder(self, *key: str) -> Path:
        """Of the report of the day, or apart from it: a part of it is never sent for the whole."""
        envelope, name = self.request.envelope, self.report.name
        if self.apart:
            selection = self.request.selection
            key = (name, selection.slug() if selection else "whole", *key)
            name = ON_DEMAND
        return self.ws.artifacts(envelope.tenant_id, name, envelope.as_of, *key)

    def record(self, outcome: render.Outcome) -> None:
        """Write what was rendered, or note why it was not."""
        task: _Task = outcome.job.key
        if isinstance(outcome, render.Failed):
            self.failures.append(Failure(task.index.key, outcome.reason))
            return
        index = artifacts.write_folder(task.folder, task.index, task.payload, outcome.files)
        written = {PAYLOAD, *(file.name for file in outcome.files)}
        self.made.extend(artifacts.artifacts_of(task.folder, index, written))

    def bind(self, statements: Sequence[Artifact], cache_dir: Path) -> list[Artifact]:
        """Write the one file that the statements are bound into, with its index."""
        module, envelope = self.report.module, self.request.envelope
        parts = [
            module.read_statement(one.path.parent, one.path.read_bytes())
            for one in sorted(statements, key=lambda artifact: artifact.key)
            if one.format == "pdf"
        ]
        data, payload = module.bind(parts, envelope, cache_dir)
        folder, said = self._folder(), payload.content_hash()
        index = self._index((), said, content_key(said, render.fingerprint(self.report.name)))
        file = File(self.report.file_name("pdf"), "pdf", data)
        index = artifacts.write_folder(folder, index, payload.to_json(), [file])
        return artifacts.artifacts_of(folder, index, {PAYLOAD, file.name})

    def _index(self, key: tuple[str, ...], said: str, key_now: str) -> Index:
        envelope = self.request.envelope
        return Index(
            tenant=envelope.tenant_id,
            report=self.report.name,
            key=key,
            as_of=envelope.as_of,
            content_key=key_now,
            content_hash=said,
            build_id=envelope.build_id,
            files=(),
        )

    def remove_others(self) -> None:
        """Remove folders of an earlier run whose customer has no report any more."""
        envelope = self.request.envelope
        root = self.ws.artifacts(envelope.tenant_id, self.report.name, envelope.as_of)
        if self.report.per == "tenant" or not root.is_dir():
            return
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and folder not in self.folders:
                artifacts.remove_folder(folder)


def _check_date(published: Published, as_of: date | None) -> None:
    if as_of is not None and as_of != published.as_of:
        raise ConfigError(
            f"{published.tenant}: the published data is as of {published.as_of}, not {as_of};"
            f" run `milepost refresh --as-of {as_of}` first"
        )


def _columns(published: Published) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for row in published.rows("select table_name, column_name from information_schema.columns"):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    return columns
