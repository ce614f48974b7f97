"""Batches on disk: their ids, what each says of itself, and what has landed so far.

A raw file's own key-value metadata is the only record of what was read: there is no second store
that could disagree with it. A batch is its quarantine file first and its raw file second; the raw
file is the commit. Writing the rows is `spool`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACT_VERSION, Contract
from pipeline.core.atomic_files import make_folder, replacing, sync_file, sync_folder
from pipeline.core.errors import MilepostError
from pipeline.landing.batches.schema import QUARANTINE, arrow_schema, raw_schema
from pipeline.landing.batches.seals import seal_of, write_seal

METADATA_KEY = "milepost"
# Sorts before every batch, so that each folder always holds a file with the whole schema.
CONTRACT_BATCH = "00000000T000000000000-contract"
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class FileCounts:
    """What became of one tenant's rows of one file or table.

    `sums` has the money columns' totals of each part. `sha256` is empty for a table.
    """

    tenant: str
    path: str
    sha256: str
    source: str
    rows_read: int
    landed: int
    unchanged: int
    duplicates: int
    quarantined: int
    deleted: int = 0
    unknown_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    sums: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By which rules a file was read: see `arrivals.reading_rules`.
    rules: str = ""

    @property
    def is_all_quarantined(self) -> bool:
        """Whether it has rows, and none of them landed."""
        return 0 < self.rows_read == self.quarantined

    @property
    def says_if_bad(self) -> str:
        """What a person is told then."""
        says = f"all of its rows ({self.rows_read:,}) are in quarantine: see `milepost quarantine`"
        return says if self.is_all_quarantined else ""


@dataclass(frozen=True)
class TableRead:
    """The reading of a table that a batch holds, from which the next one goes on."""

    source: str
    table: str
    shape: str
    is_whole: bool
    snapshot_at: datetime
    watermark: datetime | None
    newest: datetime | None
    # Quarantined rows, by tenant and key, that the table has no more.
    resolved: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TableRead:
        moments = ("snapshot_at", "watermark", "newest")
        read = {name: data[name] and datetime.fromisoformat(data[name]) for name in moments}
        resolved = tuple((tenant, key) for tenant, key in data["resolved"])
        return cls(**{**data, **read, "resolved": resolved})


@dataclass(frozen=True)
class Batch:
    """What a raw file says of itself."""

    entity: str
    batch_id: str
    ingested_at: datetime
    files: tuple[FileCounts, ...]
    tables: tuple[TableRead, ...] = ()
    # Which function its rows' hashes are of: see `row_hash`.
    hashed_as: str = ""
    contract_version: int = CONTRACT_VERSION
    # The name of the file that holds it, if that is a merged one.
    merged_into: str | None = None

    @property
    def file_name(self) -> str:
        return f"{self.merged_into or self.batch_id}.parquet"

    def to_json(self) -> str:
        return json.dumps(
            {
                "entity": self.entity,
                "batch_id": self.batch_id,
                "contract_version": self.contract_version,
                "hashed_as": self.hashed_as,
                "ingested_at": self.ingested_at.isoformat(),
                "files": [vars(file) for file in self.files],
                "tables": [table.to_json() for table in self.tables],
            },
            ensure_ascii=False,
        )


def batch_path(folder: Path, batch_id: str) -> Path:
    return folder / f"{batch_id}.parquet"


def read_batches(ws: Workspace, entity: str) -> list[Batch]:
    """Every landed batch of an entity, oldest first."""
    paths = sorted(ws.raw(entity).glob("*.parquet"))
    found: dict[str, Batch] = {}
    for path in paths:
        if path.stem != CONTRACT_BATCH:
            # A merged file comes after what it was made of, and replaces it.
            found |= {batch.batch_id: batch for batch in _parse_file(path)}
    return sorted(found.values(), key=lambda batch: batch.batch_id)


def newest_batch(ws: Workspace, entity: str) -> Batch | None:
    """The one that landed last."""
    paths = [path for path in ws.raw(entity).glob("*.parquet") if path.stem != CONTRACT_BATCH]
    newest = max(paths, default=None)
    return _parse_file(newest)[-1] if newest else None


def new_batch_id(now: datetime, newest: str | None, content: str) -> str:
    """An id that sorts after `newest` even if the clock went back.

    The six digits behind the time come from what is landed, so that the same run gives the same id.
    """
    stamp = now.astimezone(UTC)
    if newest is not None:
        last = datetime.strptime(newest.partition("-")[0], _STAMP).replace(tzinfo=UTC)
        stamp = max(stamp, last + timedelta(microseconds=1))
    return f"{stamp.strftime(_STAMP)}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"


def commit(temporary: Path, final: Path) -> None:
    """Make `temporary` the file `final`, durably, its hash beside it (`seals`)."""
    make_folder(final.parent)
    write_seal(temporary, final)
    sync_file(temporary)
    temporary.replace(final)
    sync_folder(final.parent)


def ensure_contract_files(ws: Workspace, contract: Contract) -> None:
    """Write a file without rows into each folder.

    The models then find every column before the first delivery, and a column of a newer contract
    before the first file that has it.
    """
    metadata = json.dumps({"entity": contract.entity, "contract_version": CONTRACT_VERSION})
    for folder, columns in (
        (ws.raw(contract.entity), raw_schema(contract)),
        (ws.quarantine(contract.entity), QUARANTINE),
    ):
        _ensure_empty(batch_path(folder, CONTRACT_BATCH), columns, metadata)


def _ensure_empty(path: Path, columns: dict[str, pl.DataType], metadata: str) -> None:
    schema = arrow_schema(columns)
    if path.exists():
        found = pq.read_schema(path)
        said = (found.metadata or {}).get(METADATA_KEY.encode())
        if found.names == schema.names and said == metadata.encode():
            return
    table = pa.Table.from_batches([], schema=schema.with_metadata({METADATA_KEY: metadata}))
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def remove_orphans(ws: Workspace, entity: str) -> list[Path]:
    """Remove quarantine files whose raw file never came: attempts that did not happen."""
    raw = {path.name for path in ws.raw(entity).glob("*.parquet")}
    orphans = [path for path in ws.quarantine(entity).glob("*.parquet") if path.name not in raw]
    for path in orphans:
        path.unlink(missing_ok=True)
        seal_of(path).unlink(missing_ok=True)
    if orphans:
        sync_folder(ws.quarantine(entity))
    return orphans


def metadata_of(path: Path) -> dict[str, Any]:
    """What a batch's file says of itself; MilepostError if it cannot be read."""
    try:
        found = pq.read_metadata(path).metadata or {}
        return dict(json.loads(found[METADATA_KEY.encode()]))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise MilepostError(
            f"raw file {path} cannot be read ({error}). Restore it from a backup; if there is none,"
            " move it away: the inbox files that it came from are then landed again"
        ) from error


def _parse_file(path: Path) -> list[Batch]:
    data = metadata_of(path)
    if "merged" not in data:
        return [_parse_batch(path.stem, data)]
    return [
        replace(_parse_batch(each["batch_id"], each), merged_into=path.stem)
        for each in data["merged"]
    ]


def _parse_batch(batch_id: str, data: dict[str, Any]) -> Batch:
    files = tuple(
        FileCounts(
            **{
                **file,
                "unknown_columns": tuple(file["unknown_columns"]),
                "absent_columns": tuple(file.get("absent_columns", ())),
            }
        )
        for file in data["files"]
    )
    return Batch(
        data["entity"],
        batch_id,
        datetime.fromisoformat(data["ingested_at"]),
        files,
        tuple(TableRead.from_json(table) for table in data.get("tables", ())),
        data.get("hashed_as", ""),
        data["contract_version"],
    )
