"""When the clockwork starts a run, and which; what it tells; what becomes of runs that died."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from pipeline.config.settings import wall_clock
from pipeline.config.workspace import Workspace
from pipeline.publish import layout
from pipeline.publish.layout import Held, HeldReason, Manifest

pytestmark = pytest.mark.models

if TYPE_CHECKING:
    from pipeline.defs.resources import MilepostResource

YESTERDAY = date(2026, 3, 31)
EIGHT = "2026-04-01T08:30:00+05:30"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def resource(ws: Workspace) -> "MilepostResource":
    from pipeline.defs.resources import MilepostResource

    return MilepostResource(home=str(ws.root))


def look(ws: Workspace, instance: dg.DagsterInstance) -> Any:
    from pipeline.defs.sensors import owed_reports

    context = dg.build_sensor_context(instance=instance)
    return owed_reports(context, milepost=resource(ws))


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def publish_as_of(ws: Workspace, day: date) -> None:
    build = layout.builds_dir(ws, "skyline") / f"b{day}"
    build.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(tenant="skyline", build_id=build.name, as_of=day, tables={})
    (build / layout.MANIFEST).write_text(manifest.model_dump_json())
    link = layout.current_link(ws, "skyline")
    link.unlink(missing_ok=True)
    link.symlink_to(build)


def hold(ws: Workspace) -> None:
    reason = HeldReason(check_name="ledger", failures=1, sample=None, owner_hint=None)
    held = Held(tenant="skyline", as_of=YESTERDAY, reasons=(reason,))
    (ws.published("skyline") / layout.HELD).write_text(held.model_dump_json())


def notices(ws: Workspace) -> list[str]:
    files = sorted(ws.path("outbox", "_operator").glob("*.eml"))
    return [str(message_from_bytes(f.read_bytes(), policy=default)["Subject"]) for f in files]


def test_a_report_that_is_owed_starts_one_run(
    skyline: Workspace, instance: dg.DagsterInstance
) -> None:
    publish_as_of(skyline, YESTERDAY)
    from pipeline.defs.dead_runs import REAPED

    request = look(skyline, instance)
    assert (request.job_name, request.tags["milepost/owed"]) == ("daily", "1")
    tags = {**request.tags, REAPED: "yes"}
    for _ in range(2):  # killed runs are made up for at once, twice
        instance.create_run_for_job(_daily, tags=tags, status=dg.DagsterRunStatus.FAILURE)
        assert look(skyline, instance).job_name == "daily"
    instance.create_run_for_job(_daily, tags=tags, status=dg.DagsterRunStatus.FAILURE)
    assert isinstance(look(skyline, instance), dg.SkipReason)


def test_what_a_run_has_just_tried_waits_and_what_is_new_does_not(
    skyline: Workspace, instance: dg.DagsterInstance
) -> None:
    publish_as_of(skyline, YESTERDAY)
    tags = look(skyline, instance).tags
    instance.create_run_for_job(_daily, tags=tags, status=dg.DagsterRunStatus.SUCCESS)
    assert isinstance(look(skyline, instance), dg.SkipReason)
    path = skyline.tenants_dir / "skyline.yaml"
    path.write_text(path.read_text().replace("head@", "ceo@"))
    assert look(skyline, instance).job_name == "daily"


@pytest.mark.parametrize("published", [None, date(2026, 3, 30)])
def test_so_does_one_that_waits_only_for_newer_figures(
    skyline: Workspace, instance: dg.DagsterInstance, published: date | None
) -> None:
    if published:
        publish_as_of(skyline, published)
    assert look(skyline, instance).job_name == "daily"


def test_a_held_tenant_starts_no_run_and_is_told_once(
    skyline: Workspace, instance: dg.DagsterInstance
) -> None:
    publish_as_of(skyline, YESTERDAY)
    hold(skyline)
    for _ in range(3):
        assert isinstance(look(skyline, instance), dg.SkipReason)
    assert notices(skyline) == [
        "HELD · Skyline · reports of 2026-03-31 are held back: ledger",
    ]


@pytest.mark.parametrize("sending", [False, True])
def test_a_run_that_hangs_is_seen_by_what_it_leaves_undone(
    skyline: Workspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, sending: bool
) -> None:
    publish_as_of(skyline, YESTERDAY)
    monkeypatch.setenv("MILEPOST_NOW", EIGHT)
    look(skyline, instance)
    instance.create_run_for_job(_daily, status=dg.DagsterRunStatus.STARTED)
    publish_as_of(skyline, YESTERDAY + timedelta(days=1))
    monkeypatch.setenv("MILEPOST_NOW", EIGHT.replace("04-01T08:30", "04-02T11:30"))
    lock = skyline.path("state", "send.lock")
    hold = f"import fcntl, sys; f = open({str(lock)!r}, 'a'); fcntl.flock(f, fcntl.LOCK_EX); "
    hold += "print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold if sending else "print(1, flush=True)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        for _ in range(2):
            assert "under way" in str(look(skyline, instance))
        other.stdin.close()
    [notice] = notices(skyline)
    assert notice.startswith("OVERDUE · Skyline · daily_summary of 2026-04-01")


def test_a_run_has_a_time_limit() -> None:
    text = (Path(__file__).parents[2] / "dagster.yaml").read_text()
    assert "max_runtime_seconds: 14400" in text


def test_before_its_hour_nothing_is_owed(
    skyline: Workspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_as_of(skyline, YESTERDAY)
    monkeypatch.setenv("MILEPOST_NOW", "2026-04-01T07:59:00+05:30")
    assert isinstance(look(skyline, instance), dg.SkipReason)


def test_days_that_were_missed_are_made_first_each_once(
    skyline: Workspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_as_of(skyline, YESTERDAY)
    monkeypatch.setenv("MILEPOST_NOW", EIGHT)
    look(skyline, instance)
    monkeypatch.setenv("MILEPOST_NOW", EIGHT.replace("04-01", "04-04"))
    days = []
    for _ in range(3):
        request = look(skyline, instance)
        assert request.job_name == "catch_up"
        days.append(request.run_config["ops"]["past_reports"]["config"]["as_of"])
        # As if the run had been and had not helped: the next day has its turn.
        instance.create_run_for_job(
            _empty_job,
            tags=request.tags,
            status=dg.DagsterRunStatus.SUCCESS,
        )
        if len(days) == 2:
            break
    assert days == ["2026-04-01", "2026-04-02"]
    assert look(skyline, instance).job_name == "daily"


@dg.job(name="daily")
def _daily() -> None:
    pass


@dg.job(name="catch_up")
def _empty_job() -> None:
    pass


def test_while_a_run_is_under_way_nothing_is_started(
    skyline: Workspace, instance: dg.DagsterInstance
) -> None:
    from pipeline.defs import dead_runs

    publish_as_of(skyline, YESTERDAY)
    run = instance.create_run_for_job(
        _empty_job,
        status=dg.DagsterRunStatus.STARTED,
        tags={dead_runs.WORKER: dead_runs.this_process()},
    )
    assert isinstance(look(skyline, instance), dg.SkipReason)
    instance.add_run_tags(run.run_id, {dead_runs.WORKER: "another-boot:1:1"})
    assert look(skyline, instance).job_name == "daily"
    assert status(instance, run.run_id) is dg.DagsterRunStatus.FAILURE


def test_before_the_daemon_starts_a_run_without_a_process_is_failed(
    instance: dg.DagsterInstance,
) -> None:
    from pipeline.defs.dead_runs import reap

    run = instance.create_run_for_job(_empty_job, status=dg.DagsterRunStatus.STARTING)
    assert reap(instance) == []  # it may still be on its way
    assert reap(instance, starting=True) == [run.run_id]


SLEEPER = """
    import os, sys, time
    import dagster as dg
    from pipeline.defs.resources import MilepostResource

    @dg.op
    def sleeps(milepost: MilepostResource) -> None:
        print("asleep", flush=True)
        time.sleep(600)

    @dg.job(resource_defs={"milepost": MilepostResource(home=sys.argv[1])})
    def long_job() -> None:
        sleeps()

    with dg.DagsterInstance.get() as instance:
        long_job.execute_in_process(instance=instance)
"""


def test_a_run_whose_process_was_killed_is_cleared_at_the_next_look(
    skyline: Workspace, tmp_path: Path
) -> None:
    from pipeline.defs.dead_runs import reap

    home = tmp_path / "dagster"
    home.mkdir()
    program = tmp_path / "sleeper.py"
    program.write_text(textwrap.dedent(SLEEPER))
    process = subprocess.Popen(
        [sys.executable, str(program), str(skyline.root)],
        env={**os.environ, "DAGSTER_HOME": str(home), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert any("asleep" in line for line in process.stdout)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert reap(instance, starting=True) == []  # its process lives
        process.send_signal(signal.SIGKILL)
        process.wait()
        [dead] = reap(instance)
        assert status(instance, dead) is dg.DagsterRunStatus.FAILURE
        assert reap(instance) == []


def test_a_failed_run_is_told_once_a_day(
    skyline: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.defs.sensors import failed_runs

    monkeypatch.setenv("MILEPOST_HOME", str(skyline.root))

    @dg.op
    def breaks() -> None:
        raise OSError("/data/workspace/raw: No space left on device")

    @dg.job(name="refresh")
    def breaking() -> None:
        breaks()

    with dg.instance_for_test() as instance:
        for _ in range(2):
            result = breaking.execute_in_process(instance=instance, raise_on_error=False)
            context = dg.build_run_status_sensor_context(
                sensor_name="failed_runs",
                dagster_instance=instance,
                dagster_run=result.dagster_run,
                dagster_event=result.get_run_failure_event(),
            ).for_run_failure()
            failed_runs(context)
    [file] = skyline.path("outbox", "_operator").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["Subject"] == "FAILED · the run refresh of 2026-04-01 03:00 UTC"
    text = mail.get_content()
    assert "failed in breaks" in text
    assert "No space left on device" in text
    assert "What to do: `milepost doctor`" in text


def test_finished_runs_go_with_all_they_left(skyline: Workspace, tmp_path: Path) -> None:
    from pipeline.defs.retention import remove_runs

    home = tmp_path / "dagster"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        for _ in range(3):
            _empty_job.execute_in_process(instance=instance)
        before = {p for p in home.rglob("*") if p.is_file()}
        assert remove_runs(instance, home, wall_clock() - timedelta(hours=1)) == 0
        assert remove_runs(instance, home, wall_clock() + timedelta(hours=1)) == 3
        assert instance.get_runs() == []
        left = {p for p in before if p.exists()}
        assert not [p for p in left if p.parent.name == "runs" and "index" not in p.name]


def test_the_result_of_cleaning_up_is_counts(skyline: Workspace) -> None:
    from pipeline.definitions import defs

    job = defs.resolve_job_def("clean_up")
    with dg.instance_for_test() as instance:
        result = job.execute_in_process(instance=instance)
    [event] = [e for e in result.all_events if e.is_successful_output]
    told = event.step_output_data.metadata["result"]
    assert isinstance(told, dg.JsonMetadataValue)
    data: Any = told.data
    assert json.dumps(data["removed"]) == (
        '{"artifact_folders": 0, "mails": 0, "deliveries": 0, "runs": 0}'
    )
