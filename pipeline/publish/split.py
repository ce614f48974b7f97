"""The rows of a warehouse's table written as files: one of each tenant, or of each of its parts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb

from pipeline.publish import parts
from pipeline.publish.warehouse import parts_of, tables_of

# The table's columns without rows.
EMPTY_FILE = "empty.parquet"
# Files of all tenants are open at once, with a row group of each in memory; DuckDB's own size of
# three times as many rows fills gigabytes and is no faster.
ROW_GROUP = 40_960
# Rows of a file below which starting zstd, for each column anew, costs more than all else.
WORTH_ZSTD = 1_000
# Files by month that one COPY writes: of a thousand, rows come to each by ones and twos, and the
# half-filled buffers take thrice the memory and twice the time.
FILES_AT_ONCE = 250
_WHOLE = "whole"
# A tenant, a part, and one of the months that are in it (None: undated, or not by month).
_Rows = tuple[str, str, date | None]


def split(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    wanted: Mapping[str | None, Sequence[str]],
    as_of: Mapping[str, date],
    rows: int,
    folder: Path,
) -> None:
    """Write the wanted files of a table below `folder` (see `written`), and an empty table.

    `wanted` is part -> tenants; None is the whole of a table that is one file. `rows` is how many
    there are in all of them, about.
    """
    folder.mkdir(parents=True)
    cursor = connection.cursor()
    # One open file a tenant and part: one that is closed early goes on under a second name.
    cursor.execute("SET partitioned_write_max_open_files = 100000")
    rows_a_file = rows / sum(map(len, wanted.values()))
    compression = "zstd, COMPRESSION_LEVEL 1" if rows_a_file > WORTH_ZSTD else "snappy"
    qualified = tables_of(cursor)[table]
    cursor.execute(
        f"COPY (SELECT * FROM {qualified} LIMIT 0) TO '{_quoted(folder / EMPTY_FILE)}'"  # noqa: S608
        " (FORMAT parquet)"
    )
    for files, condition in _scans(table, wanted, as_of, parts_of(cursor, table)):
        tenants, named, months = zip(*files, strict=True)
        cursor.execute(
            "COPY (SELECT t.*, wanted.tenant AS _tenant, wanted.part AS _part"  # noqa: S608
            f" FROM {qualified} AS t INNER JOIN (SELECT unnest($tenants) AS tenant,"
            " unnest($parts) AS part, unnest($months::DATE[]) AS month) AS wanted"
            f" ON t.tenant_id = wanted.tenant AND {condition}"
            # The join says as much, but this is applied where the table is read.
            " WHERE t.tenant_id BETWEEN $first AND $last)"
            f" TO '{_quoted(folder)}'"
            f" (FORMAT parquet, COMPRESSION {compression}, PARQUET_VERSION V2,"
            f" ROW_GROUP_SIZE {ROW_GROUP}, PARTITION_BY (_tenant, _part),"
            " WRITE_PARTITION_COLUMNS false, OVERWRITE_OR_IGNORE true)",
            {
                **{"tenants": tenants, "parts": named, "months": months},
                **{"first": min(tenants), "last": max(tenants)},
            },
        )


def _scans(
    table: str,
    wanted: Mapping[str | None, Sequence[str]],
    as_of: Mapping[str, date],
    parts_by_batch: Sequence[str],
) -> Iterator[tuple[list[_Rows], str]]:
    """What each COPY writes, and which rows of those tenants that takes."""
    by_month: list[_Rows] = []
    for part, tenants in wanted.items():
        if part is None:
            yield [(tenant, _WHOLE, None) for tenant in tenants], "true"
        elif table in parts.BY_MONTH:
            by_month += [
                (tenant, part, month)
                for tenant in tenants
                for month in parts.months_of(part, as_of[tenant])
            ]
        elif part != parts.NO_ROWS:
            yield [(tenant, part, None) for tenant in tenants], _in_batches(part, parts_by_batch)
    for files in _batches(by_month):
        yield files, _in_months(f't."{parts.BY_MONTH[table]}"', files)


def _in_batches(part: str, others: Sequence[str]) -> str:
    # The ids of a part's batches begin with its name. A range, by which whole files are skipped;
    # ids are digits and letters.
    condition = f"t.batch_id >= '{part}' AND t.batch_id < '{part}~'"
    by_themselves = [f"'{other}'" for other in others if other.startswith(part) and other != part]
    if by_themselves:
        condition += f" AND t.batch_id NOT IN ({', '.join(by_themselves)})"
    return condition


def _in_months(column: str, files: Sequence[_Rows]) -> str:
    condition = f"{parts.month_of(column)} IS NOT DISTINCT FROM wanted.month"
    months = {month for _, _, month in files}
    if None not in months:
        condition += f" AND {column} >= '{min(filter(None, months))}'"
    return condition


def _batches(rows: list[_Rows]) -> Iterator[list[_Rows]]:
    """Tenant by tenant, in batches of no more files than are written well at once."""
    files: set[tuple[str, str]] = set()
    batch: list[_Rows] = []
    for tenant, group in groupby(sorted(rows, key=itemgetter(0)), key=itemgetter(0)):
        of_tenant = list(group)
        new = {(tenant, part) for _, part, _ in of_tenant}
        if batch and len(files) + len(new) > FILES_AT_ONCE:
            yield batch
            files, batch = set(), []
        files |= new
        batch += of_tenant
    if batch:
        yield batch


def written(folder: Path, tenant: str, part: str | None) -> Path:
    """The folder below a split's in which the rows of one file are; absent if there are none."""
    return folder / f"_tenant={tenant}" / f"_part={part or _WHOLE}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
