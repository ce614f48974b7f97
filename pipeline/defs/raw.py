"""Raw assets: the registry and one asset an entity, landed by one step."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from pipeline.contracts import CONTRACTS
from pipeline.defs.metadata.raw import (
    CONTROL_TOTALS,
    NOTHING_OPEN,
    QUARANTINE,
    SOURCES_READ,
    control_totals,
    entity_metadata,
    nothing_open,
    sources_read,
    trouble_metadata,
)
from pipeline.defs.resources import MilepostResource, RefreshLock
from pipeline.landing.ingest import ingest
from pipeline.landing.quarantine.listing import quarantined_rows
from pipeline.landing.sidecars.registry import TABLES, land_registry
from pipeline.landing.sidecars.side_tables import SIDE_TABLES

GROUP = "raw"


class RegistryConfig(dg.Config):
    """as_of: the day every tenant's figures are for; each tenant's yesterday unless given."""

    as_of: str | None = None


@dg.multi_asset(
    name="registry",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(["raw", table], description="The tenant registry, landed at each refresh")
        for table in TABLES
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
    for table in TABLES:
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
    + [dg.AssetSpec(["raw", name], description=about) for name, about in SIDE_TABLES.items()]
    + [dg.AssetSpec(QUARANTINE, description="Rows that break a hard rule, whole, with why")],
    check_specs=[
        *(dg.AssetCheckSpec(CONTROL_TOTALS, asset=["raw", name]) for name in CONTRACTS),
        dg.AssetCheckSpec(NOTHING_OPEN, asset=QUARANTINE),
        dg.AssetCheckSpec(SOURCES_READ, asset=QUARANTINE),
    ],
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
        yield dg.MaterializeResult(
            asset_key=["raw", name],
            metadata=entity_metadata(result, name),
            check_results=[control_totals(result, name)],
        )
    for name in SIDE_TABLES:
        if name in selected:
            yield dg.MaterializeResult(asset_key=["raw", name])
    waiting = Counter(row.tenant for row in quarantined_rows(milepost.workspace))
    yield dg.MaterializeResult(
        asset_key=QUARANTINE,
        metadata=trouble_metadata(result),
        check_results=[nothing_open(waiting), sources_read(result)],
    )
