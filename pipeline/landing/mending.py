"""What earlier versions landed and today's would not: taken out of raw and quarantine for good.

Rows without a required value, which a mapping could once bring about and no build survives; and
what came of a database's columns that nobody asked for and that name a secret. The batches say
where such things may be, so that nothing is looked at otherwise. What is gone from raw lies in its
source and is read again from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import Contract
from pipeline.core.atomic_files import replacing
from pipeline.landing.batches.batches import METADATA_KEY, Batch, FileCounts, metadata_of
from pipeline.landing.batches.parquet import groups
from pipeline.landing.batches.schema import EXTRA
from pipeline.landing.comparison.compare import Comparison

_ORIGINAL = "original"


def mend(
    ws: Workspace, contract: Contract, registry: Registry, landed: Sequence[Batch], folder: Path
) -> bool:
    """Rewrite the files of batches that hold such things; whether there was any."""
    found = False
    for name in dict.fromkeys(batch.file_name for batch in landed):
        batches = [batch for batch in landed if batch.file_name == name]
        secrets = _secrets(batches, contract, registry)
        lacks = any(_lacks(file, contract) for batch in batches for file in batch.files)
        if secrets or lacks:
            found = True
            _rewrite(ws, contract, batches, secrets, folder, lacks=lacks)
    return found


def _lacks(file: FileCounts, contract: Contract) -> bool:
    return file.landed > 0 and not set(contract.required).isdisjoint(file.absent_columns)


def _secrets(
    batches: Sequence[Batch], contract: Contract, registry: Registry
) -> Mapping[str, frozenset[str]]:
    """By source, columns of its tables that landed and are not to."""
    databases = registry.databases()
    found: dict[str, frozenset[str]] = {}
    for file in (file for batch in batches for file in batch.files):
        source = databases.get(file.source)
        if file.sha256 or source is None:
            continue
        names = {name for name in file.unknown_columns if source.is_ignored(contract.entity, name)}
        if names:
            found[file.source] = found.get(file.source, frozenset()) | names
    return found


def _rewrite(
    ws: Workspace,
    contract: Contract,
    batches: Sequence[Batch],
    secrets: Mapping[str, frozenset[str]],
    folder: Path,
    *,
    lacks: bool,
) -> None:
    """The quarantine file first: as long as the raw file says what is in both, both are mended."""
    name = batches[0].file_name
    entity = contract.entity
    quarantine, raw = ws.quarantine(entity) / name, ws.raw(entity) / name
    said = json.dumps(metadata_of(quarantine), ensure_ascii=False)
    _replace(quarantine, lambda rows: _without(rows, _ORIGINAL, secrets), said)
    with Comparison(contract, folder, 1) as keys:
        kept: dict[tuple[str, str, str], int] = {}

        def mended(rows: pl.DataFrame) -> pl.DataFrame:
            rows = _without(rows, EXTRA, secrets)
            if lacks:
                rows = rows.filter(pl.all_horizontal(pl.col(contract.required).is_not_null()))
            if secrets and rows.height:
                rows = rows.with_columns(keys.row_hashes(rows))
            counts = rows.group_by("batch_id", "tenant_id", "source_file").len()
            for batch_id, tenant, file, count in counts.rows():
                kept[batch_id, tenant, file] = kept.get((batch_id, tenant, file), 0) + count
            return rows

        def told() -> str:
            """The counts are known when all rows were seen, and stand in the file's metadata."""
            kind = keys.kind if secrets else None
            return _metadata(contract, [_mended(each, kept, secrets, kind) for each in batches])

        _replace(raw, mended, told)
    if lacks:
        # Models that go on from what they built have built on rows that are gone.
        ws.warehouse_file.unlink(missing_ok=True)


def _mended(
    batch: Batch,
    kept: Mapping[tuple[str, str, str], int],
    secrets: Mapping[str, frozenset[str]],
    hashed_as: str | None,
) -> Batch:
    files = tuple(_mended_counts(batch, each, kept, secrets) for each in batch.files)
    return replace(batch, hashed_as=hashed_as or batch.hashed_as, files=files)


def _mended_counts(
    batch: Batch,
    file: FileCounts,
    kept: Mapping[tuple[str, str, str], int],
    secrets: Mapping[str, frozenset[str]],
) -> FileCounts:
    left = kept.get((batch.batch_id, file.tenant, file.path), 0)
    hidden = secrets.get(file.source, frozenset())
    unknown = tuple(name for name in file.unknown_columns if name not in hidden)
    # That the file was read stands there by its name and content alone: it is to be read again.
    is_whole = left == file.landed + file.deleted
    return replace(
        file,
        landed=file.landed if is_whole else left,
        unknown_columns=unknown,
        absent_columns=file.absent_columns if is_whole else (),
        rules=file.rules if is_whole else "",
    )


def _metadata(contract: Contract, batches: Sequence[Batch]) -> str:
    if batches[0].merged_into is None:
        return batches[0].to_json()
    merged = [json.loads(batch.to_json()) for batch in batches]
    return json.dumps({"entity": contract.entity, "merged": merged}, ensure_ascii=False)


def _replace(
    path: Path,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    said: str | Callable[[], str],
) -> None:
    schema = pq.read_schema(path).remove_metadata()
    options = {"compression": "zstd", "compression_level": 1}
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, **options) as writer:
        for rows in _changed(path, change):
            table = rows.to_arrow(compat_level=pl.CompatLevel.newest())
            writer.write_table(table.cast(schema))
        text = said if isinstance(said, str) else said()
        writer.add_key_value_metadata({METADATA_KEY: text})


def _changed(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Iterator[pl.DataFrame]:
    for rows, _ in groups(path):
        yield change(rows)


def _without(
    rows: pl.DataFrame, column: str, secrets: Mapping[str, frozenset[str]]
) -> pl.DataFrame:
    """Without the members that stand for such columns in a column of JSON objects."""
    for source, names in secrets.items():
        mine = pl.col("source_system") == source

        def cleaned(text: str, names: frozenset[str] = names) -> str | None:
            members = {key: each for key, each in json.loads(text).items() if key not in names}
            if not members:
                return None if column == EXTRA else "{}"
            return json.dumps(members, ensure_ascii=False, separators=(",", ":"))

        shorter = pl.col(column).map_elements(cleaned, return_dtype=pl.String, skip_nulls=True)
        rows = rows.with_columns(
            pl.when(mine).then(shorter).otherwise(pl.col(column)).alias(column)
        )
    return rows
