"""Times a command as a whole process, start-up included, and reads its peak memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds and peak resident memory in GB of one process (or its largest child)."""

    seconds: float
    gigabytes: float


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run the command; CalledProcessError with its output if it fails."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        print(output)
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Measured(seconds, usage.ru_maxrss / 1024**2)


def children() -> list[Path]:
    """This process's children, workers that wait for example, as folders of /proc."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [Path("/proc", pid) for task in tasks for pid in task.read_text().split()]


def cpu_seconds(process: Path) -> float:
    """Processor time of a process that runs."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(process: Path) -> float:
    """The most memory that a process that runs has had."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def report(name: str, value: str, wanted: str) -> None:
    print(f"{name:<64} {value:>12}   wanted: {wanted}", flush=True)
