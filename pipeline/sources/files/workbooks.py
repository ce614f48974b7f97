"""Workbooks and Parquet files: unpacked by a child process, then read like any other.

The child has its own memory and time; if it dies of them, one file is refused and nothing else is
hurt. What it does is `unpack`'s.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pipeline.config.settings import REPOSITORY, child_environment
from pipeline.config.source import FileSource
from pipeline.sources.databases.saved_parts import PartsReader
from pipeline.sources.files.delimited import DelimitedFile
from pipeline.sources.files.unpacking import ROW, Problems, Wanted, problems_of
from pipeline.sources.parsed import Parsed, Ragged
from pipeline.sources.refusals import Refused, Waiting

_MEGABYTES = 3072
_SECONDS = 300
_PASSED = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class WorkbookRows:
    """The sheet of a workbook. A context manager."""

    def __init__(self, source: BinaryIO, wanted: Wanted, scratch: Path) -> None:
        self._folder = _new_folder(scratch)
        try:
            target = self._folder / "sheet.csv"
            self._problems = _unpack("xlsx", source, target, wanted)
            self._file = DelimitedFile(target.open("rb"), FileSource(), finished=True)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.header = self._file.header[1:]

    def __enter__(self) -> WorkbookRows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        for task in self._file.tasks():
            yield partial(_without_rows_in_trouble, task, self._problems)


class ParquetRows:
    """The rows of a Parquet file, with its types. A context manager."""

    def __init__(self, source: BinaryIO, wanted: Wanted, scratch: Path) -> None:
        self._folder = _new_folder(scratch)
        try:
            target = self._folder / "rows.arrow"
            _unpack("parquet", source, target, wanted)
            self._rows = PartsReader(target, [target])
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.header = self._rows.header

    def __enter__(self) -> ParquetRows:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def tasks(self) -> Iterator[Callable[[], Parsed]]:
        # Read at once: when the last task is done, the folder is gone.
        for task in self._rows.tasks():
            yield partial(_same, task())


def _without_rows_in_trouble(task: Callable[[], Parsed], problems: Problems) -> Parsed:
    parsed = task()
    rows = parsed.rows.drop(ROW)
    troubled = parsed.rows[ROW].is_in(list(problems)) if problems else None
    if troubled is None or not troubled.any():
        return Parsed(
            rows, parsed.numbers, parsed.records, parsed.ragged, parsed.untidy, parsed.has_nul
        )
    ragged = [
        Ragged(
            int(number),
            rows.width,
            "",
            row=row,
            wrong=tuple((column, why) for column, why in problems[name]),
        )
        for number, name, row in zip(
            parsed.numbers[troubled.to_numpy()],
            parsed.rows[ROW].filter(troubled),
            rows.filter(troubled).rows(named=True),
            strict=True,
        )
    ]
    keep = ~troubled
    return Parsed(
        rows.filter(keep),
        parsed.numbers[keep.to_numpy()],
        parsed.records,
        (*parsed.ragged, *ragged),
        parsed.untidy,
        parsed.has_nul,
    )


def _same(parsed: Parsed) -> Parsed:
    return parsed


def _new_folder(scratch: Path) -> Path:
    scratch.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="unpack-", dir=scratch))


def _unpack(kind: str, source: BinaryIO, target: Path, wanted: Wanted) -> Problems:
    """Run the child; raises Refused or Waiting with what it says."""
    passed = {name: value for name, value in child_environment().items() if name in _PASSED}
    descriptor = source.fileno()
    command = [
        sys.executable,
        "-m",
        "pipeline.sources.files.unpack",
        kind,
        str(descriptor),
        str(target),
        json.dumps(asdict(wanted)),
        str(_MEGABYTES),
        str(_SECONDS),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            capture_output=True,
            cwd=REPOSITORY,
            env={**passed, "PYTHONUTF8": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
            pass_fds=(descriptor,),
            timeout=_SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"took more than {_SECONDS * 2} s to be read: split it") from None
    if done.returncode != 0:
        raise Refused(f"could not be read: {_why_it_died(done)}")
    said = json.loads(done.stdout)
    if "problem" in said:
        raise Waiting(said["problem"]) if said["waits"] else Refused(said["problem"])
    problems: Problems = json.loads(problems_of(target).read_text(encoding="utf-8"))
    return problems


def _why_it_died(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode == -signal.SIGXCPU:
        return f"it took more than {_SECONDS} s of computing"
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    if "MemoryError" in "".join(last) or "allocate" in "".join(last):
        return f"it needs more than {_MEGABYTES} MB of memory"
    how = (
        f"by {signal.Signals(-done.returncode).name}"
        if done.returncode < 0
        else f"with exit code {done.returncode}"
    )
    return f"the process that read it ended {how}{f': {last[0]}' if last else ''}"
