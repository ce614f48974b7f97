"""A Parquet file's rows as an Arrow file of types that every library here can hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import IO, Any

from pipeline.sources.files.unpacking import (
    MOST_COLUMNS,
    RATIO,
    SUSPICIOUS,
    Problem,
    Problems,
    Wanted,
)


def parquet_rows(source: IO[bytes], target: Path, _: Wanted) -> Problems:
    """Copy the rows into an Arrow file, row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    head = source.read(4)
    size = source.seek(0, 2)
    source.seek(max(0, size - 4))
    tail = source.read(4)
    source.seek(0)
    if head != b"PAR1":
        raise Problem("is no Parquet file, whatever its name says", waits=not head)
    if tail != b"PAR1":
        raise Problem("is no complete Parquet file: cut off or still being written", waits=True)
    try:
        with pq.ParquetFile(source) as file:
            _check_parquet(file.metadata, size)
            names = [field.name.strip() for field in file.schema_arrow]
            twice = sorted({name for name, count in Counter(names).items() if count > 1})
            if twice:
                raise Problem(f"has the column {', '.join(twice)} more than once")
            schema = pa.schema(
                [
                    (name, plain_type(field.type))
                    for name, field in zip(names, file.schema_arrow, strict=True)
                ]
            )
            with pa.ipc.new_file(str(target), schema) as writer:
                for batch in file.iter_batches(batch_size=65_536):
                    columns = [plain_column(column) for column in batch.columns]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    except (pa.ArrowException, OSError) as error:
        raise Problem(f"is a damaged Parquet file ({' '.join(str(error).split())[:200]})") from None
    return {}


def _check_parquet(metadata: Any, size: int) -> None:
    """Bounds before anything is unpacked: a column of one value packs a billion rows in a page."""
    if metadata.num_columns > MOST_COLUMNS:
        raise Problem(
            f"has {metadata.num_columns:,} columns; at most {MOST_COLUMNS:,} are read: export only"
            " those that matter"
        )
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    unpacked = max(
        sum(group.total_byte_size for group in groups), metadata.num_rows * metadata.num_columns
    )
    if unpacked > SUSPICIOUS and unpacked / max(1, size) > RATIO:
        raise Problem(
            f"unpacks from {size / 1e6:.1f} MB to {unpacked / 1e6:,.0f} MB, which no honest export"
            " does: export it anew, or split it"
        )


def plain_type(kind: Any) -> Any:
    """The type in which a column is handed on: one that every library here can hold."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if types.is_date(kind):
        return pa.date32()
    if types.is_float16(kind):
        return pa.float32()
    if types.is_decimal(kind):
        return kind if kind.bit_width <= 128 else pa.string()
    is_known = types.is_integer(kind) or types.is_floating(kind) or types.is_time(kind)
    is_known |= types.is_boolean(kind) or types.is_null(kind)
    return kind if is_known else pa.string()


def plain_column(column: Any) -> Any:
    """A column in its `plain_type`.

    What that cannot hold becomes the last that it can, which no contract takes, so that one such
    value is one row's affair.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, column.type
    if types.is_dictionary(kind):
        return plain_column(column.dictionary_decode())
    wanted = plain_type(kind)
    if kind == wanted:
        return column
    if types.is_timestamp(kind) and kind.unit in ("s", "ms"):
        return _scaled(column, 1_000_000 if kind.unit == "s" else 1_000).cast(wanted)
    if types.is_timestamp(kind):
        return column.cast(wanted, safe=False)
    if types.is_date64(kind):
        days = pc.divide(column.cast(pa.int64()), 86_400_000)
        return _bounded(days, (1 << 31) - 1).cast(pa.int32()).cast(wanted)
    if wanted != pa.string():
        return column.cast(wanted)
    if types.is_large_string(kind) or types.is_decimal(kind):
        return column.cast(wanted)
    return pa.array([_json(value) for value in column.to_pylist()], pa.string())


def _scaled(column: Any, factor: int) -> Any:
    """Whole numbers times a factor, as far as 64 bits go."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.multiply(_bounded(column.cast(pa.int64()), ((1 << 63) - 1) // factor), factor)


def _bounded(numbers: Any, limit: int) -> Any:
    import pyarrow.compute as pc

    high = pc.min_element_wise(numbers, limit, skip_nulls=False)
    return pc.max_element_wise(high, -limit, skip_nulls=False)


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        # Ids are sometimes kept as 16 bytes.
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return json.dumps(value, default=str, ensure_ascii=False)
