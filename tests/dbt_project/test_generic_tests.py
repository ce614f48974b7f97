"""Our own generic tests let good rows pass, and each of them can fail."""

import re
from collections.abc import Callable

import duckdb
import jinja2
import pytest

from pipeline.config.settings import DBT_PROJECT_DIR

GENERIC = DBT_PROJECT_DIR / "tests" / "generic"


def failing_rows(name: str, rows: str, **arguments: object) -> int:
    """How many rows the test `name` returns for a table with `rows`, rendered as dbt renders it."""
    text = (GENERIC / f"{name}.sql").read_text()
    found = re.search(r"\{% test \w+\(.*?\) %\}(.*)\{% endtest %\}", text, re.S)
    assert found is not None
    body = found.group(1)
    sql = jinja2.Environment().from_string(body).render(model=f"({rows})", **arguments)
    return len(duckdb.connect().execute(sql).fetchall())


def table(columns: str, *rows: str) -> str:
    return f"select * from (values {', '.join(f'({row})' for row in rows)}) as t({columns})"


@pytest.mark.parametrize(
    ("rows", "failing"),
    [
        (["'a', 1", "'b', 1", "'a', 2"], 0),
        (["'a', 1", "'a', 1"], 1),
        (["'a', null", "'b', null"], 2),
        (["null, 1"], 1),
    ],
)
def test_grain(rows: list[str], failing: int) -> None:
    found = failing_rows(
        "grain", table("tenant_id, id", *rows), columns=["tenant_id", "id"], optional=[]
    )
    assert found == failing


def test_grain_with_a_key_that_may_be_null() -> None:
    arguments = {"columns": ["tenant_id", "id"], "optional": ["id"]}
    assert failing_rows("grain", table("tenant_id, id", "'a', null", "'a', 1"), **arguments) == 0
    assert failing_rows("grain", table("tenant_id, id", "'a', null", "'a', null"), **arguments) == 1


@pytest.mark.parametrize(
    ("value", "bounds", "failing"),
    [
        ("0", [0, 1], 0),
        ("1", [0, 1], 0),
        ("null::int", [0, 1], 0),
        ("1.01", [0, 1], 1),
        ("-0.01", [0, 1], 1),
        ("-1", [0, None], 1),
        ("99", [0, None], 0),
        ("1", [None, 0], 1),
    ],
)
def test_within(value: str, bounds: list[int | None], failing: int) -> None:
    assert failing_rows("within", table("x", value), bounds={"x": bounds}) == failing


def test_within_looks_at_every_column() -> None:
    rows = table("x, y", "0, 0", "0, 5", "5, 0")
    assert failing_rows("within", rows, bounds={"x": [0, 1], "y": [0, 1]}) == 2


def test_holds() -> None:
    rows = table("x, y", "1, 2", "2, 1", "1, null")
    assert failing_rows("holds", rows, conditions=["x < y"]) == 1
    assert failing_rows("holds", rows, conditions=["x < 2", "x < y"]) == 1


def key_hash(alias: str | None = None) -> str:
    prefix = f"{alias}." if alias else ""
    return f"hash({prefix}tenant_id, {prefix}id)"


def collision(alias: str | None = None) -> str:
    """The worst hash there is."""
    return f"length({alias + '.' if alias else ''}tenant_id)"


@pytest.mark.parametrize("hashing", [key_hash, collision])
def test_newest_rows_are_unique(hashing: Callable[..., str]) -> None:
    def failing(*rows: str) -> int:
        return failing_rows(
            "newest_rows_are_unique",
            table("tenant_id, id", *rows),
            key_hash=hashing,
            batch_read_before=lambda: None,
            ref=str,
        )

    rows = ["'a', 1", "'b', 1", "'a', 2"]
    assert failing(*rows) == 0
    assert failing(*rows, "'a', 1") == 1
    assert failing(*rows, "'b', 1", "'a', 2") == 2


def test_newest_rows_are_unique_as_far_as_they_came_since_the_last_build() -> None:
    def failing(*rows: str) -> int:
        return failing_rows(
            "newest_rows_are_unique",
            table("tenant_id, id, batch_id", *rows),
            batch_read_before=lambda: "'1'",
            ref=str,
        )

    rows = ["'a', 1, '1'", "'b', 1, '2'", "'a', 2, '2'"]
    assert failing(*rows) == 0
    assert failing(*rows, "'a', 1, '2'") == 1
    assert failing(*rows, "'b', 1, '1'", "'a', 2, '2'") == 2


@pytest.mark.parametrize("read_before", [None, "'1'"])
def test_one_version_counts(read_before: str | None) -> None:
    def failing(*superseded: str) -> int:
        columns = "row_key, tenant_id, place_hash, source_row, batch_id"
        rows = ["1, 'a', 10, 1, '1'", "1, 'a', 20, 1, '2'", "2, 'a', 10, 2, '1'"]
        return failing_rows(
            "one_version_counts",
            table(columns, *rows),
            superseded=f"({table('tenant_id, place_hash, source_row', *superseded)})",
            batch_read_before=lambda: read_before,
            ref=str,
        )

    assert failing("'a', 10, 1") == 0
    assert failing("'a', 20, 1") == 0
    # Another tenant's, another row's.
    assert failing("'b', 10, 1", "'a', 20, 2") == 1


def test_belongs_to() -> None:
    parents = "(" + table("tenant_id, key", "'a', 1", "'b', 2") + ")"
    arguments = {"to": parents, "keys": {"id": "key"}}
    rows = ["'a', 1", "'b', 2", "'b', null"]
    assert failing_rows("belongs_to", table("tenant_id, id", *rows), **arguments) == 0
    # Another tenant's parent is none.
    assert failing_rows("belongs_to", table("tenant_id, id", *rows, "'a', 2"), **arguments) == 1
    assert failing_rows("belongs_to", table("tenant_id, id", "'a', 3", "'c', 1"), **arguments) == 2


def test_every_generic_test_is_tested_here() -> None:
    names = {path.stem for path in GENERIC.glob("*.sql")}
    assert names == {
        "grain",
        "within",
        "holds",
        "belongs_to",
        "newest_rows_are_unique",
        "one_version_counts",
    }
