"""Report assets, one a report and partitioned by tenant, and the job that renders for many at once.

A run costs seconds to start, so the CLI and the daily tick render for all tenants in one run and
record a materialization per tenant; the partitioned assets are the re-run button in the UI.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from pipeline.defs.published import TENANTS
from pipeline.defs.resources import MilepostResource
from pipeline.errors import MilepostError
from pipeline.reports.artifacts import Artifact
from pipeline.reports.build import render_report
from pipeline.reports.catalogue import CATALOGUE, Report
from pipeline.reports.render import kept_workers

GROUP = "reports"
# What a preview may weigh in Dagster's event log.
PREVIEW_BYTES = 20_000


class ReportConfig(dg.Config):
    """as_of: the published day unless given. customer, lead: one's code or id."""

    as_of: str | None = None
    customer: str | None = None
    lead: str | None = None
    formats: list[str] | None = None


class RenderConfig(ReportConfig):
    """tenants, reports: all of the registry's unless given."""

    tenants: list[str] | None = None
    reports: list[str] | None = None


def asset_key(report: str) -> dg.AssetKey:
    return dg.AssetKey(["reports", report])


def render(
    milepost: MilepostResource, tenant: str, report: str, config: ReportConfig
) -> list[Artifact]:
    """Render one report of one tenant; MilepostError says why it cannot be."""
    return render_report(
        milepost.workspace,
        milepost.registry(),
        milepost.settings,
        tenant,
        report,
        date.fromisoformat(config.as_of) if config.as_of else None,
        customer=config.customer,
        lead=config.lead,
        formats=config.formats,
    )


def artifacts_metadata(artifacts: Sequence[Artifact]) -> dict[str, dg.MetadataValue]:
    """Counts, hashes and paths; and the page itself where there is one. No names of people."""
    metadata: dict[str, dg.MetadataValue] = {
        "files": dg.MetadataValue.int(len(artifacts)),
        "rendered": dg.MetadataValue.int(sum(artifact.rendered for artifact in artifacts)),
        "bytes": dg.MetadataValue.int(sum(artifact.bytes for artifact in artifacts)),
    }
    if artifacts:
        first = artifacts[0]
        metadata["build_id"] = dg.MetadataValue.text(first.build_id)
        metadata["as_of"] = dg.MetadataValue.text(first.as_of.isoformat())
        metadata["folder"] = dg.MetadataValue.path(str(first.path.parent))
    for artifact in artifacts[:10]:
        metadata[artifact.format] = dg.MetadataValue.url(artifact.path.as_uri())
    return metadata


def _report_asset(report: Report) -> dg.AssetsDefinition:
    @dg.asset(
        key=asset_key(report.name),
        group_name=GROUP,
        partitions_def=TENANTS,
        deps=["tenant_figures"],
        description=f"{report.title}, for {report.audience}.",
    )
    def rendered(
        context: dg.AssetExecutionContext, config: ReportConfig, milepost: MilepostResource
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
    with kept_workers():
        for tenant, report in _chosen(milepost, config):
            try:
                made = render(milepost, tenant, report, config)
            except MilepostError as error:
                failed.append({"tenant": tenant, "report": report, "reason": str(error)})
                continue
            artifacts += made
            context.log_event(
                dg.AssetMaterialization(
                    asset_key=asset_key(report), partition=tenant, metadata=artifacts_metadata(made)
                )
            )
    context.add_output_metadata(
        {"result": {"artifacts": [_record(one) for one in artifacts], "failed": failed}}
    )


def _chosen(milepost: MilepostResource, config: RenderConfig) -> Iterator[tuple[str, str]]:
    registry = milepost.registry()
    for tenant in config.tenants or registry.tenants:
        for report in config.reports or registry.tenant(tenant).reports:
            yield tenant, report


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
