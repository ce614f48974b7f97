"""What the command line prints: results on stdout, progress and errors on stderr."""

import csv
import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console

from pipeline.cli.grid import Grid, draw
from pipeline.cli.local_times import shown_in
from pipeline.core.errors import ConfigError
from pipeline.core.redaction import redact

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)
if not stdout.is_terminal:
    stdout = Console(highlight=False, width=200)  # a pipe has no width: do not fold at 80

_UNSEEN = ("Cc", "Cs")  # control characters and lone surrogates
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on stderr while the block runs, if stderr is a terminal."""
    if not stderr.is_terminal:
        yield
        return
    with stderr.status(f"{what} …"):
        yield


def fail(message: str) -> None:
    stderr.print(redact(message), style="bold red", markup=False, soft_wrap=True)


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """Print a command's result: JSON, or a heading a list and a line a value."""
    if as_json:
        print(json.dumps(result, default=_plain, ensure_ascii=False, indent=2))
        return
    for key, value in result.items():
        title = key.replace("_", " ")
        if isinstance(value, Sequence) and not isinstance(value, str):
            _show_list(title, value)
        elif value is not None:
            stdout.print(f"{title}: {_cell(value)}", markup=False, soft_wrap=True)


def _show_list(title: str, items: Sequence[Any]) -> None:
    if not items:
        return
    if not isinstance(items[0], Mapping):
        lines = [f"{title}:", *(f"  {_cell(item)}" for item in items)]
        stdout.print(*lines, sep="\n", markup=False, soft_wrap=True)
        return
    names = [name.replace("_", " ") for name in items[0]]
    draw(stdout, _grid(names, [list(item.values()) for item in items], title))


def write_result(published: "Published", sql: str, format_: str, zone: tzinfo = UTC) -> None:
    """Write a question's answer to stdout as table, json, csv or parquet.

    Instants are in the zone's time; in parquet, which knows no zone, they are UTC.
    """
    if format_ == "parquet":
        import polars as pl

        frame = pl.from_arrow(published.answer_as_arrow(sql))
        cast("pl.DataFrame", frame).write_parquet(sys.stdout.buffer)
        return
    names, found = published.answer(sql)
    rows = [[shown_in(zone, value) for value in row] for row in found]
    if format_ == "json":
        records = [dict(zip(names, row, strict=True)) for row in rows]
        print(json.dumps(records, default=_plain, ensure_ascii=False, indent=2))
    elif format_ == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_csv_cell(value) for value in row] for row in rows)
    elif format_ == "table":
        draw(stdout, _grid(names, rows))
        stdout.print(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}", style="dim")
    else:
        raise ConfigError(f"no format {format_!r}; there are table, json, csv and parquet")


def write_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows that have the same keys to stdout as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_csv_cell(value) for value in row.values()] for row in rows)


def _printable(text: str) -> str:
    """The text without what moves a terminal's cursor or cannot be written."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character) not in _UNSEEN else "�"
        for character in text
    )


def _grid(names: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> Grid:
    right = [
        any(isinstance(row[position], int | float | Decimal) for row in rows)
        for position in range(len(names))
    ]
    cells = [[_cell(value) for value in row] for row in rows]
    return Grid([_printable(name) for name in names], cells, right, title)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S%z}"
    return _printable(redact(str(value)))


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return _plain(value) if isinstance(value, datetime | timedelta | list | dict) else value


def _plain(value: Any) -> Any:
    """A JSON value that loses nothing: Decimals as strings, instants and days as ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
