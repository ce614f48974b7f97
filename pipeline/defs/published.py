"""The published builds: one step for all tenants, and each tenant's status as a partition."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from pipeline.defs.models import BUILT_MODELS
from pipeline.defs.resources import MilepostResource, RefreshLock
from pipeline.publish import warehouse
from pipeline.publish.layout import Held
from pipeline.publish.publish import PublishedBuild, PublishResult, publish
from pipeline.publish.reader import Published, open_published

GROUP = "published"
TENANTS = dg.DynamicPartitionsDefinition(name="tenant")
NO_TENANT_HELD = dg.AssetCheckSpec(
    "no_tenant_held",
    asset="published",
    description="No tenant's newest build is held back by a blocking finding.",
)

tenant_figures = dg.AssetSpec(
    "tenant_figures",
    group_name=GROUP,
    partitions_def=TENANTS,
    deps=["published"],
    description="Each tenant's current build: its as-of date, headline figures and findings."
    " Choose the tenant under Partitions; its reports are the assets downstream.",
)
DATA_CHECKS = "data_checks"
# Dagster, pinned to one version, calls checks by partition a preview; users need not hear of it.
warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec")


@dg.asset_check(asset=tenant_figures.key, name=DATA_CHECKS, partitions_def=TENANTS)
def data_checks(
    context: dg.AssetCheckExecutionContext, milepost: MilepostResource
) -> dg.AssetCheckResult:
    """What the tenant's current build says of its own figures and records."""
    tenant = context.partition_key
    with open_published(milepost.workspace, tenant) as data:
        return dg.AssetCheckResult(**_verdict(_findings(data)))


@dg.asset(
    group_name=GROUP,
    deps=BUILT_MODELS,
    check_specs=[NO_TENANT_HELD],
    kinds={"parquet"},
    description="Every mart and view, split by tenant, each tenant flipped in one rename.",
)
def published(
    context: dg.AssetExecutionContext,
    milepost: MilepostResource,
    refresh_lock: RefreshLock,  # noqa: ARG001 (held, not used)
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    ws, settings = milepost.workspace, milepost.settings
    result = publish(ws, settings)
    # From the warehouse, at once: to open the builds one by one takes as long as writing them.
    with warehouse.open_warehouse(ws, settings) as connection:
        headlines = warehouse.headlines(connection)
        findings = warehouse.findings(connection)
    context.instance.add_dynamic_partitions(
        "tenant", [build.tenant for build in result.builds] + [held.tenant for held in result.held]
    )
    for build in result.builds:
        of_tenant = findings.get(build.tenant, [])
        for event in _tenant_events(build, headlines[build.tenant], of_tenant):
            context.log_event(event)
    for held in result.held:
        reasons = [{**row, "severity": "error"} for row in _held_rows([held])]
        context.log_event(_evaluation(held.tenant, _verdict(reasons)))
    yield dg.MaterializeResult(metadata=_metadata(result))
    records = [dg.TableRecord(row) for row in _held_rows(result.held)]
    yield dg.AssetCheckResult(
        check_name=NO_TENANT_HELD.name,
        passed=not result.held,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"held": dg.MetadataValue.table(records)} if records else {},
    )


def _tenant_events(
    build: PublishedBuild, headline: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    records = [dg.TableRecord(row) for row in findings]
    yield dg.AssetMaterialization(
        asset_key=tenant_figures.key,
        partition=build.tenant,
        metadata={
            "build_id": build.build_id,
            "as_of": build.as_of.isoformat(),
            "rows": build.rows,
            "changed": build.changed,
            **{name: str(value) for name, value in headline.items()},
            **({"findings": dg.MetadataValue.table(records)} if records else {}),
        },
    )
    yield _evaluation(build.tenant, _verdict(findings))


def _findings(data: Published) -> list[dict[str, Any]]:
    return data.rows(
        "SELECT check_name, severity, failures, sample, owner_hint FROM data_checks"
        " WHERE failures > 0 ORDER BY severity, check_name"
    )


def _verdict(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Passed, how severe, and the findings, as Dagster's checks take them."""
    severities = {row["severity"] for row in findings}
    records = [dg.TableRecord(row) for row in findings]
    return {
        "passed": severities <= {"info"},
        "severity": (
            dg.AssetCheckSeverity.ERROR if "error" in severities else dg.AssetCheckSeverity.WARN
        ),
        "metadata": {"findings": dg.MetadataValue.table(records)} if records else {},
    }


def _evaluation(tenant: str, verdict: Mapping[str, Any]) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=tenant_figures.key, check_name=DATA_CHECKS, partition=tenant, **verdict
    )


def _metadata(result: PublishResult) -> dict[str, dg.MetadataValue]:
    builds: list[dict[str, str | int]] = [
        {
            "tenant": build.tenant,
            "build_id": build.build_id,
            "as_of": build.as_of.isoformat(),
            "rows": build.rows,
            "changed": build.changed,
        }
        for build in result.builds
    ]
    metadata: dict[str, dg.MetadataValue] = {
        "tenants": dg.MetadataValue.int(len(result.builds)),
        "tenants_held": dg.MetadataValue.int(len(result.held)),
        "result": dg.MetadataValue.json({"published": builds, "held": _held_rows(result.held)}),
    }
    if builds:
        metadata["builds"] = dg.MetadataValue.table([dg.TableRecord(row) for row in builds])
    return metadata


def _held_rows(held: Sequence[Held]) -> list[dict[str, str | int]]:
    return [
        {
            "tenant": one.tenant,
            "check": reason.check_name,
            "failures": reason.failures,
            "sample": reason.sample or "",
            "what_to_do": reason.owner_hint or "",
        }
        for one in held
        for reason in one.reasons
    ]
