"""An export as one DuckDB file, its tables and columns commented, for SQL and BI tools."""

from pathlib import Path

import duckdb

from pipeline.publish.dictionary import DefinedColumn, DefinedTable
from pipeline.publish.export.content import COLUMN_HEADS, Content

# What the file says of itself, for tools that show no comments.
_ABOUT, _COLUMNS = "export_about", "export_columns"


def write_database(content: Content, path: Path) -> None:
    """Write every table, with what it means as its comment, into the file at `path`."""
    with duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"}) as file:
        file.execute("BEGIN")  # each comment alone would wait for the disk
        for table in content.tables:
            _write_table(file, content, table)
        _write_texts(file, _ABOUT, ("what", "value"), list(content.about()))
        _write_texts(file, _COLUMNS, COLUMN_HEADS, list(content.columns()))
        file.execute("COMMIT")


def _write_table(file: duckdb.DuckDBPyConnection, content: Content, table: DefinedTable) -> None:
    file.register("arriving", content.read(table.name).to_arrow_reader())
    file.execute(f'CREATE TABLE "{table.name}" AS SELECT * FROM arriving')  # noqa: S608
    file.unregister("arriving")
    if not table.meaning:
        return
    _comment(file, f'TABLE "{table.name}"', table.told)
    there = {row[0] for row in file.execute(f'DESCRIBE "{table.name}"').fetchall()}
    for column in table.columns:
        if column.name in there:
            name = f'COLUMN "{table.name}"."{column.name}"'
            _comment(file, name, comment_of(column, content.unit(column)))


def comment_of(column: DefinedColumn, unit: str) -> str:
    """What a column's comment says: its meaning, then what it counts in."""
    return f"{column.told} [{unit}]" if unit else column.told


def _comment(file: duckdb.DuckDBPyConnection, what: str, text: str) -> None:
    quoted = text.replace("'", "''")  # COMMENT takes no parameter
    file.execute(f"COMMENT ON {what} IS '{quoted}'")


def _write_texts(
    file: duckdb.DuckDBPyConnection,
    name: str,
    heads: tuple[str, ...],
    rows: list[tuple[str, ...]],
) -> None:
    columns = ", ".join(f'"{head}" VARCHAR' for head in heads)
    file.execute(f"CREATE TABLE {name} ({columns})")
    if rows:
        places = ", ".join("?" * len(heads))
        file.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608
