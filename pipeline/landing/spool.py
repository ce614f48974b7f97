"""Where a batch's rows are written while they are read, and the batch's files made from them.

Good rows stream into one Parquet file. If nothing of it has to be dropped, which is the rule for a
first delivery, that file becomes the batch as it is; otherwise it is copied without what is
dropped. What that is, is `compare`'s to say, and what a batch says of itself `batches`'.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.contracts import Contract
from pipeline.contracts.model import INSTANT
from pipeline.landing.batches import METADATA_KEY
from pipeline.landing.compare import Comparison, kept, kept_bad
from pipeline.landing.schema import QUARANTINE, arrow_schema, raw_schema

# Written in groups of at least so many rows, so that a thousand small files do not make as many.
_GROUP = 65_536
_COMPRESSION: dict[str, Any] = {"compression": "zstd", "compression_level": 1}
# Worth a dictionary, and statistics by which readers skip files; on ids and free text both would
# only cost time (measured: writing takes twice as long).
_REPETITIVE = ("tenant_id", "quality_flags", "source_system", "source_file", "batch_id")


class Spool:
    """The rows of one entity's batch; `file` is a file's number in it."""

    def __init__(
        self, folder: Path, contract: Contract, batch_id: str, now: datetime, keys: Comparison
    ) -> None:
        self._keys = keys
        self._stamp = [
            pl.lit(batch_id).alias("batch_id"),
            pl.lit(now).cast(INSTANT).alias("ingested_at"),
        ]
        self.rows_path = folder / "rows.parquet"
        self._bad_path = folder / "bad.parquet"
        self._folder = folder
        self._columns = list(raw_schema(contract))
        choices = [column.name for column in contract.columns if column.values]
        spans = [name for name, kind in raw_schema(contract).items() if kind != pl.String]
        self._rows = pq.ParquetWriter(
            self.rows_path,
            arrow_schema(raw_schema(contract)),
            use_dictionary=[*_REPETITIVE, *choices],
            write_statistics=[*_REPETITIVE, *choices, *spans],
            store_decimal_as_integer=True,
            **_COMPRESSION,
        )
        self._bad = pq.ParquetWriter(
            self._bad_path, arrow_schema({**QUARANTINE, "file": pl.Int32()}), **_COMPRESSION
        )
        self._pending: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame, file: int) -> None:
        """Good rows: the raw columns but row_hash, batch_id and ingested_at."""
        if rows.height:
            self._pending.append(rows.with_columns(_file(file)))
        if sum(map(len, self._pending)) >= _GROUP:
            self.flush()

    def add_bad(self, rows: pl.DataFrame, file: int) -> None:
        """Refused rows: the quarantine columns but batch_id and ingested_at."""
        if rows.height:
            stamped = rows.with_columns(*self._stamp, _file(file))
            self._bad.write_table(_arrow(stamped.select(*QUARANTINE, "file")))

    def flush(self) -> None:
        if self._pending:
            rows = pl.concat(self._pending)
            self._pending.clear()
            complete = rows.with_columns(self._keys.add(rows).alias("row_hash"), *self._stamp)
            self._rows.write_table(_arrow(complete.select(self._columns)))

    def close_rows(self) -> Path:
        """Make the good rows readable; returns their file."""
        self.flush()
        self._rows.close()
        return self.rows_path

    def finish(self, metadata: str, refused: Collection[int]) -> tuple[Path, Path]:
        """The batch's quarantine file and raw file, complete but not in their place yet."""
        said = {METADATA_KEY: metadata}
        self._bad.close()
        quarantine = self._folder / "quarantine.parquet"
        self._keys.copy(kept_bad(self._bad_path, refused), quarantine, said)
        if self._rows.is_open:
            self.flush()
            self._rows.add_key_value_metadata(said)
            return quarantine, self.close_rows()
        raw = self._folder / "raw.parquet"
        self._keys.copy(kept(self.rows_path), raw, said)
        return quarantine, raw


def _file(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.Int32).alias("file")


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.newest())
