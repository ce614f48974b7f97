"""Renders payloads in worker processes: many at once, each with limits, none at another's cost.

A worker is a Python process of its own with the repository's fonts, a clean environment (no
secrets, UTC, C locale) and one payload at a time; it stays warm from one job to the next. A job
that is too slow, too large or kills its worker becomes a `Failed` with a reason for people; the
others go on with a new worker. Nothing of a report is drawn in the calling process.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from pipeline.reports.fonts import fontconfig_file
from pipeline.reports.worker import File
from pipeline.settings import REPOSITORY, TEMPLATES_DIR, child_environment

# Where libraries are found; nothing else of the parent's environment reaches a worker.
_PASSED = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT")
_LIBRARIES = ("weasyprint", "pydyf", "fonttools", "jinja2", "babel", "altair", "vl-convert-python",
              "css-inline")  # fmt: skip
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Job:
    """One payload and the formats wanted of it. `key` is the caller's, to know the outcome by."""

    key: Any
    report: str
    formats: tuple[str, ...]
    payload: bytes


@dataclass(frozen=True)
class Rendered:
    job: Job
    files: tuple[File, ...] = field(repr=False)


@dataclass(frozen=True)
class Failed:
    job: Job
    reason: str


@dataclass(frozen=True)
class Limits:
    """What one job may use. The largest statement seen (5,000 entries) needs about a third of
    each.
    """

    seconds: float = 120.0
    megabytes: int = 1024


Outcome = Rendered | Failed


def render_all(
    jobs: Iterable[Job], *, workers: int, cache_dir: Path, limits: Limits = Limits()
) -> Iterator[Outcome]:
    """Render every job; outcomes come as they are ready, each job exactly once.

    `jobs` may be a generator: it is read only as fast as the workers render. `cache_dir` holds the
    generated font configuration (a folder of the workspace).
    """
    pool = _Pool(jobs, fontconfig_file(cache_dir), limits)
    return pool.run(workers)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """SHA-256 of everything but the payload that decides what a rendering looks like.

    Templates, fonts, style sheets, the code of this package, and the versions of the libraries.
    """
    digest = hashlib.sha256()
    paths = [*TEMPLATES_DIR.rglob("*"), *Path(__file__).parent.rglob("*.py")]
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".md"):
        digest.update(str(path.relative_to(REPOSITORY)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for name in _LIBRARIES:
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    return digest.hexdigest()


class _Pool:
    """Threads that each own a worker process and take jobs from one iterator."""

    def __init__(self, jobs: Iterable[Job], fonts_conf: Path, limits: Limits) -> None:
        self._jobs = iter(jobs)
        self._taking = threading.Lock()
        self._outcomes: queue.Queue[Outcome | BaseException | None] = queue.Queue(maxsize=16)
        self._stopped = threading.Event()
        self._fonts_conf = fonts_conf
        self._limits = limits

    def run(self, workers: int) -> Iterator[Outcome]:
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            running = workers
            while running:
                outcome = self._outcomes.get()
                if outcome is None:
                    running -= 1
                elif isinstance(outcome, BaseException):
                    raise outcome
                else:
                    yield outcome
        finally:
            self._stopped.set()
            self._drain(threads)

    def _work(self) -> None:
        worker: _Worker | None = None
        try:
            while (job := self._take()) is not None:
                # Started for the first job, so that nothing to render costs nothing.
                worker = (
                    worker if worker and worker.alive else _Worker(self._fonts_conf, self._limits)
                )
                self._outcomes.put(worker.render(job))
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            self._outcomes.put(error)
        finally:
            if worker:
                worker.close()
            self._outcomes.put(None)

    def _take(self) -> Job | None:
        with self._taking:
            return None if self._stopped.is_set() else next(self._jobs, None)

    def _drain(self, threads: list[threading.Thread]) -> None:
        """Let the threads end when the caller has stopped listening."""
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):
                self._outcomes.get(timeout=0.05)


class _Worker:
    """One child process. After a failure that may have harmed it, it is not `alive` any more."""

    def __init__(self, fonts_conf: Path, limits: Limits) -> None:
        self._limits = limits
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "pipeline.reports.worker", str(limits.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=REPOSITORY,
            env=_environment(fonts_conf),
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def render(self, job: Job) -> Outcome:
        deadline = time.monotonic() + self._limits.seconds
        try:
            self._send(job)
            header = json.loads(self._read_line(deadline))
            if "reason" in header:
                if header.get("fatal"):
                    self._kill()
                return Failed(job, header["reason"])
            files = tuple(
                File(name, format_, self._read(size, deadline))
                for name, format_, size in header["files"]
            )
            return Rendered(job, files)
        except TimeoutError:
            self._kill()
            return Failed(job, f"it took more than {self._limits.seconds:g} s and was stopped")
        except (EOFError, BrokenPipeError, json.JSONDecodeError):
            self._kill()
            return Failed(job, self._why_it_died())

    def close(self) -> None:
        """End the process: its input ends, or it is killed."""
        with suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._kill()
        self._stdout.close()
        self._errors.close()

    @property
    def _stdin(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdout)

    def _send(self, job: Job) -> None:
        header = {"report": job.report, "formats": job.formats, "size": len(job.payload)}
        self._stdin.write(json.dumps(header).encode() + b"\n" + job.payload)
        self._stdin.flush()

    def _read_line(self, deadline: float) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            line += self._read(1, deadline)
        return bytes(line)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            data += self._read_some(size - len(data), deadline)
        return bytes(data)

    def _read_some(self, size: int, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not select.select([self._stdout], [], [], remaining)[0]:
            raise TimeoutError
        # The raw descriptor: a buffered reader would hold bytes that select cannot see.
        chunk = self._stdout.raw.read(min(size, _CHUNK))  # type: ignore[attr-defined]
        if not chunk:
            raise EOFError
        return bytes(chunk)

    def _kill(self) -> None:
        with suppress(OSError):
            self._process.kill()
        self._process.wait()

    def _why_it_died(self) -> str:
        code = self._process.returncode
        self._errors.seek(0)
        last = self._errors.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"its worker process ended {how}{f': {last[0]}' if last else ''}"


def _environment(fonts_conf: Path) -> dict[str, str]:
    passed = {name: value for name, value in child_environment().items() if name in _PASSED}
    return {
        **passed,
        "FONTCONFIG_FILE": str(fonts_conf),
        "XDG_CACHE_HOME": str(fonts_conf.parent),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
