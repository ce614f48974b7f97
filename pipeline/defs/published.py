"""The published builds: one step for all tenants, and each tenant's status as a partition."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipeline.defs.models import BUILT_MODELS
from pipeline.defs.resources import MilepostResource, RefreshLock
from pipeline.publish.layout import Held
from pipeline.publish.publish import PublishedBuild, PublishResult, publish
from pipeline.publish.reader import open_published
from pipeline.workspace import Workspace

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
    description="Each tenant's current build: its as-of date, headline figures and findings.",
)


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
    ws = milepost.workspace
    result = publish(ws, milepost.settings)
    context.instance.add_dynamic_partitions(
        "tenant", [build.tenant for build in result.builds] + [held.tenant for held in result.held]
    )
    for build in result.builds:
        context.log_event(_tenant_materialization(ws, build))
    yield dg.MaterializeResult(metadata=_metadata(result))
    records = [dg.TableRecord(row) for row in _held_rows(result.held)]
    yield dg.AssetCheckResult(
        check_name=NO_TENANT_HELD.name,
        passed=not result.held,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"held": dg.MetadataValue.table(records)} if records else {},
    )


def _tenant_materialization(ws: Workspace, build: PublishedBuild) -> dg.AssetMaterialization:
    with open_published(ws, build.tenant) as data:
        [kpis] = data.rows(
            "SELECT total_leads, converted_leads, total_bookings, outstanding_balance"
            " FROM v_kpi_dashboard"
        )
        findings = data.rows(
            "SELECT check_name, severity, failures FROM data_checks WHERE failures > 0"
            " ORDER BY severity, check_name"
        )
    records = [dg.TableRecord(row) for row in findings]
    return dg.AssetMaterialization(
        asset_key=tenant_figures.key,
        partition=build.tenant,
        metadata={
            "build_id": build.build_id,
            "as_of": build.as_of.isoformat(),
            "rows": build.rows,
            "changed": build.changed,
            **{name: str(value) for name, value in kpis.items()},
            **({"findings": dg.MetadataValue.table(records)} if records else {}),
        },
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
