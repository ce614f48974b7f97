"""The users' own system as a database: its tables in both dialects, and a workspace reading it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import psycopg
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS, Column, Contract, Type
from pipeline.landing.ingest import ingest
from pipeline.landing.result import IngestResult
from tests.servers import Server, mysql_connection

URL = "MILEPOST_TEST_CRM_URL"
_POSTGRES = {
    Type.TEXT: "text",
    Type.MONEY: "numeric(18,2)",
    Type.AREA: "numeric(18,2)",
    Type.PERCENT: "numeric(9,4)",
    Type.COORDINATE: "numeric(10,7)",
    Type.INTEGER: "integer",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.CLOCK: "time",
    Type.TIMESTAMP: "timestamptz",
    Type.JSON: "jsonb",
}
_MYSQL = {
    Type.TEXT: "varchar(500)",
    Type.MONEY: "decimal(18,2)",
    Type.AREA: "decimal(18,2)",
    Type.PERCENT: "decimal(9,4)",
    Type.COORDINATE: "decimal(10,7)",
    Type.INTEGER: "int",
    Type.BOOLEAN: "tinyint(1)",
    Type.DATE: "date",
    Type.CLOCK: "time",
    Type.TIMESTAMP: "datetime(6)",
    Type.JSON: "json",
}
# The table of what happens most says when a row was made, but not when it was changed.
_NO_UPDATES = ("engagement",)


class Connection(Protocol):
    def execute(self, sql: str) -> list[tuple[Any, ...]]: ...


class PostgresConnection:
    def __init__(self, url: str, *, autocommit: bool = True) -> None:
        self.raw = psycopg.connect(url, autocommit=autocommit)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.raw.execute(sql)
        return cursor.fetchall() if cursor.description else []


class MysqlConnection:
    def __init__(self, server: Server, database: str, *, autocommit: bool = True) -> None:
        self.raw = mysql_connection(server, database)
        self.raw.autocommit(autocommit)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with self.raw.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@dataclass
class Crm:
    """A database with the users' tables, and a workspace whose tenants read from it."""

    server: Server
    database: str
    ws: Workspace
    monkeypatch: pytest.MonkeyPatch
    hours: Iterator[int] = field(default_factory=itertools.count)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_postgres(self) -> bool:
        return self.server.kind == "postgresql"

    def connect(self, *, autocommit: bool = True) -> PostgresConnection | MysqlConnection:
        if self.is_postgres:
            return PostgresConnection(self.server.url(self.database), autocommit=autocommit)
        return MysqlConnection(self.server, self.database, autocommit=autocommit)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            return [connection.execute(each) for each in statements][-1]
        finally:
            connection.raw.close()

    def configure(self, *tenants: str, **options: Any) -> None:
        """Write sources.yaml and tenant files."""
        self.options = {
            "type": self.server.kind,
            "url_env": URL,
            "timezone": "Asia/Kolkata",
            **options,
        }
        self.ws.sources_file.write_text(json.dumps({"crm": self.options}))
        for tenant in tenants:
            text = f"name: {tenant.title()}\nsources: [inbox, crm]\n"
            (self.ws.tenants_dir / f"{tenant}.yaml").write_text(text)
        self.monkeypatch.setenv(URL, self.server.url(self.database))

    def create(self, *entities: str) -> None:
        for entity in entities or CONTRACTS:
            for statement in ddl(CONTRACTS[entity], self.server.kind):
                self.execute(statement)

    def ingest(self, **options: Any) -> IngestResult:
        # After the database's own clock, as in life.
        now = datetime(2027, 4, 1, tzinfo=UTC) + timedelta(hours=next(self.hours))
        return ingest(self.ws, load_registry(self.ws), **{"now": now, **options})

    def raw(self, entity: str) -> pl.DataFrame:
        return _rows(self.ws.raw(entity))

    def quarantine(self, entity: str) -> pl.DataFrame:
        return _rows(self.ws.quarantine(entity))

    def newest(self, entity: str) -> pl.DataFrame:
        """What staging makes of raw: the newest version of each row that is not deleted."""
        rows = self.raw(entity).sort("batch_id").unique(["tenant_id", "id"], keep="last")
        return rows.filter(pl.col("deleted_at").is_null()).sort("tenant_id", "id")


def _rows(folder: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])


def ddl(contract: Contract, kind: str) -> list[str]:
    """CREATE statements as the brief's migration has them: UUIDs or VARCHAR(36), ENUMs, JSON."""
    postgres = kind == "postgresql"
    table = contract.source_table or contract.entity
    statements: list[str] = []
    lines = ["tenant_id varchar(36) NOT NULL"]
    for column in contract.columns:
        if column.name == "updated_at" and contract.entity in _NO_UPDATES:
            continue
        lines.append(f"{column.name} {_type(column, contract, postgres, statements)}")
    # No foreign keys and few NOT NULLs: what a real table allows, validation has to judge.
    lines.append("PRIMARY KEY (id)")
    return [*statements, f"CREATE TABLE {table} ({', '.join(lines)})"]


def _type(column: Column, contract: Contract, postgres: bool, statements: list[str]) -> str:
    if column.name == "id":
        return "uuid" if postgres else "varchar(36)"
    if column.values:
        values = ", ".join(f"'{value}'" for value in column.values)
        if not postgres:
            return f"enum({values})"
        name = f"{contract.entity}_{column.name}"
        statements.append(f"CREATE TYPE {name} AS ENUM ({values})")
        return name
    return (_POSTGRES if postgres else _MYSQL)[column.type]


@contextmanager
def new_crm(
    server: Server, name: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    """A database of its own on a running server."""
    main = Crm(server, "crm", ws, monkeypatch)
    main.execute(f"CREATE DATABASE {name}")
    try:
        yield Crm(server, name, ws, monkeypatch)
    finally:
        force = " WITH (FORCE)" if main.is_postgres else ""
        main.execute(f"DROP DATABASE {name}{force}")
