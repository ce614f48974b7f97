"""The landed rows of a workspace as tables of a PostgreSQL, and the models built there by dbt."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import psycopg

from pipeline.config.settings import DBT_PROJECT_DIR
from pipeline.contracts import CONTRACTS
from pipeline.landing.sidecars.registry import TABLES
from pipeline.publish.build import DBT
from tests.servers import Server

SIDE_TABLES = ("source_totals", "quarantine_resolved", "files_not_read")
ENTITIES = (*CONTRACTS, *TABLES, *SIDE_TABLES)


def load(server: Server, database: str, home: Path, tenants: Sequence[str]) -> None:
    """Make `database` with the raw and quarantined rows of these tenants."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'create database "{database}"')
    with (
        psycopg.connect(server.url(database)) as connection,
        duckdb.connect() as reader,
    ):
        reader.execute("set TimeZone = 'UTC'")
        for entity in ENTITIES:
            _copy(reader, connection, home / "raw" / entity, "raw", entity, tenants)
        _copy(reader, connection, home / "quarantine" / "*", "quarantine", "rows", tenants)


def _copy(
    reader: duckdb.DuckDBPyConnection,
    connection: psycopg.Connection,
    folder: Path,
    schema: str,
    table: str,
    tenants: Sequence[str],
) -> None:
    rows = reader.read_parquet(str(folder / "*.parquet"), union_by_name=True)
    columns = ", ".join(
        f'"{name}" {kind}' for name, kind in zip(rows.columns, rows.types, strict=True)
    )
    connection.execute(f"create schema if not exists {schema}")
    connection.execute(f'create table {schema}."{table}" ({columns})')
    file = folder.parent / f".{schema}.{table}.csv"
    known = ", ".join(f"'{tenant}'" for tenant in tenants)
    rows.filter(f"tenant_id in ({known})").write_csv(str(file), header=False, na_rep="\\N")
    copy = f"copy {schema}.\"{table}\" from stdin (format csv, null '\\N')"
    with connection.cursor() as cursor, cursor.copy(copy) as target:
        target.write(file.read_bytes())
    file.unlink()


def build(server: Server, database: str, folder: Path) -> str:
    """`dbt build` of models, seeds and data tests there; what dbt said, with its return code."""
    done = subprocess.run(
        [
            DBT,
            "build",
            "--target",
            "postgres",
            "--exclude-resource-type",
            "unit_test",
            "--project-dir",
            str(DBT_PROJECT_DIR),
            "--profiles-dir",
            str(DBT_PROJECT_DIR),
            "--target-path",
            str(folder / "target"),
            "--log-path",
            str(folder / "logs"),
            "--no-use-colors",
            "--quiet",
        ],
        env={
            "PATH": os.environ["PATH"],
            "MILEPOST_POSTGRES_PORT": str(server.port),
            "MILEPOST_POSTGRES_DATABASE": database,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        cwd=DBT_PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode}\n{done.stdout}\n{done.stderr}"
