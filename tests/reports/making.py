"""From a sample build to a report's payload and files, the way `build` does it, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config.registry import Tenant, load_registry
from pipeline.config.workspace import Workspace
from pipeline.publish.reader import open_published
from pipeline.reports.catalogue import find_report
from pipeline.reports.daily_summary.report import SummaryContent
from pipeline.reports.envelope import make_envelope
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs
from pipeline.reports.request import ReportRequest
from pipeline.reports.sales_dashboard.content import DashboardContent
from pipeline.reports.workers.job import Job, Rendered
from pipeline.reports.workers.pool import render_all
from pipeline.reports.workers.rendering import render_files
from tests.reports.sample import TENANT, Tables, publish

SKYLINE = Tenant(id=TENANT, name="Skyline Homes", legal_name="Skyline Homes Private Limited")


def make_payload(
    folder: Path, report: str, tables: Tables, tenant: Tenant = SKYLINE, **envelope: Any
) -> Payload:
    """The report's payload from `tables`; `envelope` replaces fields of the envelope."""
    ws = Workspace(folder)
    publish(ws, tables)
    row = find_report(report)
    asked = ReportRequest(tenant.id, report)
    with open_published(ws, tenant.id) as published:
        made = make_envelope(ws, tenant, published).model_copy(update=envelope)
        ((_, content),) = row.module.contents(Inputs(row, tenant, made, published, asked))
    return Payload(schema_name=row.module.schema, envelope=made, content=content)


def render(payload: Payload, *formats: str) -> Mapping[str, bytes]:
    """The files of HTML and text, by format, made in this process."""
    report = find_report(payload.schema_name.split("/")[0])
    files = render_files(report, payload.to_json(), list(formats))
    return {file.format: file.data for file in files}


def render_in_worker(payload: Payload, folder: Path, *formats: str) -> Mapping[str, bytes]:
    """The files by format, made by a worker: a PDF needs its fonts."""
    job = Job("one", payload.schema_name.split("/")[0], formats, payload.to_json())
    (outcome,) = render_all([job], workers=1, cache_dir=folder)
    assert isinstance(outcome, Rendered), outcome
    return {file.format: file.data for file in outcome.files}


def payload_of(ws: Workspace, tenant: str, report: str, **asked: Any) -> Payload:
    """The report's payload from the tenant's current build; the first of several."""
    row, request = find_report(report), ReportRequest(tenant, report, **asked)
    owner = load_registry(ws).tenant(tenant)
    with open_published(ws, tenant) as published:
        envelope = make_envelope(ws, owner, published)
        inputs = Inputs(row, owner, envelope, published, request)
        _, content = next(row.module.contents(inputs))
    return Payload(schema_name=row.module.schema, envelope=envelope, content=content)


def summary_of(payload: Payload) -> SummaryContent:
    """What a daily summary says, with its type."""
    assert isinstance(payload.content, SummaryContent)
    return payload.content


def page_of(payload: Payload) -> DashboardContent:
    """What a dashboard says, with its type."""
    assert isinstance(payload.content, DashboardContent)
    return payload.content
