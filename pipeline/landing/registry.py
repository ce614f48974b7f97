"""The tenant registry as raw rows, so that the models find each tenant's as-of date, zone, currency

and funnel in a table instead of in variables. Written at each refresh; the newest batch counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pipeline.contracts.model import UTC
from pipeline.fsio import replacing
from pipeline.landing.batches import METADATA_KEY, batch_path, new_batch_id
from pipeline.tenants import Registry, Tenant
from pipeline.workspace import Workspace

TENANTS, STAGES = "tenants", "tenant_stages"

_TENANTS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "name": pl.String(),
    "as_of_date": pl.Date(),
    "timezone": pl.String(),
    "currency": pl.String(),
    "locale": pl.String(),
    "fiscal_year_start": pl.Int32(),
}
_STAGES: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "milestone_type": pl.String(),
    "stage_rank": pl.Int32(),
    "stage_name": pl.String(),
}
# A revisit is a site visit that happened again: the same stage of the funnel.
_SAME_STAGE = {"site_visit": ("site_visit", "revisit")}


def land_registry(
    ws: Workspace, registry: Registry, as_of: Mapping[str, date], now: datetime
) -> str:
    """Land tenants and their stages as of the given days; returns the batch id.

    If nothing changed since the newest batch, that one stands and its id is returned.
    """
    tenants = pl.DataFrame(
        [_tenant_row(tenant, as_of[tenant.id]) for tenant in registry.tenants.values()],
        schema=_TENANTS,
        orient="row",
    )
    stages = pl.DataFrame(
        [row for tenant in registry.tenants.values() for row in _stage_rows(tenant)],
        schema=_STAGES,
        orient="row",
    )
    newest = _newest(ws.raw(STAGES))
    if (
        newest
        and _holds(ws.raw(STAGES), newest, stages)
        and _holds(ws.raw(TENANTS), newest, tenants)
    ):
        return newest
    known = max(filter(None, (newest, _newest(ws.raw(TENANTS)))), default=None)
    batch_id = new_batch_id(now, known, tenants.write_json() + stages.write_json())
    stamp = pl.lit(batch_id).alias("batch_id")
    # The tenants last: a batch of which only the stages landed is ignored with its id.
    _write(ws.raw(STAGES), batch_id, stages.with_columns(stamp))
    landed_at = pl.lit(now).cast(UTC).alias("ingested_at")
    _write(ws.raw(TENANTS), batch_id, tenants.with_columns(stamp, landed_at))
    return batch_id


def _tenant_row(tenant: Tenant, as_of: date) -> tuple[object, ...]:
    return (
        tenant.id,
        tenant.name,
        as_of,
        tenant.timezone,
        tenant.currency,
        tenant.locale,
        tenant.fiscal_year_start,
    )


def _stage_rows(tenant: Tenant) -> list[tuple[object, ...]]:
    return [
        (tenant.id, milestone_type, rank, stage)
        for rank, stage in enumerate(tenant.funnel)
        for milestone_type in _SAME_STAGE.get(stage, (stage,))
    ]


def _newest(folder: Path) -> str | None:
    return max((path.stem for path in folder.glob("*.parquet")), default=None)


def _holds(folder: Path, batch_id: str, rows: pl.DataFrame) -> bool:
    path = batch_path(folder, batch_id)
    return path.exists() and pl.read_parquet(path, columns=rows.columns).equals(rows)


def _write(folder: Path, batch_id: str, rows: pl.DataFrame) -> None:
    said = {METADATA_KEY: json.dumps({"entity": folder.name, "batch_id": batch_id})}
    table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
    with replacing(batch_path(folder, batch_id)) as temporary:
        pq.write_table(table.replace_schema_metadata(said), temporary, compression="zstd")
