"""The worker pool, with real workers and real documents."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.drawing.fonts import fontconfig_file
from pipeline.reports.payload import Payload
from pipeline.reports.workers.job import Failed, Job, Limits, Outcome, Rendered
from pipeline.reports.workers.pool import kept_workers, render_all
from pipeline.reports.workers.worker_process import WorkerProcess
from tests.reports.accounts import AS_OF, Move, account, customer, envelope
from tests.reports.making import make_payload
from tests.reports.sample import sample

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]
NAME = "मीरा மீரா ميرا 🏠 <b>"


def payload(name: str = NAME) -> bytes:
    rows = [
        Move(date(2025, 4, 15), "invoice", Decimal("1234567.50"), "Booking of flat A-1204"),
        Move(date(2025, 5, 15), "payment", Decimal("300000.00")),
    ]
    who = account(rows, of=customer(customer_name=name))
    content = assemble("skyline", who, Period(date(2025, 4, 1), AS_OF))
    made = Payload(schema_name="customer_statement/1", envelope=envelope(), content=content)
    return made.to_json()


def job(key: object, data: bytes | None = None) -> Job:
    return Job(key, "customer_statement", ("pdf",), payload() if data is None else data)


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


def by_key(outcomes: Iterator[Outcome]) -> dict[object, Outcome]:
    return {outcome.job.key: outcome for outcome in outcomes}


def pdf_of(outcome: Outcome) -> bytes:
    assert isinstance(outcome, Rendered), outcome.reason
    (file,) = outcome.files
    assert (file.name, file.format) == ("customer_statement.pdf", "pdf")
    return file.data


def children() -> set[int]:
    """Processes started by this one, by any thread."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def test_a_cold_and_a_warm_worker_give_the_same_bytes(cache_dir: Path) -> None:
    jobs = [job(0), job(1, payload("Somebody Else")), job(2)]
    made = by_key(render_all(jobs, workers=1, cache_dir=cache_dir))
    assert pdf_of(made[0]) == pdf_of(made[2])
    assert pdf_of(made[0]) != pdf_of(made[1])
    ready = render_all([job(0)], workers=1, cache_dir=cache_dir, foreseen="customer_statement")
    assert pdf_of(by_key(ready)[0]) == pdf_of(made[0])


def test_the_same_bytes_in_another_process_zone_locale_and_hash_seed(
    cache_dir: Path, tmp_path: Path
) -> None:
    """The worker's code itself, without the clean environment that the pool gives it."""
    code = (
        "import hashlib, sys\n"
        "from pipeline.reports.catalogue import find_report\n"
        "from pipeline.reports.workers.rendering import render_files\n"
        "report = find_report('customer_statement')\n"
        "(file,) = render_files(report, sys.stdin.buffer.read(), ['pdf'])\n"
        "print(hashlib.sha256(file.data).hexdigest())\n"
    )
    elsewhere = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "FONTCONFIG_FILE": str(fontconfig_file(tmp_path)),
        "TZ": "America/Sao_Paulo",
        "LC_ALL": "hi_IN.UTF-8",
        "LANGUAGE": "hi",
        "PYTHONHASHSEED": "4711",
        "SOURCE_DATE_EPOCH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=payload(),
        env=elsewhere,
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    (outcome,) = render_all([job(0)], workers=1, cache_dir=cache_dir)
    assert done.stdout.decode().strip() == hashlib.sha256(pdf_of(outcome)).hexdigest()


def test_nothing_to_render_starts_no_worker(cache_dir: Path) -> None:
    before = children()
    assert list(render_all([], workers=2, cache_dir=cache_dir)) == []
    assert children() == before


def test_workers_that_started_for_nothing_are_ended(cache_dir: Path) -> None:
    before, met = children(), []

    def none() -> Iterator[Job]:
        met.append(len(children() - before))
        yield from ()

    outcomes = render_all(none(), workers=2, cache_dir=cache_dir, foreseen="customer_statement")
    assert list(outcomes) == []
    assert 1 <= met[0] <= 2
    assert children() == before


def test_a_worker_that_dies_is_one_failed_report(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, started, start = children(), [], subprocess.Popen

    def first_is_killed(*args: Any, **kwargs: Any) -> Any:
        process = start(*args, **kwargs)
        started.append(process)
        if len(started) == 1:
            process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", first_is_killed)
    made = by_key(render_all([job(n) for n in range(4)], workers=2, cache_dir=cache_dir))
    (victim,) = [key for key, outcome in made.items() if isinstance(outcome, Failed)]
    assert made.pop(victim).reason == "its worker process ended by SIGKILL"  # type: ignore[union-attr]
    assert len({pdf_of(each) for each in made.values()}) == 1
    assert len(started) == 3
    assert children() == before


def test_kept_workers_serve_the_next_call_and_end_with_the_scope(cache_dir: Path) -> None:
    before = children()
    with kept_workers():
        (first,) = render_all([job(0)], workers=1, cache_dir=cache_dir)
        (kept,) = children() - before
        with kept_workers():
            (second,) = render_all([job(0)], workers=1, cache_dir=cache_dir)
        assert children() - before == {kept}
        os.kill(kept, signal.SIGKILL)
        os.waitid(os.P_PID, kept, os.WEXITED | os.WNOWAIT)
        (third,) = render_all([job(0)], workers=1, cache_dir=cache_dir)
    assert len({pdf_of(each) for each in (first, second, third)}) == 1
    assert children() == before


def test_too_slow_is_stopped_and_said(cache_dir: Path) -> None:
    tight = Limits(seconds=0.05, seconds_more=0)
    (outcome,) = render_all([job(0)], workers=1, cache_dir=cache_dir, limits=tight)
    assert isinstance(outcome, Failed)
    assert "it took more than 0 s and was stopped" in outcome.reason


def test_too_much_memory_is_stopped_and_said(cache_dir: Path) -> None:
    tight = Limits(megabytes=48, megabytes_more=0)
    jobs = [job(0), job(1)]
    for outcome in render_all(jobs, workers=1, cache_dir=cache_dir, limits=tight):
        assert isinstance(outcome, Failed)
        assert "memory" in outcome.reason.lower() or "ended" in outcome.reason


def test_a_payload_that_is_none_fails_alone(cache_dir: Path) -> None:
    jobs = [job("bad", b'{"schema": "customer_statement/1"}'), job("good")]
    made = by_key(render_all(jobs, workers=1, cache_dir=cache_dir))
    assert isinstance(made["bad"], Failed)
    assert "envelope" in made["bad"].reason
    assert isinstance(made["good"], Rendered)


def test_an_error_of_the_caller_ends_the_workers(cache_dir: Path) -> None:
    def jobs() -> Iterator[Job]:
        yield job(0)
        raise RuntimeError("the ledger is gone")

    before = children()
    with pytest.raises(RuntimeError, match="the ledger is gone"):
        list(render_all(jobs(), workers=2, cache_dir=cache_dir))
    assert children() == before


def test_listening_no_more_ends_the_workers(cache_dir: Path) -> None:
    before = children()
    outcomes = render_all((job(n) for n in range(100)), workers=2, cache_dir=cache_dir)
    assert isinstance(next(outcomes), Rendered)
    outcomes.close()  # type: ignore[attr-defined]
    assert children() == before


def test_workers_see_no_environment_of_ours(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_SMTP_PASSWORD", "secret")
    seen: list[dict[str, str]] = []
    start: Any = subprocess.Popen

    def noted(*args: Any, env: dict[str, str], **kwargs: Any) -> Any:
        seen.append(env)
        return start(*args, env=env, **kwargs)

    monkeypatch.setattr(subprocess, "Popen", noted)
    assert isinstance(next(render_all([job(0)], workers=1, cache_dir=cache_dir)), Rendered)
    (environment,) = seen
    assert environment["TZ"] == "UTC"
    assert not any("MILEPOST" in name or "secret" in value for name, value in environment.items())


def test_a_report_whose_charts_end_its_worker_is_made_without_them(
    cache_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ended it is not repeated here: the first attempt is told that its process aborted."""
    asked: list[bool] = []
    render = WorkerProcess.render

    def aborts_over_charts(worker: WorkerProcess, one: Job) -> Outcome:
        asked.append(one.charts)
        return (
            Failed(one, "its process aborted", aborted=True) if one.charts else render(worker, one)
        )

    monkeypatch.setattr(WorkerProcess, "render", aborts_over_charts)
    data = make_payload(tmp_path, "sales_dashboard", sample()).to_json()
    whole = Job("page", "sales_dashboard", ("html",), data)
    [outcome] = render_all([whole], workers=1, cache_dir=cache_dir)
    assert isinstance(outcome, Rendered), outcome
    assert outcome.job == whole
    assert asked == [True, False]
    assert b"This chart could not be drawn" in outcome.files[0].data


def test_a_worker_that_is_ended_by_a_library_is_known_by_its_signal(cache_dir: Path) -> None:
    worker = WorkerProcess(fontconfig_file(cache_dir), Limits())
    worker._process.send_signal(signal.SIGABRT)
    outcome = worker.render(job(1))
    assert isinstance(outcome, Failed)
    assert outcome.aborted
    worker.close()
