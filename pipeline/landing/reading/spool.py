"""Where a batch's rows are written while they are read, and the batch's files made from them.

Good rows stream into one Parquet file. If all of them are to land, which is the rule for a first
delivery, that file becomes the batch as it is; otherwise it is copied without the others. Which
those are, `compare` finds and `row_outcomes` keeps; what a batch says of itself is `batches`'.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.contracts import Contract
from pipeline.contracts.model import INSTANT
from pipeline.landing.batches.batches import METADATA_KEY
from pipeline.landing.batches.parquet import (
    as_arrow,
    conform,
    encoded,
    groups,
    references,
    write,
    writer_options,
    written_schema,
)
from pipeline.landing.batches.schema import QUARANTINE, arrow_schema
from pipeline.landing.comparison.compare import Comparison
from pipeline.landing.comparison.row_outcomes import RowOutcomes
from pipeline.landing.reading.arrivals import Arrival

# Written in groups of at least so many rows, so that a thousand small files do not make as many.
_GROUP = 65_536
# … or so many bytes, so that rows with cells of ten megabytes do not pile up.
_GROUP_BYTES = 64 << 20


class Spool:
    """The rows of one entity's batch; `file` is a file's number in it. A context manager."""

    def __init__(
        self,
        folder: Path,
        contract: Contract,
        batch_id: str,
        now: datetime,
        keys: Comparison,
        arrivals: Sequence[Arrival],
    ) -> None:
        self._keys = keys
        self._folder = folder
        self._arrivals = arrivals
        self._batch_id, self._now = batch_id, now
        self._stamp = [
            pl.lit(batch_id).alias("batch_id"),
            pl.lit(now).cast(INSTANT).alias("ingested_at"),
        ]
        self._schema = written_schema(contract)
        self._options = writer_options(contract)
        self._rows_path = folder / "rows.parquet"
        self._bad_path = folder / "bad.parquet"
        self._rows = _Group(
            pq.ParquetWriter(self._rows_path, self._schema, **self._options),
            self._finish_rows,
        )
        bad_schema = arrow_schema({**QUARANTINE, "file": pl.Int32()})
        self._bad = _Group(
            pq.ParquetWriter(self._bad_path, bad_schema, write_page_checksum=True), as_arrow
        )

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        for group in (self._rows, self._bad):
            group.abandon()

    def add(self, rows: pl.DataFrame) -> None:
        """Good rows: `tenant_id`, the contract's columns, `extra`, flags, `source_row`, `file`."""
        self._rows.add(rows)

    def add_bad(self, rows: pl.DataFrame) -> None:
        """Refused rows: the quarantine columns but batch_id and ingested_at, and `file`."""
        stamped = rows.with_columns(*self._stamp)
        if stamped.height:
            self._keys.add_bad(stamped)
        self._bad.add(stamped.select(*QUARANTINE, "file"))

    def note_bad(self, rows: pl.DataFrame) -> None:
        """Refused rows that are in quarantine already."""
        self._keys.add_bad(rows)

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
        row_outcomes: RowOutcomes,
        deleted: Sequence[pl.DataFrame] = (),
    ) -> tuple[Path, Path]:
        """The batch's quarantine file and raw file, complete but not in their place yet.

        `deleted` are raw rows that land besides those that were read.
        """
        besides = [self._restamped(rows) for rows in deleted]
        self._bad.close()
        quarantine = self._folder / "quarantine.parquet"
        of_no_use = pl.col("file").is_in(sorted(refused))
        bad = (rows.filter(~of_no_use).drop("file") for rows, _ in groups(self._bad_path))
        write(quarantine, arrow_schema(QUARANTINE), bad, metadata)
        if self._rows.writer.is_open:
            self._rows.flush()
            self._rows.wait()
            for rows in besides:
                self._rows.writer.write_table(conform(rows, self._schema))
            self._rows.writer.add_key_value_metadata({METADATA_KEY: metadata})
            return quarantine, self.close_rows()
        raw = self._folder / "raw.parquet"
        landing = (
            rows.filter(pl.Series(row_outcomes.landing(first, len(rows))))
            for rows, first in groups(self._rows_path, row_outcomes.any_landing)
        )
        write(raw, self._schema, chain(landing, besides), metadata, **self._options)
        return quarantine, raw

    def _restamped(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that landed before, as new versions of this batch."""
        hashes = self._keys.row_hashes(rows).alias("row_hash")
        return rows.with_columns(hashes, *self._stamp).select(self._schema.names)

    def _finish_rows(self, rows: pl.DataFrame) -> pa.Table:
        files = rows["file"].to_numpy()
        arrivals = self._arrivals[files[0] : files[-1] + 1]
        places = files - files[0]
        columns = as_arrow(rows)
        if all(each.tenant for each in arrivals):
            tenants = references([each.tenant or "" for each in arrivals], places)
        else:
            tenants = encoded(columns["tenant_id"])
        columns = columns.set_column(columns.column_names.index("tenant_id"), "tenant_id", tenants)
        added = {
            "source_system": references([each.source_name for each in arrivals], places),
            "source_file": references([each.name for each in arrivals], places),
            "row_hash": self._keys.add(columns),
            "batch_id": references([self._batch_id], np.zeros(len(rows), dtype=np.int32)),
            "ingested_at": pa.repeat(pa.scalar(self._now, pa.timestamp("us", "UTC")), len(rows)),
        }
        return pa.table(
            [added[name] if name in added else columns[name] for name in self._schema.names],
            schema=self._schema,
        )


class _Group:
    """Frames that are written together once they are enough rows.

    One group is written while the next is gathered: writing takes as long as hashing.
    """

    def __init__(
        self, writer: pq.ParquetWriter, finish: Callable[[pl.DataFrame], pa.Table]
    ) -> None:
        self.writer = writer
        self._finish = finish
        self._pending: list[pl.DataFrame] = []
        self._count = self._size = 0
        self._pool = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self._pending.append(rows)
            self._count += rows.height
            self._size += int(rows.estimated_size())
        if self._count >= _GROUP or self._size >= _GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            rows = self._finish(pl.concat(self._pending))
            self._pending.clear()
            self._count = self._size = 0
            self.wait()
            self._writing = self._pool.submit(self.writer.write_table, rows)

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
