"""Show that two workspaces hold the same published rows and the same text in reports and mails.

For a change that must not change a figure: run the code of before and of after on the same data
with the same MILEPOST_NOW, then compare. Nothing of the pipeline is imported, so this compares what
any two versions wrote. Exit codes: 0 all the same; 1 something differs; 2 bad usage.
"""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, zip_longest
from pathlib import Path
from typing import Any, NoReturn

import duckdb
from readable_text import SAME_NAMES, Names, text_of

SHOWN = 3
WIDTH = 400


@dataclass(frozen=True)
class Finding:
    """What became of one thing that was compared; `lines` say how it differs."""

    what: str
    verdict: str
    lines: tuple[str, ...] = ()
    rows: int = 0

    @property
    def same(self) -> bool:
        return self.verdict == "equal"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    names = Names(dict(options.renamed), dict(options.rename_suffix))
    tables = [*compare_tables(options.old, options.new, names, frozenset(options.ignore))]
    texts = [*compare_texts(options.old, options.new, names)]
    if not tables or not texts:
        _refuse("nothing was compared: neither has a published table, or neither has an artifact")
    for finding in tables:
        print(f"{finding.verdict:12} {finding.what}, {finding.rows} rows")
        _print_lines(finding)
    for finding in texts:
        if not finding.same:
            print(f"{finding.verdict:12} {finding.what}")
            _print_lines(finding)
    print(_summary("tables", tables), f"{sum(finding.rows for finding in tables)} rows", sep="; ")
    for kind in ("artifacts", "outbox"):
        print(_summary(kind, [text for text in texts if text.what.startswith(kind)]))
    return int(not all(finding.same for finding in (*tables, *texts)))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("old", type=_workspace)
    parser.add_argument("new", type=_workspace)
    pairs: dict[str, Any] = {"type": _pair, "nargs": "+", "action": "extend", "default": []}
    parser.add_argument("--renamed", **pairs, help="a column or table: OLD=NEW")
    parser.add_argument("--rename-suffix", **pairs, help="all names that end so: _OLD=_NEW")
    parser.add_argument(
        "--ignore", nargs="+", action="extend", default=[], help="a column by its new name"
    )
    return parser.parse_args(arguments)


def _workspace(text: str) -> Path:
    if not (Path(text) / "published").is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a workspace: it has no published/")
    return Path(text)


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise argparse.ArgumentTypeError(f"expected OLD=NEW, not {text!r}")
    return old, new


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)


def _print_lines(finding: Finding) -> None:
    for line in finding.lines:
        print(f"    {line}")


def _summary(kind: str, findings: Iterable[Finding]) -> str:
    verdicts = Counter(finding.verdict for finding in findings)
    counted = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return f"{kind}: {verdicts.total()} compared: {counted or 'none'}"


# Tables


def compare_tables(
    old: Path, new: Path, names: Names, ignored: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """A finding for every published table of either workspace, by tenant and table."""
    before, after = published(old, names), published(new)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in sorted(before.keys() | after.keys()):
            if table in before and table in after:
                types = _view(connection, "old", before[table], names, ignored)
                new_types = _view(connection, "new", after[table], SAME_NAMES, ignored)
                yield _compare_table(connection, table, types, new_types)
            else:
                yield Finding(table, "only in old" if table in before else "only in new")


def published(workspace: Path, names: Names = SAME_NAMES) -> dict[str, list[Path]]:
    """The Parquet files of every table of the tenants' current builds, by tenant/new name."""
    found: dict[str, list[Path]] = {}
    for build in sorted(workspace.glob("published/*/current")):
        for path in sorted(build.iterdir()):
            files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
            if files and files[0].suffix == ".parquet":
                table = f"{build.parent.name}/{names.new(path.stem)}"
                if table in found:
                    _refuse(f"{path}: two tables have the same name once they are renamed")
                found[table] = files
    return found


def _view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    files: Sequence[Path],
    names: Names,
    ignored: frozenset[str],
) -> dict[str, str]:
    """Make a view of the table's cells as text; returns the columns' types, by new name."""
    table = connection.read_parquet(
        [str(file) for file in files], union_by_name=True, hive_partitioning=False
    )
    pairs = {
        column: str(kind)
        for column, kind in zip(table.columns, table.types, strict=True)
        if names.new(column) not in ignored
    }
    if len({*map(names.new, pairs)}) < len(pairs):
        _refuse(f"{files[0]}: two columns have the same name once they are renamed")
    cells = [f"{_cell(old, kind)} AS {_quoted(names.new(old))}" for old, kind in pairs.items()]
    table.project(", ".join(cells)).create_view(view)
    return {names.new(column): kind for column, kind in pairs.items()}


def _cell(column: str, kind: str) -> str:
    """A cell as text. The last bits of a DOUBLE depend on the order in which parts were summed."""
    value = _quoted(column)
    if kind in ("DOUBLE", "FLOAT"):
        value = f"round({value}, 9) + 0.0"
    return f"CAST({value} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _compare_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    old_types: Mapping[str, str],
    new_types: Mapping[str, str],
) -> Finding:
    shared = sorted(old_types.keys() & new_types.keys())
    lines = [*_type_lines(old_types, new_types)]
    before, after = (_hashes(connection, view, shared) for view in ("old", "new"))
    if before[:2] != after[:2] and shared:
        changed = [
            column
            for column, one, other in zip(shared, before[2:], after[2:], strict=True)
            if one != other
        ]
        lines += [
            f"rows: {before[0]} in old, {after[0]} in new",
            f"columns: {', '.join(changed) or 'each has the same values, but in other rows'}",
            *_row_lines(connection, [name for name in old_types if name in shared], changed),
        ]
    return Finding(table, "different" if lines else "equal", tuple(lines), max(before[0], after[0]))


def _type_lines(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            before, after = (types.get(name, "absent") for types in (old, new))
            yield f"column {name}: {before} in old, {after} in new"


def _hashes(
    connection: duckdb.DuckDBPyConnection, view: str, columns: Sequence[str]
) -> tuple[int, ...]:
    """The rows, a hash of them whatever their order, and the same of each column alone."""
    quoted = [*map(_quoted, columns)]
    hashed = [", ".join(quoted), *quoted] if columns else []
    figures = ["count(*)", *(f"sum(hash({cells})::HUGEINT)" for cells in hashed)]
    row = connection.execute(f"SELECT {', '.join(figures)} FROM {view}").fetchone()
    assert row is not None
    return row


def _row_lines(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], changed: Sequence[str]
) -> Iterator[str]:
    """Up to three rows that only one side has: their first columns and those that differ."""
    cells = ", ".join(map(_quoted, columns))
    for view, other in (("old", "new"), ("new", "old")):
        rows = connection.execute(
            f"SELECT {cells} FROM {view} EXCEPT ALL SELECT {cells} FROM {other}"
            f" ORDER BY ALL LIMIT {SHOWN}"
        ).fetchall()
        for row in rows:
            told = dict(zip(columns, row, strict=True))
            shown = [name for name in columns if name in columns[:4] or name in changed]
            yield f"only in {view}: " + _cut(", ".join(f"{name}={told[name]}" for name in shown))


# Texts


def compare_texts(old: Path, new: Path, names: Names) -> Iterator[Finding]:
    """A finding for every artifact and mail of either workspace."""
    before, after = (written(workspace) for workspace in (old, new))

    def compare(name: str) -> Finding:
        if name in before and name in after:
            return _compare_files(name, before[name], after[name], names)
        return Finding(name, "only in old" if name in before else "only in new")

    # Nearly all the time goes to pdftotext, in processes of its own.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(compare, sorted(before.keys() | after.keys()))


def written(workspace: Path) -> dict[str, Path]:
    """Artifacts by path; mails by path without the hash at its end, numbered if several."""
    found = {
        path.relative_to(workspace).as_posix(): path
        for path in workspace.glob("artifacts/**/*")
        if path.is_file()
    }
    for path in sorted(workspace.glob("outbox/**/*")):
        if path.is_file():
            name = re.sub(r"-[0-9a-f]{8}(?=\.eml$)", "", path.relative_to(workspace).as_posix())
            numbered = (f"{name} ({number})" for number in count(2))
            found[name if name not in found else next(n for n in numbered if n not in found)] = path
    return found


def _compare_files(name: str, old: Path, new: Path, names: Names) -> Finding:
    before, after = old.read_bytes(), new.read_bytes()
    if before == after:
        return Finding(name, "equal")
    lines = _differing(text_of(old.name, before, names), text_of(new.name, after))
    return Finding(name, "different" if lines else "equal", lines)


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """The first lines that differ, of both sides."""
    pairs = [(one, other) for one, other in zip_longest(old, new) if one != other]
    return tuple(
        f"{side}: {_cut('no such line' if line is None else line, _first_difference(pair))}"
        for pair in pairs[:SHOWN]
        for side, line in zip(("old", "new"), pair, strict=True)
    )


def _first_difference(pair: tuple[str | None, str | None]) -> int:
    letters = zip_longest(pair[0] or "", pair[1] or "")
    return next((place for place, (one, other) in enumerate(letters) if one != other), 0)


def _cut(line: str, place: int = 0) -> str:
    """What is around the place of a long line."""
    start = max(0, place - 40)
    end = start + WIDTH
    return ("…" if start else "") + line[start:end] + ("…" if line[end:] else "")


if __name__ == "__main__":
    sys.exit(main())
