"""The child process that opens workbooks and Parquet: `python -m pipeline.sources.files.unpack`.

What a tenant sends may be broken or hostile, and these formats are opened by large libraries, so it
happens here, with limits of memory and time and nothing to lose. A workbook's sheet becomes CSV, a
Parquet file an Arrow file; what cannot be done is one line of JSON on stdout. It imports little: a
thousand small workbooks start it a thousand times.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from pipeline.sources.files import book, sheet
from pipeline.sources.files.parquet_rows import parquet_rows
from pipeline.sources.files.sheet_writer import SheetWriter
from pipeline.sources.files.unpacking import (
    RATIO,
    SUSPICIOUS,
    Problem,
    Problems,
    Wanted,
    problems_of,
)

# A sheet of a million rows and twenty columns has some 600 MB of XML.
_LARGEST = 2 << 30
_MOST_MEMBERS = 10_000


def main(kind: str, source: int, target: str, wanted: str, megabytes: int, seconds: int) -> None:
    """Unpack the open file `source` into `target`; what is wrong with rows goes beside it."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    said: dict[str, Any] = {}
    try:
        unpack = _workbook if kind == "xlsx" else parquet_rows
        with open(source, "rb") as stream:
            problems = unpack(stream, Path(target), Wanted(**json.loads(wanted)))
        problems_of(Path(target)).write_text(json.dumps(problems), encoding="utf-8")
    except Problem as problem:
        said = {"problem": str(problem), "waits": problem.waits}
    except MemoryError:
        said = {"problem": f"needs more than {megabytes} MB to be read: split it", "waits": False}
    print(json.dumps(said))


def _workbook(source: IO[bytes], target: Path, wanted: Wanted) -> Problems:
    """Write the entity's sheet as CSV; returns what is wrong with single rows, by row number."""
    archive = _open_archive(source)
    try:
        with archive:
            found = book.sheets_of(archive)
            part = found.parts[_choose(list(found.parts), wanted.entity)]
            strings = book.strings_of(archive, found.strings)
            formats = book.formats_of(archive, found.styles)
            with target.open("w", newline="", encoding="utf-8") as stream:
                writer = SheetWriter(stream, strings, formats, wanted, is_1904=found.is_1904)
                rows = sheet.Rows(writer.take)
                with book.opened(archive, part) as xml:
                    rows.read(xml)
    except book.Broken as error:
        raise Problem(f"cannot be read as a workbook ({error})") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Problem(f"is damaged ({error}): send it again") from None
    writer.note_merged(rows.merged)
    return writer.problems


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


if __name__ == "__main__":
    _kind, _source, _target, _wanted, _megabytes, _seconds = sys.argv[1:]
    main(_kind, int(_source), _target, _wanted, int(_megabytes), int(_seconds))
