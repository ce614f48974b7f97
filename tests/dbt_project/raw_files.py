"""Raw Parquet for the tests of the models, written by the contract's schema.

Tests say only the columns that matter to them; the rest is null. This stands in for landing where
a test needs control over batches and bad references; real data goes through the real landing.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.config.realty import Realty
from pipeline.contracts import CONTRACTS
from pipeline.landing.batches.schema import QUARANTINE, raw_schema
from pipeline.landing.sidecars.registry import (
    REALTY,
    REALTY_COLUMNS,
    STEPS,
    STEPS_COLUMNS,
    realty_row,
    step_rows,
)
from pipeline.landing.sidecars.side_tables import FILES_NOT_READ, RESOLVED, SOURCE_TOTALS

Row = Mapping[str, Any]
SIDE_TABLES = {
    "source_totals": SOURCE_TOTALS,
    "quarantine_resolved": RESOLVED,
    "files_not_read": FILES_NOT_READ,
}

UTC_TIME = pl.Datetime("us", "UTC")
TENANTS: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "name": pl.String(),
    "as_of_date": pl.Date(),
    "timezone": pl.String(),
    "currency": pl.String(),
    "locale": pl.String(),
    "fiscal_year_start": pl.Int32(),
    "zone_shifts": pl.String(),
    "as_of_end_at": UTC_TIME,
    "month_start_at": UTC_TIME,
    "batch_id": pl.String(),
    "ingested_at": UTC_TIME,
}
STAGES: dict[str, pl.DataType] = {
    "tenant_id": pl.String(),
    "milestone_type": pl.String(),
    "stage_rank": pl.Int32(),
    "stage_name": pl.String(),
    "batch_id": pl.String(),
}
DEFAULT_STAGES = {
    "lead_generated": 0,
    "contacted": 1,
    "site_visit": 2,
    "revisit": 2,
    "demo": 3,
    "proposal": 4,
    "negotiation": 5,
    "booking": 6,
}
FIRST_BATCH = "20270101T000000000000-a"
LANDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def entity_schema(entity: str) -> dict[str, pl.DataType]:
    """Columns of `raw/<entity>/*.parquet`, in their order."""
    return raw_schema(CONTRACTS[entity])


def write_batch(home: Path, entity: str, rows: Iterable[Row], batch_id: str = FIRST_BATCH) -> None:
    """Land `rows` (with their tenant_id) as one batch of one entity."""
    defaults = {"batch_id": batch_id, "ingested_at": LANDED_AT, "source_system": "inbox"}
    numbered = [
        {
            **defaults,
            "source_file": f"{entity}.csv",
            "source_row": number,
            "row_hash": _hash(row),
            **row,
        }
        for number, row in enumerate(rows, start=1)
    ]
    _write(home / "raw" / entity / f"{batch_id}.parquet", numbered, entity_schema(entity))


def _hash(row: Row) -> str:
    """Of what the row says, whoever's it is; landing has a way of its own."""
    said = repr(sorted((name, value) for name, value in row.items() if name != "tenant_id"))
    return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()[:16]


def write_registry(
    home: Path,
    tenants: Mapping[str, Mapping[str, Any]],
    batch_id: str = FIRST_BATCH,
    stages: Mapping[str, Mapping[str, int]] | None = None,
    realty: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Land tenants (at least `as_of_date` each) their funnels and what they say under `realty`."""
    rows = [
        {
            "tenant_id": tenant,
            "name": tenant.title(),
            "timezone": "Asia/Kolkata",
            "currency": "INR",
            "locale": "en_IN",
            "fiscal_year_start": 4,
            "batch_id": batch_id,
            "ingested_at": LANDED_AT,
            **values,
        }
        for tenant, values in tenants.items()
    ]
    _write(home / "raw" / "tenants" / f"{batch_id}.parquet", rows, TENANTS)
    funnel = [
        {
            "tenant_id": tenant,
            "milestone_type": milestone_type,
            "stage_rank": rank,
            "stage_name": milestone_type.replace("revisit", "site_visit").replace("_", " ").title(),
            "batch_id": batch_id,
        }
        for tenant in tenants
        for milestone_type, rank in (stages or {}).get(tenant, DEFAULT_STAGES).items()
    ]
    _write(home / "raw" / "tenant_stages" / f"{batch_id}.parquet", funnel, STAGES)
    rules = {tenant: Realty.model_validate((realty or {}).get(tenant, {})) for tenant in tenants}
    settings = [realty_row(tenant, rule) for tenant, rule in rules.items()]
    steps = [row for tenant, rule in rules.items() for row in step_rows(tenant, rule)]
    for table, columns, found in (
        (REALTY, REALTY_COLUMNS, settings),
        (STEPS, STEPS_COLUMNS, steps),
    ):
        rows = [dict(zip(columns, row, strict=True)) | {"batch_id": batch_id} for row in found]
        schema = {**columns, "batch_id": pl.String()}
        _write(home / "raw" / table / f"{batch_id}.parquet", rows, schema)


def write_quarantine(
    home: Path, entity: str, rows: Iterable[Row], batch_id: str = FIRST_BATCH
) -> None:
    """Quarantined rows of one batch."""
    defaults = {"entity": entity, "batch_id": batch_id, "ingested_at": LANDED_AT}
    _write(
        home / "quarantine" / entity / f"{batch_id}.parquet",
        [{**defaults, "original": json.dumps(dict(row), default=str), **row} for row in rows],
        QUARANTINE,
    )


def write_empty_folders(home: Path) -> None:
    """The zero-row file that landing keeps in every entity's folder."""
    name = "00000000T000000000000-contract.parquet"
    for entity in CONTRACTS:
        _write(home / "raw" / entity / name, [], entity_schema(entity))
        _write(home / "quarantine" / entity / name, [], QUARANTINE)
    _write(home / "raw" / "tenants" / name, [], TENANTS)
    _write(home / "raw" / "tenant_stages" / name, [], STAGES)
    for table, columns in ((REALTY, REALTY_COLUMNS), (STEPS, STEPS_COLUMNS)):
        _write(home / "raw" / table / name, [], {**columns, "batch_id": pl.String()})
    for table, schema in SIDE_TABLES.items():
        _write(home / "raw" / table / name, [], schema)


def write_side_table(home: Path, table: str, rows: Iterable[Row]) -> None:
    """What landing says besides rows, by column."""
    _write(home / "raw" / table / "newest.parquet", list(rows), SIDE_TABLES[table])


def _write(
    path: Path, rows: Sequence[Mapping[str, Any]], schema: Mapping[str, pl.DataType]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unknown = {name for row in rows for name in row} - set(schema)
    if unknown:
        raise KeyError(f"{path.parent.name} has no columns {sorted(unknown)}")
    columns = {
        name: [
            _amount(row.get(name)) if isinstance(kind, pl.Decimal) else row.get(name)
            for row in rows
        ]
        for name, kind in schema.items()
    }
    pl.DataFrame(columns, schema=schema, strict=True).write_parquet(path)


def _amount(value: Any) -> Any:
    """Tests write amounts as text or as Decimal; a column takes one of the two."""
    return Decimal(value) if isinstance(value, str) else value
