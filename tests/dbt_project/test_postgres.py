"""The same models on PostgreSQL: they build, their data tests pass, and every row is DuckDB's."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.dbt_project import on_postgres
from tests.dbt_project.conftest import Query
from tests.dbt_project.scenario import Row
from tests.dbt_project.test_isolation import published_tables
from tests.servers import Server

# Two hundred thousand rows of one tenant and a second Olist say no more than the forty scenarios
# and the first.
TOO_LARGE = {"online_retail", "olist_then"}


@pytest.fixture(scope="module")
def tenants(query: Query) -> list[str]:
    rows = query("select tenant_id from tenants")
    return sorted({row["tenant_id"] for row in rows} - TOO_LARGE)


@pytest.fixture(scope="module")
def built(
    postgres: Server, home: Path, tenants: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg.Connection[Row]]:
    on_postgres.load(postgres, "models", home, tenants)
    said = on_postgres.build(postgres, "models", tmp_path_factory.mktemp("postgres"))
    assert said.startswith("0\n"), said[-6000:]
    with psycopg.connect(postgres.url("models"), row_factory=dict_row) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set search_path = marts, reporting, quality")
        yield connection


def comparable(row: Row) -> tuple[tuple[str, object], ...]:
    """The values of a row, numbers by value: engines add doubles in their own order."""

    def plain(value: object) -> object:
        if isinstance(value, float):
            return f"{value:.9g}"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        if isinstance(value, datetime):
            return value.isoformat()
        return value

    return tuple((name, plain(value)) for name, value in sorted(row.items()))


def test_every_published_row_is_the_same(
    built: psycopg.Connection[Row],
    query: Query,
    warehouse: duckdb.DuckDBPyConnection,
    tenants: list[str],
) -> None:
    different = {}
    for table in published_tables(warehouse):
        theirs = Counter(map(comparable, built.execute(f'select * from "{table}"').fetchall()))
        ours = Counter(
            map(
                comparable,
                query(f'select * from "{table}" where list_contains(?, tenant_id)', tenants),
            )
        )
        if theirs != ours:
            different[table] = (
                sum((ours - theirs).values()),
                sorted((ours - theirs).keys(), key=repr)[:1],
                sorted((theirs - ours).keys(), key=repr)[:1],
            )
    assert different == {}
