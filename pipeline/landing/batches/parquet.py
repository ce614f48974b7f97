"""How the Parquet files of batches are written: their types, encodings and row groups.

What is in them is `spool`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.contracts import Contract
from pipeline.landing.batches.batches import METADATA_KEY
from pipeline.landing.batches.schema import arrow_schema, raw_schema

# The same in many rows one after the other, and never null: written as references to few texts.
_REPETITIVE = ("tenant_id", "source_system", "source_file", "batch_id")


def written_schema(contract: Contract) -> pa.Schema:
    schema = arrow_schema(raw_schema(contract))
    reference = pa.dictionary(pa.int32(), pa.string())
    for name in _REPETITIVE:
        schema = schema.set(schema.get_field_index(name), pa.field(name, reference, nullable=False))
    return schema.set(schema.get_field_index("row_hash"), pa.field("row_hash", pa.string()))


def writer_options(contract: Contract) -> dict[str, Any]:
    choices = [column.name for column in contract.columns if column.values]
    spans = [name for name, kind in raw_schema(contract).items() if kind != pl.String]
    return {
        "compression": "zstd",
        "compression_level": 1,
        # Which page of a damaged file is lost, for whoever has to save the others.
        "write_page_checksum": True,
        "store_decimal_as_integer": True,
        # Readers are to see text, not references.
        "store_schema": False,
        # On ids and free text, dictionaries and the statistics by which readers skip rows would
        # only cost time (measured: writing takes twice as long).
        "use_dictionary": [*_REPETITIVE, "quality_flags", *choices],
        "write_statistics": ["tenant_id", "batch_id", *spans],
        # Numbers that rise by one.
        "column_encoding": {"source_row": "DELTA_BINARY_PACKED"},
    }


def references(texts: Sequence[str], places: np.ndarray) -> pa.DictionaryArray:
    """The text at each of the places, none of them written twice."""
    unique = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    numbers = np.array([unique[text] for text in texts], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(numbers[places]), pa.array(unique, pa.string()))


def encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as references to each different one."""
    return pc.dictionary_encode(column.cast(pa.string()))


def groups(
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


def write(
    path: Path, schema: pa.Schema, frames: Iterator[pl.DataFrame], metadata: str, **options: Any
) -> None:
    with pq.ParquetWriter(path, schema, **options) as writer:
        for frame in frames:
            if frame.height:
                writer.write_table(conform(frame, schema))
        writer.add_key_value_metadata({METADATA_KEY: metadata})


def conform(rows: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    columns = as_arrow(rows.select(schema.names))
    return pa.table(
        [
            encoded(column) if pa.types.is_dictionary(field.type) else column.cast(field.type)
            for field, column in zip(schema, columns.columns, strict=True)
        ],
        schema=schema,
    )


def as_arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.newest())
