"""The child process that opens workbooks and Parquet: `python -m pipeline.sources.files.unpack`.

What a tenant sends may be broken or hostile, and these formats are opened by large libraries, so it
happens here, with limits of memory and time and nothing to lose. A workbook's sheet becomes CSV, a
Parquet file an Arrow file; what cannot be done is one line of JSON on stdout. It imports little: a
thousand small workbooks start it a thousand times.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from pipeline.sources.files import sheet
from pipeline.sources.files.number_formats import GENERAL, Unshown, shown

# A sheet of a million rows and twenty columns has some 600 MB of XML.
_LARGEST = 2 << 30
SUSPICIOUS = 64 << 20
RATIO = 200
# No export has so many; each costs memory and time, however few its rows.
MOST_COLUMNS = 2_000
_MOST_MEMBERS = 10_000
# Rows that lie within merged cells: looking at each takes time.
_MOST_MERGED = 2_000_000
ROW = "#row"
_NO_RESULT = "is a formula without a value: open and save it in Excel"


class Problem(Exception):
    """Why it cannot be unpacked; `waits` if the file looks unfinished."""

    def __init__(self, message: str, *, waits: bool = False) -> None:
        super().__init__(message)
        self.waits = waits


# By the number of a row: its columns that hold no value, and why.
Problems = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Wanted:
    """What is read: the entity, and what its columns hold, by the names that the source has.

    `kinds` are names of `contracts.model.Type`; `currencies` the signs of the tenant's money.
    """

    entity: str
    kinds: Mapping[str, str]
    currencies: Sequence[str] = ()


def main(kind: str, source: int, target: str, wanted: str, megabytes: int, seconds: int) -> None:
    """Unpack the open file `source` into `target`; what is wrong with rows goes beside it."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    said: dict[str, Any] = {}
    try:
        unpack = _workbook if kind == "xlsx" else _parquet
        with open(source, "rb") as stream:
            problems = unpack(stream, Path(target), Wanted(**json.loads(wanted)))
        problems_of(Path(target)).write_text(json.dumps(problems), encoding="utf-8")
    except Problem as problem:
        said = {"problem": str(problem), "waits": problem.waits}
    except MemoryError:
        said = {"problem": f"needs more than {megabytes} MB to be read: split it", "waits": False}
    print(json.dumps(said))


def problems_of(target: Path) -> Path:
    """Where it stands what is wrong with single rows, by row number."""
    return target.with_name(f"{target.name}.problems")


def _workbook(source: IO[bytes], target: Path, wanted: Wanted) -> Problems:
    """Write the entity's sheet as CSV; returns what is wrong with single rows, by row number."""
    archive = _open_archive(source)
    try:
        with archive:
            found = sheet.sheets_of(archive)
            part = found.parts[_choose(list(found.parts), wanted.entity)]
            strings = sheet.strings_of(archive, found.strings)
            formats = sheet.formats_of(archive, found.styles)
            with target.open("w", newline="", encoding="utf-8") as stream:
                writer = _SheetWriter(stream, strings, formats, wanted, is_1904=found.is_1904)
                rows = sheet.Rows(writer.take)
                with sheet.opened(archive, part) as xml:
                    rows.read(xml)
    except sheet.Broken as error:
        raise Problem(f"cannot be read as a workbook ({error})") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Problem(f"is damaged ({error}): send it again") from None
    writer.note_merged(rows.merged)
    return writer.problems


class _SheetWriter:
    """The rows of a sheet as CSV with their numbers, and what is wrong with some."""

    def __init__(
        self,
        stream: TextIO,
        strings: Sequence[str],
        formats: Sequence[str],
        wanted: Wanted,
        *,
        is_1904: bool,
    ) -> None:
        self.problems: Problems = {}
        self._stream, self._writer = stream, csv.writer(stream, lineterminator="\n")
        self._strings, self._formats = strings, formats
        self._wanted, self._is_1904 = wanted, is_1904
        self._names: list[str] = []
        self._kinds: list[str | None] = []
        self._header = self._last = 0

    def take(self, number: int, cells: dict[int, sheet.Cell]) -> None:
        """One row that has cells; rows without any are lines without anything."""
        if not self._names:
            self._take_header(number, cells)
            return
        texts = [""] * len(self._names)
        for column, cell in cells.items():
            if column < len(texts):
                texts[column] = self._text(number, column, cell)
        # An empty row that has styled cells is one without anything.
        is_empty = not any(texts) and str(number) not in self.problems
        self._stream.write("\n" * (number - self._last - 1 + is_empty))
        self._last = number
        if not is_empty:
            self._writer.writerow([number, *texts])

    def note_merged(self, areas: Sequence[tuple[int, int, int, int]]) -> None:
        """Rows of which a cell is covered by another one's: what it shows is not in it."""
        budget = _MOST_MERGED
        for top, left, bottom, right in areas:
            first = max(top, self._header + 1)
            columns = range(left, min(right + 1, len(self._kinds)))
            covered = [at for at in columns if self._kinds[at]]
            budget -= max(0, min(bottom, self._last) - first + 1)
            if budget < 0:
                raise Problem("has too many merged cells: unmerge them")
            for number in range(first, min(bottom, self._last) + 1):
                here = [at for at in covered if (number, at) != (top, left)]
                if here:
                    whole = f"{sheet.letters(left)}{top}"
                    self._note(number, here[0], f"is merged with {whole}: unmerge the cells")

    def _take_header(self, number: int, cells: dict[int, sheet.Cell]) -> None:
        texts: dict[int, str] = {}
        for column, cell in cells.items():
            texts[column] = self._text(number, column, cell).strip()
        named = [column for column, text in texts.items() if text]
        if not named:
            return
        if len(named) > MOST_COLUMNS or max(named) >= MOST_COLUMNS * 2:
            raise Problem(f"has more than {MOST_COLUMNS:,} columns: export only those that matter")
        self._names = [texts.get(column, "") for column in range(max(named) + 1)]
        self._kinds = [self._wanted.kinds.get(name) for name in self._names]
        self._header = self._last = number
        self.problems.clear()
        self._stream.write("\n" * (number - 1))
        self._writer.writerow([ROW, *self._names])

    def _text(self, number: int, column: int, cell: sheet.Cell) -> str:
        kind = self._kinds[column] if column < len(self._kinds) else None
        if cell.type == "e":
            self._note(number, column, f"is an error ({cell.text})")
            return cell.text
        if cell.has_formula and not (cell.text or (cell.has_value and cell.type == "str")):
            self._note(number, column, _NO_RESULT)
            return ""
        if not cell.text:
            return ""
        if cell.type == "s":
            place = int(cell.text) if cell.text.isdigit() and len(cell.text) < 10 else -1
            if not 0 <= place < len(self._strings):
                raise Problem("is damaged (a text is missing): send it again")
            return sheet.unescaped(self._strings[place])
        if cell.type in ("str", "inlineStr"):
            return sheet.unescaped(cell.text)
        if cell.type == "b":
            return "true" if cell.text == "1" else "false"
        if cell.type == "d":
            return cell.text.replace("T", " ")
        return self._number(number, column, cell, kind)

    def _number(self, number: int, column: int, cell: sheet.Cell, kind: str | None) -> str:
        code = self._formats[cell.style] if cell.style < len(self._formats) else GENERAL
        try:
            return shown(
                cell.text,
                code,
                kind or "TEXT",
                self._wanted.currencies,
                is_1904=self._is_1904,
            )
        except Unshown as why:
            if kind is not None:
                named = "" if code == GENERAL else f" has the number format {code}, by which"
                self._note(number, column, f"{named.strip()} {why}".strip())
            return cell.text

    def _note(self, number: int, column: int, problem: str) -> None:
        name = self._names[column] if column < len(self._names) else ""
        cell = f"{sheet.letters(column)}{number}"
        self.problems.setdefault(str(number), []).append((name, f"{cell} {problem}"))


def _open_archive(source: IO[bytes]) -> zipfile.ZipFile:
    """Look at the archive before anything is unpacked."""
    magic = source.read(512)
    source.seek(0)
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        raise Problem("is an old Excel workbook (XLS) or has a password: save it as plain XLSX")
    if not magic.startswith(b"PK"):
        what = "a web page (HTML)" if b"<htm" in magic.lower() else "no workbook"
        raise Problem(f"is {what}, whatever its name says: save it as XLSX", waits=not magic)
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Problem(
            "is no complete workbook: cut off or still being written", waits=True
        ) from None
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise Problem(f"is an archive of {len(members):,} parts, which no honest workbook is")
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > _LARGEST or (unpacked > SUSPICIOUS and unpacked / packed > RATIO):
        raise Problem(
            f"unpacks from {packed / 1e6:.1f} MB to {unpacked / 1e6:,.0f} MB, which no"
            " honest workbook does: export it anew, or split it"
        )
    if not any(member.filename.endswith("workbook.xml") for member in members):
        raise Problem("is a ZIP archive without a workbook in it")
    return archive


def _choose(sheets: list[str], entity: str) -> str:
    named = [name for name in sheets if name.strip().lower().replace(" ", "_") == entity]
    if named:
        return named[0]
    if len(sheets) == 1:
        return sheets[0]
    if not sheets:
        raise Problem("has no sheet with cells")
    raise Problem(
        f"has several sheets ({', '.join(sheets)}) and none is named {entity}: rename the one to"
        " be read"
    )


def _parquet(source: IO[bytes], target: Path, _: Wanted) -> Problems:
    """Copy the rows into an Arrow file, row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    head = source.read(4)
    size = source.seek(0, 2)
    source.seek(max(0, size - 4))
    tail = source.read(4)
    source.seek(0)
    if head != b"PAR1":
        raise Problem("is no Parquet file, whatever its name says", waits=not head)
    if tail != b"PAR1":
        raise Problem("is no complete Parquet file: cut off or still being written", waits=True)
    try:
        with pq.ParquetFile(source) as file:
            _check_parquet(file.metadata, size)
            names = [field.name.strip() for field in file.schema_arrow]
            twice = sorted({name for name, count in Counter(names).items() if count > 1})
            if twice:
                raise Problem(f"has the column {', '.join(twice)} more than once")
            schema = pa.schema(
                [
                    (name, plain_type(field.type))
                    for name, field in zip(names, file.schema_arrow, strict=True)
                ]
            )
            with pa.ipc.new_file(str(target), schema) as writer:
                for batch in file.iter_batches(batch_size=65_536):
                    columns = [plain_column(column) for column in batch.columns]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    except (pa.ArrowException, OSError) as error:
        raise Problem(f"is a damaged Parquet file ({' '.join(str(error).split())[:200]})") from None
    return {}


def _check_parquet(metadata: Any, size: int) -> None:
    """Bounds before anything is unpacked: a column of one value packs a billion rows in a page."""
    if metadata.num_columns > MOST_COLUMNS:
        raise Problem(
            f"has {metadata.num_columns:,} columns; at most {MOST_COLUMNS:,} are read: export only"
            " those that matter"
        )
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    unpacked = max(
        sum(group.total_byte_size for group in groups), metadata.num_rows * metadata.num_columns
    )
    if unpacked > SUSPICIOUS and unpacked / max(1, size) > RATIO:
        raise Problem(
            f"unpacks from {size / 1e6:.1f} MB to {unpacked / 1e6:,.0f} MB, which no honest export"
            " does: export it anew, or split it"
        )


def plain_type(kind: Any) -> Any:
    """The type in which a column is handed on: one that every library here can hold."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if types.is_date(kind):
        return pa.date32()
    if types.is_float16(kind):
        return pa.float32()
    if types.is_decimal(kind):
        return kind if kind.bit_width <= 128 else pa.string()
    is_known = types.is_integer(kind) or types.is_floating(kind) or types.is_time(kind)
    is_known |= types.is_boolean(kind) or types.is_null(kind)
    return kind if is_known else pa.string()


def plain_column(column: Any) -> Any:
    """A column in its `plain_type`. What that cannot hold becomes the last that it can, which no

    contract takes, so that one such value is one row's affair.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, column.type
    if types.is_dictionary(kind):
        return plain_column(column.dictionary_decode())
    wanted = plain_type(kind)
    if kind == wanted:
        return column
    if types.is_timestamp(kind) and kind.unit in ("s", "ms"):
        return _scaled(column, 1_000_000 if kind.unit == "s" else 1_000).cast(wanted)
    if types.is_timestamp(kind):
        return column.cast(wanted, safe=False)
    if types.is_date64(kind):
        days = pc.divide(column.cast(pa.int64()), 86_400_000)
        return _bounded(days, (1 << 31) - 1).cast(pa.int32()).cast(wanted)
    if wanted != pa.string():
        return column.cast(wanted)
    if types.is_large_string(kind) or types.is_decimal(kind):
        return column.cast(wanted)
    return pa.array([_json(value) for value in column.to_pylist()], pa.string())


def _scaled(column: Any, factor: int) -> Any:
    """Whole numbers times a factor, as far as 64 bits go."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.multiply(_bounded(column.cast(pa.int64()), ((1 << 63) - 1) // factor), factor)


def _bounded(numbers: Any, limit: int) -> Any:
    import pyarrow.compute as pc

    high = pc.min_element_wise(numbers, limit, skip_nulls=False)
    return pc.max_element_wise(high, -limit, skip_nulls=False)


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        # Ids are sometimes kept as 16 bytes.
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return json.dumps(value, default=str, ensure_ascii=False)


if __name__ == "__main__":
    _kind, _source, _target, _wanted, _megabytes, _seconds = sys.argv[1:]
    main(_kind, int(_source), _target, _wanted, int(_megabytes), int(_seconds))
