"""A row's hash: 64 bits of its content, by which a later delivery of it is known.

It covers the typed values of all contract columns and `extra`, so the spelling in the file (1 or
1.00, TRUE or t) does not change it. DuckDB's hash of typed values costs a fourth of a digest of
their text, but may be another one in another version of DuckDB, and is with other columns: every
batch says by which function it was written (`kind`), and where that is not today's, the rows are
hashed anew. 64 bits suffice, as a row is compared only with the newest version of the same
record.
"""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.contracts import Contract
from pipeline.landing.batches.schema import EXTRA, raw_schema

_DIGITS = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype="<u2")


def row_hash_sql(contract: Contract) -> str:
    """SQL for the hash of a row, a UBIGINT. It names the contract's columns alone."""
    names = [f'"{name}"' for name in (*contract.column_names, EXTRA)]
    return f"hash({', '.join(names)})"


def kind(db: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """A name for today's function: what it makes of a row of values and of one of nulls."""
    sample = pl.DataFrame(_sample(name, dtype) for name, dtype in raw_schema(contract).items())
    db.register("sample", sample.to_arrow(compat_level=pl.CompatLevel.newest()))
    query = f"SELECT {row_hash_sql(contract)} AS row_hash FROM sample"  # noqa: S608
    return "-".join(in_hex(db.sql(query).fetchnumpy()["row_hash"]).to_pylist())


def in_hex(row_hashes: np.ndarray) -> pa.StringArray:
    """64-bit numbers as 16 hex digits each, which is what `row_hash` holds."""
    digits = _DIGITS.take(row_hashes.astype(">u8").view(np.uint8))
    ends = np.arange(0, 16 * (len(row_hashes) + 1), 16, dtype=np.int32)
    return pa.StringArray.from_buffers(len(row_hashes), pa.py_buffer(ends), pa.py_buffer(digits))


def _sample(name: str, dtype: pl.DataType) -> pl.Series:
    if dtype == pl.String:
        return pl.Series(name, ["longer than what DuckDB keeps in place", None])
    return pl.Series(name, [123, None]).cast(dtype)
