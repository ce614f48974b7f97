"""Which rows of a batch have equals: within the batch, or among the rows that landed before.

Two 64-bit numbers stand for a row, the key (of tenant and id) and the content (its row hash).
They are kept in a file (`key_file`), and compared in DuckDB, which spills to disk, if they must be:
so twenty million rows compare in bounded memory, and a first delivery without repeated ids costs
next to nothing. Ids that share a key are told apart before anything is called a duplicate; an
unchanged row must also have the content, which covers the id. A row is known by its place in the
spool file (0, 1, …). `row_outcomes` keeps what becomes of the rows that are found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.contracts import Contract
from pipeline.landing.batches.batches import CONTRACT_BATCH, batch_path
from pipeline.landing.batches.compaction import members_of
from pipeline.landing.comparison.key_file import KeyFile
from pipeline.landing.comparison.queries import (
    ANY,
    DUPLICATES,
    REMEMBER,
    REPLACED,
    UNCHANGED,
)
from pipeline.landing.comparison.row_hash import in_hex, kind, row_hash_sql

_MEMORY = "640MB"
# So many keys are compared at once: their hash tables take some 150 MB.
_PART = 3_000_000


@dataclass(frozen=True)
class Conflict:
    """A row that a later row of the batch with the same id and other content replaces."""

    file: int
    place: int
    source_row: int
    tenant: str
    record_key: str
    winning_file: str
    winning_row: int


class Comparison:
    """The keys of one batch; `file` is a file's number in it. A context manager."""

    def __init__(self, contract: Contract, folder: Path, threads: int) -> None:
        # The parts of these statements are the contract's column names, never a source's.
        row_hash = row_hash_sql(contract)
        self._hash = (
            f"SELECT file, hash(tenant_id, id) AS key, {row_hash} AS content"  # noqa: S608
            " FROM incoming"
        )
        self._row_hash = row_hash
        self._threads = threads
        self._db = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                # Small pieces one after the other: more threads would only wait for each other.
                "threads": 1,
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
            }
        )
        self._db.execute(
            "SET TimeZone = 'UTC'; SET enable_progress_bar = false;"
            "CREATE TABLE keys (file INTEGER, place BIGINT, key UBIGINT, content UBIGINT);"
            "CREATE TABLE bad_keys (file INTEGER, key UBIGINT);"
            "CREATE TABLE duplicates (file INTEGER, place BIGINT, source_row BIGINT,"
            " tenant_id VARCHAR, id VARCHAR, winning_file VARCHAR, winning_row BIGINT,"
            " is_conflict BOOLEAN)"
        )
        # What today's row hashes are of: see `row_hash`.
        self.kind = kind(self._db, contract)
        self._key_file = KeyFile(folder / "keys.arrow")
        self._has_table = False

    def __enter__(self) -> Comparison:
        return self

    def __exit__(self, *_: object) -> None:
        self._key_file.close()
        self._db.close()

    def add(self, rows: pa.Table) -> pa.StringArray:
        """Remember typed `rows` (with their `file`), the next in the spool; returns row_hash."""
        found = self._keys_and_hashes(rows)
        self._key_file.add(found)
        return in_hex(found["content"].to_numpy())

    def row_hashes(self, rows: pl.DataFrame) -> pl.Series:
        """The row_hash of raw rows."""
        found = self._keys_and_hashes(rows.with_columns(file=pl.lit(0)).to_arrow())
        return pl.Series("row_hash", pl.from_arrow(in_hex(found["content"].to_numpy())))

    def _keys_and_hashes(self, rows: pa.Table) -> pa.Table:
        self._db.register("incoming", rows)
        return self._db.sql(self._hash).to_arrow_table()

    def add_bad(self, rows: pl.DataFrame) -> None:
        """Remember the keys of refused rows: they are broken, but they are there."""
        self._db.register("refused", rows.select("file", "tenant_id", "record_key").to_arrow())
        self._db.execute(
            "INSERT INTO bad_keys SELECT file, hash(tenant_id, record_key) FROM refused"
            " WHERE record_key IS NOT NULL"
        )

    def register(self, name: str, rows: pl.DataFrame) -> None:
        """Make rows a table of queries."""
        self._db.register(name, rows.to_arrow())

    def query(self, sql: str, values: Mapping[str, object]) -> pl.DataFrame:
        """A query over the tables `keys` and `bad_keys`, and raw files."""
        self._fill_table()
        return pl.DataFrame(self._db.execute(sql, values).to_arrow_table())

    def find_equal_keys(self, refused: Collection[int]) -> bool:
        """Whether rows may share an id, those of refused files aside: see `duplicates`."""
        if not self._key_file.have_equal_keys(refused):
            return False
        self._fill_table()
        live = f"file NOT IN ({', '.join(map(str, (-1, *sorted(refused))))})"
        self._db.execute(
            f"CREATE TABLE suspects AS SELECT * FROM keys WHERE {live} AND key IN"  # noqa: S608
            f" (SELECT key FROM keys WHERE {live} GROUP BY key HAVING count(*) > 1)"
        )
        return self._count("suspects") > 0

    def duplicates(self, spooled: Path) -> tuple[np.ndarray, list[Conflict]]:
        """Places of rows that equal a later one with their id, and those that differ from it."""
        for part, count in _parts(self._count("suspects")):
            values = {"spooled": str(spooled), "part": part, "parts": count}
            self._db.execute(DUPLICATES, values)
        equal = self._db.sql("SELECT place FROM duplicates WHERE NOT is_conflict").fetchnumpy()
        conflicts = self._db.sql(
            "SELECT * EXCLUDE (is_conflict) FROM duplicates WHERE is_conflict ORDER BY place"
        ).fetchall()
        return equal["place"], [Conflict(*row) for row in conflicts]

    def unchanged(
        self, landed: Mapping[Path, bool], again: Mapping[int, tuple[str, str]]
    ) -> Iterator[np.ndarray]:
        """Places of rows whose content is that of the newest landed version of the same id.

        `landed` are raw files, oldest first, and whether their row hashes are of today's `kind`.
        The newest version only: content that returns after a change or a deletion is a new one.
        Of the files `again` (number -> name, batch of their last reading) also rows that another
        file has replaced.
        """
        self._fill_table()
        parts = _parts(len(self._key_file))
        self._db.execute(
            "CREATE TABLE landed (key UBIGINT, age BIGINT, content UBIGINT, origin UBIGINT)"
        )
        origin = "hash(source_file)" if again else "NULL"
        remember = REMEMBER.format(row_hash="row_hash", origin=origin)
        computed = f"printf('%016x', {self._row_hash})"
        compute = REMEMBER.format(row_hash=computed, origin=origin)
        for raw, is_of_kind in landed.items():
            values = {"raw": [str(raw)], "all": len(parts) > 1}
            if not is_of_kind:
                # All columns are read only if there is anything to compare; and with the file that
                # has all of them, as an older contract's lacks some.
                if not self._db.execute(ANY, values).fetchall()[0][0]:
                    continue
                values["raw"] = [str(batch_path(raw.parent, CONTRACT_BATCH)), str(raw)]
            values |= {"age": _age(raw.stem), "merged": bool(members_of(raw))}
            self._db.execute(remember if is_of_kind else compute, values)
        for part, count in parts:
            values = {"part": part, "parts": count}
            yield self._db.execute(UNCHANGED, values).fetchnumpy()["place"]
            if again:
                self._register_again(again)
                yield self._db.execute(REPLACED, values).fetchnumpy()["place"]

    def _register_again(self, again: Mapping[int, tuple[str, str]]) -> None:
        rows = [(number, name, _age(batch)) for number, (name, batch) in again.items()]
        schema = {"file": pl.Int32, "name": pl.String, "age": pl.Int64}
        self._db.register("again", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())

    def _fill_table(self) -> None:
        if self._has_table:
            return
        for piece in self._key_file.in_pieces():
            self._db.register("numbers", piece)
            self._db.execute(
                "INSERT INTO keys SELECT file, place, key, hash(row_hash) FROM numbers"
            )
        self._has_table = True
        # From here on the whole batch is compared at once, on all cores.
        self._db.execute(f"SET threads = {self._threads}")

    def _count(self, table: str) -> int:
        return int(self._db.table(table).count("*").fetchall()[0][0])


def _age(batch_id: str) -> int:
    """A batch's time as a number, as `REMEMBER` computes it for the rows of a merged file."""
    return int(batch_id[2:8] + batch_id[9:21])


def _parts(rows: int) -> list[tuple[int, int]]:
    """(part, of how many) for a comparison of so many rows."""
    parts = 1 + rows // _PART
    return [(part, parts) for part in range(parts)]
