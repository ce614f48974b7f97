"""One worker process, from the side of the process that started it.

It has the repository's fonts and a clean environment (no secrets, UTC, C locale). It is given one
payload at a time and keeps its caches between them; whatever it does, `render` returns an outcome:
files, or a reason for people. What happens inside it is `worker`'s.
"""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, ClassVar, cast
from weakref import WeakSet

from pipeline.config.settings import REPOSITORY, child_environment
from pipeline.reports.report import File
from pipeline.reports.workers.job import Failed, Job, Limits, Outcome, Rendered

# Where libraries are found; nothing else of the parent's environment reaches a worker.
_PASSED = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT")
_CHUNK = 1 << 16


class WorkerProcess:
    """One process. After a failure that may have harmed it, it is not `alive` any more."""

    _all: ClassVar[WeakSet[WorkerProcess]] = WeakSet()

    def __init__(self, fonts_conf: Path, limits: Limits, report: str | None = None) -> None:
        """`report`: what it gets ready for while there is no job yet."""
        self._limits = limits
        self._was_asked = False
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        command = [
            sys.executable,
            "-m",
            "pipeline.reports.workers.worker",
            *([report] if report else []),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own module and the catalogue's name
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=REPOSITORY,
            env=_environment(fonts_conf),
        )
        self._all.add(self)

    @classmethod
    def end_all(cls) -> None:
        """End every worker of this process, whatever it is at."""
        for worker in list(cls._all):
            with suppress(OSError):
                worker._process.kill()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def render(self, job: Job) -> Outcome:
        self._was_asked = True
        seconds, megabytes = self._limits.of(job.payload)
        deadline = time.monotonic() + seconds
        try:
            self._send(job, megabytes)
            header = json.loads(self._read_line(deadline))
            if "reason" in header:
                if header.get("fatal"):
                    self._kill()
                return Failed(job, header["reason"], over_limit=bool(header.get("fatal")))
            files = tuple(
                File(name, format_, self._read(size, deadline))
                for name, format_, size in header["files"]
            )
            return Rendered(job, files)
        except TimeoutError:
            self._kill()
            reason = f"it took more than {seconds:.0f} s and was stopped"
            return Failed(job, reason, over_limit=True)
        except (EOFError, BrokenPipeError, json.JSONDecodeError):
            self._kill()
            aborted = self._process.returncode == -signal.SIGABRT
            return Failed(job, self._why_it_died(), aborted)

    def close(self) -> None:
        """End the process: its input ends, or it is killed, as one that may still be starting."""
        if not self._was_asked:
            self._kill()
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

    def _send(self, job: Job, megabytes: int) -> None:
        header = {
            "report": job.report,
            "formats": job.formats,
            "size": len(job.payload),
            "megabytes": megabytes,
            "overrides": job.overrides,
            "charts": job.charts,
        }
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
