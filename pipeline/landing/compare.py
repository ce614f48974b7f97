"""Which rows of a batch are not to land: duplicates within it, and rows that landed already.

Keeps a key and a fingerprint of every row in DuckDB, which spills to disk, so twenty million rows
compare in bounded memory. A row is known by its place in the spool file (0, 1, …). Keys are 64-bit
hashes: two ids that share one are told apart before anything is called a duplicate, and an
unchanged row must also have the fingerprint, which covers the id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.schema import row_hash_sql

_MEMORY = "600MB"

# Of several rows with one id the last in the batch wins. Others like it are duplicates; of others
# that differ, the last of each content is a conflict (and goes to quarantine), the rest duplicates.
_DUPLICATES = """
    CREATE TABLE duplicates AS
    WITH same_id AS (
        SELECT k.file, k.place, k.row_hash, r.source_file, r.source_row,
            last_value(k.row_hash) OVER whole AS winning_hash,
            last_value(r.source_file) OVER whole AS winning_file,
            last_value(r.source_row) OVER whole AS winning_row,
            k.place = last_value(k.place) OVER whole AS wins,
            k.place = last_value(k.place) OVER (
                PARTITION BY r.tenant_id, r.id, k.row_hash ORDER BY k.place
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS is_last_copy
        FROM keys k
        JOIN read_parquet($1, file_row_number = true) r ON r.file_row_number = k.place
        WHERE k.key IN (SELECT key FROM suspects) AND k.place NOT IN (SELECT place FROM dropped)
        WINDOW whole AS (
            PARTITION BY r.tenant_id, r.id ORDER BY k.place
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    )
    SELECT *, CASE WHEN is_last_copy AND row_hash <> winning_hash THEN 'conflict'
        ELSE 'duplicate' END AS why
    FROM same_id WHERE NOT wins
"""
_UNCHANGED = """
    INSERT INTO dropped
    WITH newest AS (
        SELECT hash(tenant_id, id) AS key, arg_max(row_hash, batch_id) AS row_hash
        FROM read_parquet($1, union_by_name = true)
        WHERE tenant_id IN (SELECT unnest($2)) AND hash(tenant_id, id) IN (SELECT key FROM keys)
        GROUP BY 1
    )
    SELECT k.file, k.place, 'unchanged'
    FROM keys k JOIN newest n ON n.key = k.key AND n.row_hash = k.row_hash
    WHERE k.place NOT IN (SELECT place FROM dropped)
"""


@dataclass(frozen=True)
class Conflict:
    """A row that a later row of the batch with the same id and other content replaces."""

    file: int
    source_row: int
    winning_file: str
    winning_row: int


@dataclass(frozen=True)
class Total:
    """Rows of one file that share a fate, and their money columns' sums in the contract's order."""

    rows: int
    sums: tuple[Decimal, ...]

    def __add__(self, other: Total) -> Total:
        sums = tuple(a + b for a, b in zip(self.sums, other.sums, strict=True))
        return Total(self.rows + other.rows, sums)

    def __sub__(self, other: Total) -> Total:
        sums = tuple(a - b for a, b in zip(self.sums, other.sums, strict=True))
        return Total(self.rows - other.rows, sums)


class Comparison:
    """The keys of one batch; `file` is a file's number in it. A context manager."""

    def __init__(self, contract: Contract, spill: Path, threads: int) -> None:
        self._contract = contract
        # The parts of these statements are the contract's column names, never a source's.
        self._hash = (
            f"SELECT file, hash(tenant_id, id) AS key, {row_hash_sql(contract)} AS row_hash"  # noqa: S608
            " FROM incoming"
        )
        self._threads = threads
        self._db = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                # Small pieces one after the other: more threads would only wait for each other.
                "threads": 1,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
            }
        )
        self._db.execute("SET TimeZone = 'UTC'")
        self._db.execute(
            "CREATE TABLE keys (file INTEGER, place BIGINT, key UBIGINT, row_hash VARCHAR);"
            "CREATE TABLE dropped (file INTEGER, place BIGINT, why VARCHAR)"
        )
        self._places = 0

    def all_added(self) -> None:
        """From here on the whole batch is compared at once, on all cores."""
        self._db.execute(f"SET threads = {self._threads}")

    def __enter__(self) -> Comparison:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add(self, rows: pl.DataFrame) -> pl.Series:
        """Remember typed `rows` (with their `file`), the next in the spool; returns row_hash."""
        self._db.register("incoming", rows.to_arrow(compat_level=pl.CompatLevel.newest()))
        hashed = self._db.sql(self._hash).pl()
        self._db.unregister("incoming")
        place = pl.int_range(self._places, self._places + len(rows), dtype=pl.Int64)
        keys = hashed.select("file", place.alias("place"), "key", "row_hash")
        self._db.register("hashed", keys.to_arrow(compat_level=pl.CompatLevel.newest()))
        self._db.execute("INSERT INTO keys SELECT * FROM hashed")
        self._db.unregister("hashed")
        self._places += len(rows)
        return hashed["row_hash"]

    def drop_files(self, files: Collection[int]) -> None:
        """Drop every row of files that turned out to be unusable."""
        self._db.execute(
            "INSERT INTO dropped SELECT file, place, 'refused' FROM keys WHERE file IN"
            " (SELECT unnest($1::INTEGER[]))",
            [sorted(files)],
        )

    def has_equal_keys(self) -> bool:
        """Whether there may be several rows with one id, so that drop_duplicates is needed."""
        self._db.execute(
            "CREATE TABLE suspects AS SELECT key FROM keys"
            " WHERE place NOT IN (SELECT place FROM dropped) GROUP BY key HAVING count(*) > 1"
        )
        return bool(self._db.sql("SELECT 1 FROM suspects LIMIT 1").fetchall())

    def drop_duplicates(self, spooled: Path) -> list[Conflict]:
        """Keep the last row of each id; returns the earlier ones that differ from it."""
        self._db.execute(_DUPLICATES, [str(spooled)])
        self._db.execute("INSERT INTO dropped SELECT file, place, why FROM duplicates")
        rows = self._db.sql(
            "SELECT file, source_row, winning_file, winning_row FROM duplicates"
            " WHERE why = 'conflict' ORDER BY place"
        ).fetchall()
        return [Conflict(*row) for row in rows]

    def drop_unchanged(self, landed: Sequence[Path], tenants: Collection[str]) -> None:
        """Drop rows whose content is that of the newest landed version of the same id.

        The newest only: content that returns after a change or a deletion is a new version.
        """
        self._db.execute(_UNCHANGED, [[str(path) for path in landed], sorted(tenants)])

    def anything_dropped(self) -> bool:
        return bool(self._db.sql("SELECT 1 FROM dropped LIMIT 1").fetchall())

    def dropped(self, spooled: Path) -> dict[tuple[int, str], Total]:
        """Rows and sums by file and why: duplicate, conflict, unchanged or refused."""
        rows = self._totals(
            "d.file, d.why",
            "read_parquet($1, file_row_number = true) r"
            " JOIN dropped d ON d.place = r.file_row_number",
            spooled,
        )
        return {(file, why): Total(count, tuple(sums)) for file, why, count, *sums in rows}

    def landed(self, raw: Path) -> dict[tuple[str, str], Total]:
        """Rows and sums by tenant and source file, read back from a finished raw file."""
        rows = self._totals("tenant_id, source_file", "read_parquet($1) r", raw)
        return {(tenant, file): Total(count, tuple(sums)) for tenant, file, count, *sums in rows}

    def _totals(self, keys: str, relation: str, path: Path) -> list[tuple[Any, ...]]:
        sums = "".join(f', coalesce(sum(r."{name}"), 0)' for name in self._contract.money)
        return self._db.execute(
            f"SELECT {keys}, count(*){sums} FROM {relation} GROUP BY {keys}",  # noqa: S608
            [str(path)],
        ).fetchall()

    def copy(self, query: str, target: Path, metadata: dict[str, str]) -> None:
        """Write a query's rows, in order, to a Parquet file with key-value metadata."""
        pairs = ", ".join(f"{key}: {_literal(value)}" for key, value in metadata.items())
        self._db.execute(
            f"COPY ({query}) TO {_literal(str(target))}"
            f" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, KV_METADATA {{{pairs}}})"
        )


def kept(spooled: Path) -> str:
    """A query for the spooled rows that are not dropped."""
    return (
        "SELECT r.* EXCLUDE (file_row_number)"  # noqa: S608
        f" FROM read_parquet({_literal(str(spooled))}, file_row_number = true) r"
        " ANTI JOIN dropped d ON d.place = r.file_row_number"
    )


def kept_bad(spooled: Path, refused: Collection[int]) -> str:
    """A query for the quarantined rows of the files that are not refused."""
    files = ", ".join(map(str, (-1, *sorted(refused))))
    return (
        f"SELECT * EXCLUDE (file) FROM read_parquet({_literal(str(spooled))})"  # noqa: S608
        f" WHERE file NOT IN ({files})"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
