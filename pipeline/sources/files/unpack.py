"""The child process that opens workbooks and Parquet: `python -m pipeline.sources.files.unpack`.

What a tenant sends may be broken or hostile, and these formats are opened by large libraries, so it
happens here, with limits of memory and time and nothing to lose. A workbook's sheet becomes CSV, a
Parquet file an Arrow file; what cannot be done is one line of JSON on stdout. It imports little: a
thousand small workbooks start it a thousand times.
"""

from __future__ import annotations

import csv
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

# A sheet of a million rows and twenty columns has some 600 MB of XML.
_LARGEST = 2 << 30
SUSPICIOUS = 64 << 20
RATIO = 200
# Beyond it a double leaves out whole numbers, so an id may have become another one.
_EXACT = 2**53
ROW = "#row"
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*?>(.*?)</c>', re.DOTALL)


class Problem(Exception):
    """Why it cannot be unpacked; `waits` if the file looks unfinished."""

    def __init__(self, message: str, *, waits: bool = False) -> None:
        super().__init__(message)
        self.waits = waits


def main(kind: str, source: str, target: str, entity: str, megabytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        unpack = _workbook if kind == "xlsx" else _parquet
        said: dict[str, Any] = {"problems": unpack(Path(source), Path(target), entity)}
    except Problem as problem:
        said = {"problem": str(problem), "waits": problem.waits}
    except MemoryError:
        said = {"problem": f"needs more than {megabytes} MB to be read: split it", "waits": False}
    print(json.dumps(said))


def _workbook(source: Path, target: Path, entity: str) -> dict[str, str]:
    """Write the entity's sheet as CSV; returns what is wrong with single rows, by row number."""
    names = _check_archive(source)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(source))
        chosen = _choose(workbook.sheet_names, entity)
        sheet = workbook.get_sheet_by_name(chosen)
    except CalamineError as error:
        raise Problem(f"cannot be read as a workbook ({error})") from None
    problems = dict(_empty_formulas(source, names, workbook.sheet_names.index(chosen)))
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        width = 0
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if not width:
                width = _write_header(writer, cells)
                continue
            texts = [_text(cell) for cell in cells]
            if not any(texts):
                stream.write("\n")
                continue
            large = [text for text, cell in zip(texts, cells, strict=True) if _inexact(cell)]
            if large:
                problems[str(number)] = (
                    f"{large[0]} has more digits than a spreadsheet's number can hold: store it"
                    " as text"
                )
            writer.writerow([number, *texts[:width], *[""] * (width - len(texts))])
    return problems


def _write_header(writer: Any, cells: list[Any]) -> int:
    """Write the first row that has something; returns its width, 0 if it has nothing."""
    names = [_text(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if names:
        writer.writerow([ROW, *names])
    return len(names)


def _check_archive(source: Path) -> list[str]:
    """Look at the archive before anything is unpacked; returns the names in it."""
    with source.open("rb") as stream:
        magic = stream.read(512)
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        raise Problem("is an old Excel workbook (XLS) or has a password: save it as plain XLSX")
    if not magic.startswith(b"PK"):
        what = "a web page (HTML)" if b"<htm" in magic.lower() else "no workbook"
        raise Problem(f"is {what}, whatever its name says: save it as XLSX", waits=not magic)
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            packed = max(1, sum(member.compress_size for member in members))
            if unpacked > _LARGEST or (unpacked > SUSPICIOUS and unpacked / packed > RATIO):
                raise Problem(
                    f"unpacks from {packed / 1e6:.1f} MB to {unpacked / 1e6:,.0f} MB, which no"
                    " honest workbook does: export it anew, or split it"
                )
            names = [member.filename for member in members]
            if "xl/workbook.xml" not in names:
                raise Problem("is a ZIP archive without a workbook in it")
            broken = archive.testzip()
    except zipfile.BadZipFile:
        raise Problem(
            "is no complete workbook: cut off or still being written", waits=True
        ) from None
    if broken:
        raise Problem(f"is damaged ({broken}): send it again")
    return names


def _choose(sheets: list[str], entity: str) -> str:
    named = [name for name in sheets if name.strip().lower().replace(" ", "_") == entity]
    if named:
        return named[0]
    if len(sheets) == 1:
        return sheets[0]
    raise Problem(
        f"has several sheets ({', '.join(sheets)}) and none is named {entity}: rename the one to"
        " be read"
    )


def _text(cell: Any) -> str:
    """What a person would write for a cell; numbers to the fifteen digits that Excel shows."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        number = format(Decimal(f"{cell:.15g}"), "f")
        return number.rstrip("0").rstrip(".") if "." in number else number
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        hours, rest = divmod(round(cell.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    # A CR inside a value would end a record.
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


def _inexact(cell: Any) -> bool:
    return isinstance(cell, int | float) and abs(cell) >= _EXACT


def _empty_formulas(source: Path, names: list[str], place: int) -> Iterator[tuple[str, str]]:
    """Rows with a formula of which the program that wrote it left no result."""
    path = f"xl/worksheets/sheet{place + 1}.xml"
    if path not in names:
        return
    with zipfile.ZipFile(source) as archive:
        xml = archive.read(path)
    if b"<f" not in xml:
        return
    for column, row, inside in _CELL.findall(xml):
        if inside.startswith(b"<f") and (b"<v>" not in inside or b"<v></v>" in inside):
            cell = f"{column.decode()}{row.decode()}"
            yield row.decode(), f"{cell} is a formula without a value: open and save it in Excel"


def _parquet(source: Path, target: Path, _: str) -> dict[str, str]:
    """Copy the rows into an Arrow file, row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with source.open("rb") as stream:
        head = stream.read(4)
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - 4))
        tail = stream.read(4)
    if head != b"PAR1":
        raise Problem("is no Parquet file, whatever its name says", waits=not head)
    if tail != b"PAR1":
        raise Problem("is no complete Parquet file: cut off or still being written", waits=True)
    try:
        with pq.ParquetFile(source) as file:
            schema = pa.schema([(field.name, _plain(field.type)) for field in file.schema_arrow])
            with pa.ipc.new_file(str(target), schema) as writer:
                for batch in file.iter_batches(batch_size=65_536):
                    table = pa.Table.from_batches([batch]).cast(schema)
                    writer.write_table(table)
    except (pa.ArrowException, OSError) as error:
        raise Problem(f"is a damaged Parquet file ({' '.join(str(error).split())[:200]})") from None
    return {}


def _plain(kind: Any) -> Any:
    """Categories as their values."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


if __name__ == "__main__":
    _kind, _source, _target, _entity, _megabytes, _seconds = sys.argv[1:]
    main(_kind, _source, _target, _entity, int(_megabytes), int(_seconds))
