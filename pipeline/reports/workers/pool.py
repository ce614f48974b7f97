"""Renders payloads in worker processes: many at once, each with limits, none at another's cost.

A job that is too slow, too large or kills its worker becomes a `Failed` with a reason for people;
the others go on with a new worker. Nothing of a report is drawn in the calling process.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from pipeline.reports.drawing.fonts import fontconfig_file
from pipeline.reports.drawing.pdf.known_version import what_is_lost
from pipeline.reports.workers.job import Failed, Job, Limits, Outcome
from pipeline.reports.workers.worker_process import WorkerProcess

log = logging.getLogger(__name__)
STANDARD = Limits()


def render_all(
    jobs: Iterable[Job],
    *,
    workers: int,
    cache_dir: Path,
    limits: Limits = STANDARD,
    foreseen: str | None = None,
) -> Iterator[Outcome]:
    """Render every job; outcomes come as they are ready, each job exactly once.

    `jobs` may be a generator: it is read only as fast as the workers render. `cache_dir` holds the
    generated font configuration (a folder of the workspace). `foreseen`: the report that most jobs
    will be of; the workers start for it while the first jobs are worked out.
    """
    _warn()
    pool = _Pool(jobs, fontconfig_file(cache_dir), limits, foreseen)
    return pool.run(workers)


@cache
def _warn() -> None:
    """Say once a process what makes all workers slow."""
    if (lost := what_is_lost()) is not None:
        log.warning("%s", lost)


@contextmanager
def kept_workers() -> Iterator[None]:
    """Within it, workers outlive a call of `render_all` and serve the next one, their caches full.

    For whoever renders for many tenants: starting a worker costs as much as ten pages.
    """
    with _IDLE.kept():
        yield


class _Idle:
    """Workers that wait for the next call of `render_all`, by what they were started with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keepers = 0
        self._workers: dict[tuple[Path, Limits], list[WorkerProcess]] = {}

    @contextmanager
    def kept(self) -> Iterator[None]:
        with self._lock:
            self._keepers += 1
        try:
            yield
        finally:
            with self._lock:
                self._keepers -= 1
                workers = {} if self._keepers else self._workers
                self._workers = self._workers if self._keepers else {}
            for worker in (each for group in workers.values() for each in group):
                worker.close()

    def take(self, fonts_conf: Path, limits: Limits, report: str | None = None) -> WorkerProcess:
        with self._lock:
            waiting = self._workers.get((fonts_conf, limits), [])
            while waiting:
                worker = waiting.pop()
                if worker.alive:
                    return worker
                worker.close()
        return WorkerProcess(fonts_conf, limits, report)

    def give_back(self, worker: WorkerProcess, fonts_conf: Path, limits: Limits) -> None:
        with self._lock:
            if self._keepers and worker.alive:
                self._workers.setdefault((fonts_conf, limits), []).append(worker)
                return
        worker.close()


_IDLE = _Idle()
_stopping = threading.Event()


def stop_until(all_ended: Callable[[], None]) -> None:
    """Begin no job and end every worker of this process, until `all_ended` returns.

    For a run that somebody terminates: it would go on until all that was queued is rendered.
    """
    _stopping.set()
    try:
        WorkerProcess.end_all()
        all_ended()
    finally:
        _stopping.clear()


class _Pool:
    """Threads that each own a worker process and take jobs from one iterator."""

    def __init__(
        self, jobs: Iterable[Job], fonts_conf: Path, limits: Limits, foreseen: str | None
    ) -> None:
        self._jobs = iter(jobs)
        self._taking = threading.Lock()
        self._outcomes: queue.Queue[Outcome | BaseException | None] = queue.Queue(maxsize=16)
        self._stopped = threading.Event()
        self._fonts_conf = fonts_conf
        self._limits = limits
        self._foreseen = foreseen

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
        worker: WorkerProcess | None = None
        try:
            if self._foreseen:
                worker = _IDLE.take(self._fonts_conf, self._limits, self._foreseen)
            while (job := self._take()) is not None:
                # Otherwise for the first job, so that nothing to render costs nothing.
                worker = worker or _IDLE.take(self._fonts_conf, self._limits)
                outcome = worker.render(job)
                if isinstance(outcome, Failed) and outcome.aborted and job.charts:
                    worker.close()
                    worker = _IDLE.take(self._fonts_conf, self._limits)
                    outcome = worker.render(replace(job, charts=False))
                self._outcomes.put(replace(outcome, job=job))
                if not worker.alive:
                    worker.close()
                    worker = None
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            self._outcomes.put(error)
        finally:
            if worker:
                _IDLE.give_back(worker, self._fonts_conf, self._limits)
            self._outcomes.put(None)

    def _take(self) -> Job | None:
        with self._taking:
            over = self._stopped.is_set() or _stopping.is_set()
            return None if over else next(self._jobs, None)

    def _drain(self, threads: list[threading.Thread]) -> None:
        """Let the threads end when the caller has stopped listening."""
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):
                self._outcomes.get(timeout=0.05)
