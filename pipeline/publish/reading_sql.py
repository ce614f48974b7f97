"""Whether a text is one SQL statement that only reads, by the engine's own parser.

What it may read is left to the connection (`reader.py`), which can open the files of one build.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from pipeline.core.errors import ConfigError

# Functions that a FROM may name. Others open files, run text as SQL or set the engine up.
_IN_FROM = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row"})
# What may stand before a statement that is explained; the rest must be one by itself.
_EXPLAIN = re.compile(
    r"\s*EXPLAIN(\s+ANALYZE)?(\s*\(\s*FORMAT\s+\w+\s*\))?(?=[\s(])", re.IGNORECASE
)
_READS = "SELECT, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of one of them"


def one_that_reads(sql: str) -> str:
    """The statement; ConfigError says why it is not one, or not one that only reads."""
    with duckdb.connect(":memory:") as connection:
        statement = _only_statement(connection, sql)
        explained = _EXPLAIN.match(statement)
        _check_reads(connection, statement[explained.end() :] if explained else statement)
    return statement


def _only_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        found = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise ConfigError(str(error)) from None
    if len(found) != 1:
        raise ConfigError(
            f"expected one statement that reads ({_READS}), found {len(found)}"
            " (a PIVOT without the values of its ON counts as two)"
        )
    return str(found[0].query)


def _check_reads(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    kind = _kind(connection, sql)
    if kind != "SELECT":
        raise ConfigError(
            f"{kind} is not a statement that only reads, and nothing was changed;"
            f" expected {_READS}."
            " `milepost export --to FILE.duckdb` makes a copy to write in."
        )
    [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    if tree.get("error"):
        raise ConfigError(f"expected {_READS}: {tree.get('error_message')}")
    others = sorted(set(_functions_in_from(tree)) - _IN_FROM)
    if others:
        raise ConfigError(
            f"{', '.join(others)} cannot be used here: the tenant's tables are there by their names"
        )


def _kind(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        return (
            " and ".join(one.type.name for one in connection.extract_statements(sql)) or "nothing"
        )
    except duckdb.Error as error:
        raise ConfigError(str(error)) from None


def _functions_in_from(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "TABLE_FUNCTION":
            yield str(node["function"]["function_name"]).lower()
        for child in node.values():
            yield from _functions_in_from(child)
    elif isinstance(node, list):
        for child in node:
            yield from _functions_in_from(child)
