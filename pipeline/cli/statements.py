"""Says so before a query would write: what is published is read-only, whatever DuckDB would say.

The connection itself refuses it too (`publish/reader.py`); this is the sentence for people.
"""

import duckdb

from pipeline.core.errors import ConfigError

_WRITES = {"INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "COPY", "EXPORT", "MERGE_INTO"}


def only_reads(sql: str) -> None:
    """ConfigError if the text would write; what DuckDB cannot parse is left to DuckDB's message."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error:
        return
    for statement in statements:
        # DuckDB cuts a PIVOT in two: the list of its columns, which has no text, and a SELECT.
        if statement.type.name in _WRITES and statement.query:
            word = statement.type.name.replace("_", " ")
            raise ConfigError(
                f"{word}: `milepost query` only reads what is published; nothing was changed."
                " `milepost export --to FILE.duckdb` makes a copy to write in."
            )
