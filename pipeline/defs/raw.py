"""Raw assets: the registry and one asset an entity, landed by one step."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from pipeline.contracts import CONTRACTS
from pipeline.defs.resources import MilepostResource, RefreshLock
from pipeline.landing.land import ingest
from pipeline.landing.registry import land_registry
from pipeline.landing.result import IngestResult

GROUP = "raw"
QUARANTINE = dg.AssetKey(["raw", "quarantine"])
REGISTRY_TABLES = ("tenants", "tenant_stages")


class RegistryConfig(dg.Config):
    """as_of: the day every tenant's figures are for; each tenant's yesterday unless given."""

    as_of: str | None = None


@dg.multi_asset(
    name="registry",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(["raw", table], description="The tenant registry, landed at each refresh")
        for table in REGISTRY_TABLES
    ],
)
def registry(
    config: RegistryConfig,
    milepost: MilepostResource,
    refresh_lock: RefreshLock,  # noqa: ARG001 (held, not used)
) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    as_of = milepost.as_of_dates(config.as_of)
    tenants = milepost.registry()
    batch = land_registry(milepost.workspace, tenants, as_of, milepost.settings.now())
    for table in REGISTRY_TABLES:
        yield dg.MaterializeResult(
            asset_key=["raw", table],
            metadata={
                "batch": batch,
                "as_of": dg.MetadataValue.json(
                    {tenant: day.isoformat() for tenant, day in as_of.items()}
                ),
            },
        )


@dg.multi_asset(
    name="landing",
    group_name=GROUP,
    can_subset=True,
    specs=[
        dg.AssetSpec(["raw", name], description=contract.about, kinds={"parquet"})
        for name, contract in CONTRACTS.items()
    ]
    + [dg.AssetSpec(QUARANTINE, description="Rows that break a hard rule, whole, with why")],
)
def landing(
    context: dg.AssetExecutionContext,
    milepost: MilepostResource,
    refresh_lock: RefreshLock,  # noqa: ARG001 (held, not used)
) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    selected = {key.path[-1] for key in context.selected_asset_keys}
    entities = [name for name in CONTRACTS if name in selected]
    settings = milepost.settings
    result = ingest(
        milepost.workspace,
        milepost.registry(),
        entities,
        now=settings.now(),
        threads=settings.threads,
    )
    for name in entities:
        yield dg.MaterializeResult(asset_key=["raw", name], metadata=_metadata(result, name))
    yield dg.MaterializeResult(asset_key=QUARANTINE, metadata=_trouble(result))


def _metadata(result: IngestResult, entity: str) -> dict[str, dg.MetadataValue]:
    """What landed by tenant; it is this entity's part of the run's result."""
    landed = [
        {"tenant": tenant, "entity": entity, **asdict(counts)}
        for (tenant, name), counts in sorted(result.counts.items())
        if name == entity
    ]
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(sum(row["landed"] for row in landed)),
        "quarantined": dg.MetadataValue.int(sum(row["quarantined"] for row in landed)),
        "files_read": dg.MetadataValue.int(
            sum(file.entity == entity for file in result.with_status("landed"))
        ),
        "result": dg.MetadataValue.json({"landed": landed}),
    }
    if entity in result.batches:
        metadata["batch"] = dg.MetadataValue.text(result.batches[entity])
    if landed:
        metadata["landed"] = dg.MetadataValue.table([dg.TableRecord(row) for row in landed])
    return metadata


def _trouble(result: IngestResult) -> dict[str, dg.MetadataValue]:
    """Rows quarantined, and the files that were not read and why."""
    files = [
        {"tenant": file.tenant, "file": file.path, "status": file.status, "message": file.message}
        for file in result.with_status("refused", "waiting")
    ]
    quarantined = sum(counts.quarantined for counts in result.counts.values())
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(quarantined),
        "result": dg.MetadataValue.json({"files_not_read": files}),
    }
    if files:
        metadata["files_not_read"] = dg.MetadataValue.table([dg.TableRecord(row) for row in files])
    return metadata
