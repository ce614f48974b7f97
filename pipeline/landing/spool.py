"""Where a batch's rows are written while they are read, and the batch's files made from them.

Good rows stream into one Parquet file. If all of them are to land, which is the rule for a first
delivery, that file becomes the batch as it is; otherwise it is copied without the others. Which
those are, `compare` finds and `fates` keeps; what a batch says of itself is `batches`'.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.contracts import Contract
from pipeline.contracts.model import INSTANT
from pipeline.landing.batches import METADATA_KEY
from pipeline.landing.compare import Comparison
from pipeline.landing.fates import Fates
from pipeline.landing.schema import QUARANTINE, arrow_schema, raw_schema

# Written in groups of at least so many rows, so that a thousand small files do not make as many.
_GROUP = 65_536
# … or so many bytes, so that rows with cells of ten megabytes do not pile up.
_GROUP_BYTES = 64 << 20
# Worth a dictionary, and statistics by which readers skip files; on ids and free text both would
# only cost time (measured: writing takes twice as long).
_REPETITIVE = ("tenant_id", "quality_flags", "source_system", "source_file", "batch_id")


class Spool:
    """The rows of one entity's batch; `file` is a file's number in it. A context manager."""

    def __init__(
        self, folder: Path, contract: Contract, batch_id: str, now: datetime, keys: Comparison
    ) -> None:
        self._keys = keys
        self._folder = folder
        self._stamp = [
            pl.lit(batch_id).alias("batch_id"),
            pl.lit(now).cast(INSTANT).alias("ingested_at"),
        ]
        self._schema = arrow_schema(raw_schema(contract))
        self._options = _writer_options(contract)
        self._rows_path = folder / "rows.parquet"
        self._bad_path = folder / "bad.parquet"
        self._rows = _Group(
            pq.ParquetWriter(self._rows_path, self._schema, **self._options),
            self._finish_rows,
        )
        self._bad = _Group(
            pq.ParquetWriter(self._bad_path, arrow_schema({**QUARANTINE, "file": pl.Int32()})),
            lambda rows: rows,
        )

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        for group in (self._rows, self._bad):
            group.abandon()

    def add(self, rows: pl.DataFrame, file: int) -> None:
        """Good rows: the raw columns but row_hash, batch_id and ingested_at."""
        self._rows.add(rows.with_columns(_file(file)))

    def add_bad(self, rows: pl.DataFrame, file: int) -> None:
        """Refused rows: the quarantine columns but batch_id and ingested_at."""
        stamped = rows.with_columns(*self._stamp, _file(file))
        if stamped.height:
            self._keys.add_bad(stamped)
        self._bad.add(stamped.select(*QUARANTINE, "file"))

    def note_bad(self, rows: pl.DataFrame, file: int) -> None:
        """Refused rows that are in quarantine already."""
        self._keys.add_bad(rows.with_columns(_file(file)))

    def flush(self) -> None:
        """Hand all good rows that came so far to the comparison."""
        self._rows.flush()

    def close_rows(self) -> Path:
        """Make the good rows readable; returns their file."""
        self._rows.close()
        return self._rows_path

    def finish(
        self,
        metadata: str,
        refused: Collection[int],
        fates: Fates,
        deleted: Sequence[pl.DataFrame] = (),
    ) -> tuple[Path, Path]:
        """The batch's quarantine file and raw file, complete but not in their place yet.

        `deleted` are raw rows that land besides those that were read.
        """
        besides = [self._restamped(rows) for rows in deleted]
        self._bad.close()
        quarantine = self._folder / "quarantine.parquet"
        of_no_use = pl.col("file").is_in(sorted(refused))
        bad = (rows.filter(~of_no_use).drop("file") for rows, _ in _groups(self._bad_path))
        _write(quarantine, arrow_schema(QUARANTINE), bad, metadata)
        if self._rows.writer.is_open:
            self._rows.flush()
            self._rows.wait()
            for rows in besides:
                self._rows.writer.write_table(_arrow(rows))
            self._rows.writer.add_key_value_metadata({METADATA_KEY: metadata})
            return quarantine, self.close_rows()
        raw = self._folder / "raw.parquet"
        landing = (
            rows.filter(pl.Series(fates.landing(first, len(rows))))
            for rows, first in _groups(self._rows_path, fates.any_landing)
        )
        _write(raw, self._schema, chain(landing, besides), metadata, **self._options)
        return quarantine, raw

    def _restamped(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that landed before, as new versions of this batch."""
        hashes = self._keys.fingerprints(rows).alias("row_hash")
        return rows.with_columns(hashes, *self._stamp).select(self._schema.names)

    def _finish_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        hashes = self._keys.add(rows).alias("row_hash")
        return rows.with_columns(hashes, *self._stamp).select(self._schema.names)


class _Group:
    """Frames that are written together once they are enough rows.

    One group is written while the next is gathered: writing takes as long as hashing.
    """

    def __init__(
        self, writer: pq.ParquetWriter, finish: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> None:
        self.writer = writer
        self._finish = finish
        self._pending: list[pl.DataFrame] = []
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self._pending.append(rows)
        size = sum(frame.estimated_size() for frame in self._pending)
        if sum(map(len, self._pending)) >= _GROUP or size >= _GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            rows = self._finish(pl.concat(self._pending))
            self._pending.clear()
            self.wait()
            self._writing = self._pool.submit(self.writer.write_table, _arrow(rows))

    def wait(self) -> None:
        """Until all that was flushed is written; raises what the writing raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def close(self) -> None:
        if self.writer.is_open:
            self.flush()
            self.wait()
            self.writer.close()

    def abandon(self) -> None:
        """Close without caring for what is written."""
        self._pool.shutdown()
        self.writer.close()


def _file(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.Int32).alias("file")


def _writer_options(contract: Contract) -> dict[str, Any]:
    choices = [column.name for column in contract.columns if column.values]
    spans = [name for name, kind in raw_schema(contract).items() if kind != pl.String]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "store_decimal_as_integer": True,
        "use_dictionary": [*_REPETITIVE, *choices],
        "write_statistics": [*_REPETITIVE, *choices, *spans],
    }


def _groups(
    path: Path, wanted: Callable[[int, int], bool] = lambda _first, _rows: True
) -> Iterator[tuple[pl.DataFrame, int]]:
    """The row groups of a file that are wanted, each with the place of its first row."""
    with pq.ParquetFile(path) as parquet:
        first = 0
        for number in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(number).num_rows
            if wanted(first, rows):
                yield pl.DataFrame(pl.from_arrow(parquet.read_row_group(number))), first
            first += rows


def _write(
    path: Path, schema: pa.Schema, frames: Iterator[pl.DataFrame], metadata: str, **options: Any
) -> None:
    with pq.ParquetWriter(path, schema, **options) as writer:
        for frame in frames:
            if frame.height:
                writer.write_table(_arrow(frame))
        writer.add_key_value_metadata({METADATA_KEY: metadata})


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.newest())
