"""Report assets, one a report and partitioned by tenant, and the job that renders for many at once.

A run costs seconds to start, so the CLI and the daily tick render for all tenants in one run and
record a materialization per tenant; the partitioned assets are the re-run button in the UI.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import dagster as dg
from pydantic import Field

from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError, MilepostError, contained
from pipeline.core.locking import exclusive
from pipeline.defs.metadata.reports import artifacts_metadata
from pipeline.defs.published import TENANTS
from pipeline.defs.resources import MilepostResource
from pipeline.publish import layout
from pipeline.publish.as_of import figures_as_of
from pipeline.reports.artifacts import Artifact
from pipeline.reports.build import render_report
from pipeline.reports.catalogue import CATALOGUE
from pipeline.reports.report import Report
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import Selection
from pipeline.reports.workers.by_tenant import render_many

GROUP = "reports"
STATEMENT, TIMELINE = "customer_statement", "lead_timeline"
_BUILDING = threading.Lock()


class ReportRunConfig(dg.Config):
    """What to render, as the launchpad asks for it; days are written YYYY-MM-DD."""

    as_of: str | None = Field(None, description="The published day unless given; any day before.")
    customer: str | None = Field(None, description="One customer's code or id, for its statement.")
    lead: str | None = Field(None, description="One lead's code or id, for its timeline.")
    formats: list[str] | None = Field(None, description="html, text, pdf, xlsx, archive or json.")
    from_day: str | None = Field(None, description="First day of the period.")
    to_day: str | None = Field(None, description="Last day; a statement is as of that day.")
    owner: str | None = Field(None, description="Only this owner's, by name.")
    source: str | None = Field(None, description="Only this lead source's, by name or code.")
    campaign: str | None = Field(None, description="Only this campaign's, by name or id.")
    unit_type: str | None = Field(None, description="Only this unit type's.")
    project: str | None = Field(None, description="Only this project's, by name or code.")

    def selection(self) -> Selection:
        return Selection(
            first=_day(self.from_day),
            last=_day(self.to_day),
            owner=self.owner,
            source=self.source,
            campaign=self.campaign,
            unit_type=self.unit_type,
            project=self.project,
        )

    def request(self, tenant: str, report: str) -> ReportRequest:
        return ReportRequest(
            tenant,
            report,
            self.day(report),
            customer=self.customer,
            lead=self.lead,
            formats=None if self.formats is None else tuple(self.formats),
            selection=self.selection(),
        )

    def day(self, report: str) -> date | None:
        """The as-of day; what is open on a statement is known for its last day alone."""
        return _day(self.as_of or (self.to_day if report == STATEMENT else None))


class RenderConfig(ReportRunConfig):
    """What to render, and whose: the reports of a tenant file unless others are named."""

    tenants: list[str] | None = Field(None, description="All of the registry unless given.")
    reports: list[str] | None = Field(None, description="The tenant file's unless given.")


def asset_key(report: str) -> dg.AssetKey:
    return dg.AssetKey(["reports", report])


def render(
    milepost: MilepostResource, tenant: str, report: str, config: ReportRunConfig
) -> list[Artifact]:
    """Render one report of one tenant; MilepostError says why it cannot be."""
    ws, registry, settings = milepost.workspace, milepost.registry(), milepost.settings
    day = config.day(report)
    manifest = layout.current_manifest(ws, tenant)
    figures = None
    if day and manifest and manifest.as_of != day:
        # One thread at a time: the lock is there for other processes.
        with _BUILDING, exclusive(ws.path("state", "as_of.lock"), settings.now()):
            figures = figures_as_of(ws, registry, settings, day)
    asked = replace(config.request(tenant, report), figures=figures)
    return render_report(ws, registry, settings, asked)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{text!r} is not a day; write it as YYYY-MM-DD") from None


def materialization(
    tenant: str, report: str, artifacts: Sequence[Artifact]
) -> dg.AssetMaterialization:
    """What a run for several tenants says of one report that it made."""
    return dg.AssetMaterialization(
        asset_key=asset_key(report), partition=tenant, metadata=artifacts_metadata(artifacts)
    )


def _report_asset(report: Report) -> dg.AssetsDefinition:
    @dg.asset(
        key=asset_key(report.name),
        group_name=GROUP,
        partitions_def=TENANTS,
        deps=["tenant_figures"],
        description=f"{report.title}, for {report.audience}.",
    )
    def rendered(
        context: dg.AssetExecutionContext, config: ReportRunConfig, milepost: MilepostResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        artifacts = render(milepost, context.partition_key, report.name, config)
        return dg.MaterializeResult(metadata=artifacts_metadata(artifacts))

    return rendered


REPORT_ASSETS = [_report_asset(report) for report in CATALOGUE.values()]


@dg.op
def render_reports(
    context: dg.OpExecutionContext, config: RenderConfig, milepost: MilepostResource
) -> None:
    """Render for every tenant chosen; one that fails is recorded and does not stop the others."""
    artifacts, failed = [], []

    def of_tenant(tenant: str) -> list[tuple[str, list[Artifact] | MilepostError]]:
        return [(report, _attempt(milepost, tenant, report, config)) for report in chosen[tenant]]

    chosen = _chosen(milepost, config)
    for tenant, reports in render_many(chosen, of_tenant, workers=milepost.settings.workers):
        if isinstance(reports, MilepostError):
            raise reports
        for report, made in reports:
            if isinstance(made, MilepostError):
                failed.append({"tenant": tenant, "report": report, "reason": str(made)})
                continue
            artifacts += made
            context.log_event(materialization(tenant, report, made))
    context.add_output_metadata(
        {"result": {"artifacts": [_record(one) for one in artifacts], "failed": failed}}
    )


def _attempt(
    milepost: MilepostResource, tenant: str, report: str, config: ReportRunConfig
) -> list[Artifact] | MilepostError:
    try:
        with contained(f"{tenant}: {report}"):
            return render(milepost, tenant, report, config)
    except MilepostError as error:
        return error
    except OSError as error:
        return MilepostError(atomic_files.trouble(error))


def _chosen(milepost: MilepostResource, config: RenderConfig) -> dict[str, list[str]]:
    """The reports to render by tenant."""
    registry = milepost.registry()
    tenants = config.tenants or list(registry.tenants)
    one = {STATEMENT: config.customer, TIMELINE: config.lead}
    asked = [report for report, whom in one.items() if whom]
    if asked and len(tenants) > 1:
        raise ConfigError("say whose customer or lead it is: --tenant T")
    return {
        tenant: list(config.reports or asked or registry.tenant(tenant).reports)
        for tenant in tenants
    }


def _record(artifact: Artifact) -> dict[str, object]:
    return {
        "tenant": artifact.tenant,
        "report": artifact.report,
        "key": "/".join(artifact.key),
        "format": artifact.format,
        "path": str(artifact.path),
        "sha256": artifact.sha256,
        "rendered": artifact.rendered,
    }


@dg.job(name="report", description="Render reports for one, several or all tenants.")
def report_job() -> None:
    render_reports()
