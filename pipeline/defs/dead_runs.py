"""Which process works on a run, and what becomes of a run whose process is gone.

After a power loss a run stays STARTED for ever, and whoever waits for it waits too. So each run
notes its process on itself, and before the daemon starts (and at each tick) those without a living
one are marked failed. The refresh lock died with the process, so nothing else has to be cleared.
"""

import os
from datetime import timedelta
from pathlib import Path

import dagster as dg

from pipeline.config.settings import wall_clock

WORKER = "milepost/worker"
REAPED = "milepost/reaped"
UNDER_WAY = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
# From its launch to its first step a run takes seconds of imports.
_MAY_TAKE = timedelta(minutes=5)


def this_process() -> str:
    """Names this process so that no later one is taken for it: boot, number, start."""
    return _name(os.getpid()) or f"?:{os.getpid()}:?"


def note_worker(instance: dg.DagsterInstance, run_id: str) -> None:
    """Write on the run that this process works on it."""
    instance.add_run_tags(run_id, {WORKER: this_process()})


def reap(instance: dg.DagsterInstance, *, starting: bool = False) -> list[str]:
    """Mark runs failed whose process is gone; returns their ids.

    `starting`: the daemon is not running yet, so a run without a process will never get one.
    """
    dead = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(UNDER_WAY))):
        run = record.dagster_run
        worker = run.tags.get(WORKER)
        if worker is None:
            age = wall_clock() - record.create_timestamp
            gone = starting or age > _MAY_TAKE
        else:
            gone = _name(int(worker.split(":")[1])) != worker
        if gone:
            instance.add_run_tags(run.run_id, {REAPED: "yes"})
            instance.report_run_failed(run, "its process is gone (a crash, a kill or a power loss)")
            dead.append(run.run_id)
    return dead


def is_busy(instance: dg.DagsterInstance) -> bool:
    """Whether a run is under way or about to be."""
    statuses = [*UNDER_WAY, dg.DagsterRunStatus.QUEUED]
    return bool(instance.get_run_records(dg.RunsFilter(statuses=statuses), limit=1))


def _name(pid: int) -> str | None:
    """Boot id, process number and start time of a living process; None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{boot}:{pid}:{fields[18]}"
