"""A stage in a process that dies: at its nth step, or after so many seconds, by SIGKILL.

A step is whatever changes the disk: opening for writing, syncing, renaming, linking, removing. The
product knows nothing of it. `python -m tests.mortal STAGE HOME` is started once and forks for each
attempt, because the imports take longer than the work; it holds no thread when it forks.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHANGES = {
    "os.rename",
    "os.link",
    "os.symlink",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.utime",
    "os.truncate",
    "shutil.rmtree",
}
NEVER = 0
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Death:
    """How an attempt ended: by its kill or well, and the steps it had taken."""

    killed: bool
    steps: int


@dataclass(frozen=True)
class Attempts:
    """Runs the stage again and again on workspaces."""

    process: subprocess.Popen[str]

    def run(self, home: Path, *, at: int = NEVER, after: float = 0.0) -> Death:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([str(home), at, after]), file=self.process.stdin, flush=True)
        code, steps = json.loads(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the stage failed by itself: {code}"
        return Death(code != 0, steps)


@contextmanager
def mortal(stage: str) -> Iterator[Attempts]:
    """`stage`: module:function, which is called with the path of the workspace."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mortal", stage],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Attempts(process)
        assert process.stdin is not None
        process.stdin.close()


def tree(root: Path) -> dict[str, bytes | str]:
    """Every file's bytes and every link's target below `root`, by path."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(root))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


def _count_steps(at: int, report: int) -> None:
    """Write a byte to `report` for each step of this process, and kill it at the chosen one."""
    taken, fsync, sync = 0, os.fsync, os.sync

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == at:
            os.killpg(0, signal.SIGKILL)
        os.write(report, b"x")

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        # Python's caches and pipes are nobody's data.
        if event in CHANGES or (opened and not str(arguments[0]).endswith((".pyc", "/dev/null"))):
            step()

    def counted(act: Callable[..., None]) -> Callable[..., None]:
        def counted_act(*arguments: Any) -> None:
            step()
            act(*arguments)

        return counted_act

    os.fsync, os.sync = counted(fsync), counted(sync)
    sys.addaudithook(heard)


def _attempt(act: Callable[[Path], Any], home: Path, at: int, after: float) -> tuple[int, int]:
    hears, report = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # so that its workers die with it
        code = 1
        try:
            _count_steps(at, report)
            act(home)
            code = 0
        finally:
            os._exit(code)
    with suppress(OSError):
        os.setpgid(child, child)  # whoever of the two comes first
    os.close(report)
    if after:
        time.sleep(after)  # a kill by the clock, wherever it finds the process
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            os.killpg(child, signal.SIGKILL)
        else:
            os.close(hears)
            return 0, 0
    with os.fdopen(hears, "rb") as pipe:
        steps = len(pipe.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), steps


def main() -> None:
    module, _, function = sys.argv[1].partition(":")
    act = getattr(importlib.import_module(module), function)
    for line in sys.stdin:
        home, at, after = json.loads(line)
        print(json.dumps(_attempt(act, Path(home), at, after)), flush=True)


if __name__ == "__main__":
    main()
