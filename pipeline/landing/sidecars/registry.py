"""The tenant registry as raw rows.

The models find each tenant's as-of date, zone, currency, funnel and rules of realty in tables
instead of in variables. The registry is written at each refresh; its newest batch counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pipeline.config.realty import Realty
from pipeline.config.registry import Registry, Tenant
from pipeline.config.workspace import Workspace
from pipeline.contracts.model import INSTANT, MONEY, PERCENT
from pipeline.core.atomic_files import replacing
from pipeline.core.calendar import local_day_bounds
from pipeline.landing.batches.batches import METADATA_KEY, batch_path, new_batch_id
from pipeline.landing.sidecars.zone_shifts import zone_shifts

TENANTS, STAGES = "tenants", "tenant_stages"
REALTY, STEPS = "tenant_realty", "tenant_realty_steps"
TABLES = (TENANTS, STAGES, REALTY, STEPS)

_TENANTS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "name": pl.String(),
    "as_of_date": pl.Date(),
    "timezone": pl.String(),
    "currency": pl.String(),
    "locale": pl.String(),
    "fiscal_year_start": pl.Int32(),
    # When the zone's clocks change, where the models' engine does not know it: see `zone_shifts`.
    "zone_shifts": pl.String(),
    # The instants at which the as-of day ends, and its month begins.
    "as_of_end_at": INSTANT,
    "month_start_at": INSTANT,
}
_STAGES: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "milestone_type": pl.String(),
    "stage_rank": pl.Int32(),
    "stage_name": pl.String(),
}
REALTY_COLUMNS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "grace_days": pl.Int32(),
    "grace_from": pl.String(),
    "interest_gst": pl.String(),
    "tds_percent": PERCENT,
    "tds_threshold": MONEY,
    "forfeiture_percent": PERCENT,
    "forfeiture_gst_percent": PERCENT,
    "demand_lag_days": pl.Int32(),
    "upi_limit": MONEY,
    "designated_percent": PERCENT,
    "designated_interest": pl.Boolean(),
}
# `kind` is reminder (days are days overdue) or brokerage.
STEPS_COLUMNS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "kind": pl.String(),
    "step": pl.Int32(),
    "days": pl.Int32(),
    "received_percent": PERCENT,
    "needs_agreement": pl.Boolean(),
    "share_percent": PERCENT,
}
# A revisit is a site visit that happened again: the same stage of the funnel.
_SAME_STAGE = {"site_visit": ("site_visit", "revisit")}


def land_registry(
    ws: Workspace, registry: Registry, as_of: Mapping[str, date], now: datetime
) -> str:
    """Land tenants and their stages as of the given days; returns the batch id.

    If nothing changed since the newest batch, that one stands and its id is returned.
    """
    tables = _tables(registry, as_of)
    newest = max((path.stem for path in ws.raw(STAGES).glob("*.parquet")), default=None)
    if newest is not None and _holds(ws, newest, tables):
        return newest
    said = "".join(rows.write_json() for rows in tables.values())
    batch_id = new_batch_id(now, newest, said)
    stamp = pl.lit(batch_id).alias("batch_id")
    landed_at = pl.lit(now).cast(INSTANT).alias("ingested_at")
    # The tenants last: a kill in between leaves those of the batch before, and the next run finds
    # that this batch does not say everything.
    for name in (STAGES, REALTY, STEPS):
        _write(ws.raw(name), batch_id, tables[name].with_columns(stamp))
    _write(ws.raw(TENANTS), batch_id, tables[TENANTS].with_columns(stamp, landed_at))
    return batch_id


def landed_ids(ws: Workspace) -> set[str]:
    """The tenants that the last refresh knew."""
    newest = max(ws.raw(TENANTS).glob("*.parquet"), default=None)
    return set(pl.read_parquet(newest, columns=["tenant_id"])["tenant_id"]) if newest else set()


def _tables(registry: Registry, as_of: Mapping[str, date]) -> dict[str, pl.DataFrame]:
    """Table -> its rows, without the batch."""
    tenants = registry.tenants.values()
    rows: dict[str, tuple[list[tuple[object, ...]], dict[str, pl.DataType]]] = {
        TENANTS: ([_tenant_row(tenant, as_of[tenant.id]) for tenant in tenants], _TENANTS),
        STAGES: ([row for tenant in tenants for row in _stage_rows(tenant)], _STAGES),
        REALTY: ([realty_row(tenant.id, tenant.realty) for tenant in tenants], REALTY_COLUMNS),
        STEPS: (
            [row for tenant in tenants for row in step_rows(tenant.id, tenant.realty)],
            STEPS_COLUMNS,
        ),
    }
    return {
        name: pl.DataFrame(found, schema=schema, orient="row")
        for name, (found, schema) in rows.items()
    }


def realty_row(tenant_id: str, realty: Realty) -> tuple[object, ...]:
    """A row of `tenant_realty`."""
    return (
        tenant_id,
        realty.interest.grace_days,
        realty.interest.grace,
        realty.interest.gst,
        realty.tds.percent,
        realty.tds.threshold,
        realty.forfeiture.percent,
        realty.forfeiture.gst_percent,
        realty.demand_lag_days,
        realty.upi_limit,
        realty.designated.percent,
        realty.designated.interest,
    )


def step_rows(tenant_id: str, realty: Realty) -> list[tuple[object, ...]]:
    """The tenant's rows of `tenant_realty_steps`."""
    reminders: list[tuple[object, ...]] = [
        (tenant_id, "reminder", step, days, None, None, None)
        for step, days in enumerate(realty.reminders, start=1)
    ]
    brokerage: list[tuple[object, ...]] = [
        (tenant_id, "brokerage", number, None, step.received, step.agreement, step.share)
        for number, step in enumerate(realty.brokerage.steps, start=1)
    ]
    return reminders + brokerage


def _tenant_row(tenant: Tenant, as_of: date) -> tuple[object, ...]:
    return (
        tenant.id,
        tenant.name,
        as_of,
        tenant.timezone,
        tenant.currency,
        tenant.locale,
        tenant.fiscal_year_start,
        zone_shifts(tenant.timezone),
        local_day_bounds(as_of, tenant.zone)[1],
        local_day_bounds(as_of.replace(day=1), tenant.zone)[0],
    )


def _stage_rows(tenant: Tenant) -> list[tuple[object, ...]]:
    return [
        (tenant.id, milestone_type, rank, stage)
        for rank, stage in enumerate(tenant.funnel)
        for milestone_type in _SAME_STAGE.get(stage, (stage,))
    ]


def _holds(ws: Workspace, batch_id: str, wanted: Mapping[str, pl.DataFrame]) -> bool:
    """Whether a batch says just this already: a refresh an hour later adds none."""
    paths = {name: batch_path(ws.raw(name), batch_id) for name in wanted}
    return all(path.exists() for path in paths.values()) and all(
        set(rows.columns) <= set(pl.read_parquet_schema(paths[name]))
        and pl.read_parquet(paths[name], columns=rows.columns).equals(rows)
        for name, rows in wanted.items()
    )


def _write(folder: Path, batch_id: str, rows: pl.DataFrame) -> None:
    said = {METADATA_KEY: json.dumps({"entity": folder.name, "batch_id": batch_id})}
    table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
    with replacing(batch_path(folder, batch_id)) as temporary:
        pq.write_table(table.replace_schema_metadata(said), temporary, compression="zstd")
