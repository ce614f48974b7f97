"""Dagster's event log with connections that stay open: the same rows, in the same files."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipeline.config.settings import DAGSTER_CONFIG
from pipeline.config.workspace import Workspace
from pipeline.defs.instance.storage import EventLog
from pipeline.defs.run import prepare_instance


@dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="figures")])
def figures() -> Iterator[dg.Output[int] | dg.AssetCheckResult]:
    yield dg.Output(1, metadata={"rows": 3})
    yield dg.AssetCheckResult(passed=True)


@pytest.fixture
def instance(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for name in ("DAGSTER_HOME", "MILEPOST_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    prepare_instance(workspace)
    with dg.DagsterInstance.get() as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> str:
    outcome = dg.materialize([figures], instance=instance)
    assert outcome.success
    return outcome.run_id


def history(workspace: Workspace) -> Path:
    return workspace.dagster_home / "history" / "runs"


def test_dagsters_own_storage_reads_what_ours_wrote(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    run_id = run(instance)
    ours = instance.event_log_storage.get_records_for_run(run_id).records
    theirs = SqliteEventLogStorage(str(history(workspace))).get_records_for_run(run_id).records
    assert isinstance(instance.event_log_storage, EventLog)
    assert [one.event_log_entry for one in theirs] == [one.event_log_entry for one in ours]
    kinds = [one.event_log_entry.dagster_event_type for one in ours]
    assert dg.DagsterEventType.ASSET_MATERIALIZATION in kinds
    assert dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED in kinds
    [event] = instance.fetch_materializations(dg.AssetKey("figures"), limit=1).records
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows"].value == 3


def test_ours_reads_what_dagsters_own_wrote(workspace: Workspace) -> None:
    """A workspace from before keeps its history."""
    home = workspace.dagster_home
    home.mkdir(parents=True)
    with dg.DagsterInstance.local_temp(str(home)) as before:
        run_id = run(before)
        written = before.event_log_storage.get_records_for_run(run_id).records
    assert EventLog(str(history(workspace))).get_records_for_run(run_id).records == written


def entries(instance: dg.DagsterInstance) -> list[EventLogEntry]:
    records = instance.event_log_storage.get_records_for_run(run(instance)).records
    return [record.event_log_entry for record in records]


def test_a_batch_is_written_whole_or_not_at_all(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = entries(instance)
    log = EventLog(str(tmp_path / "log"))
    store = log.store_event

    def fail_at_the_last(event: EventLogEntry) -> None:
        if event is events[-1]:
            raise OSError("no space")
        store(event)

    monkeypatch.setattr(log, "store_event", fail_at_the_last)
    with pytest.raises(OSError, match="no space"):
        log.store_event_batch(events)
    assert not log.get_records_for_run(events[0].run_id).records
    monkeypatch.undo()
    log.store_event_batch(events)
    records = log.get_records_for_run(events[0].run_id).records
    assert [one.event_log_entry for one in records] == events


def test_threads_take_turns(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    events = entries(instance)
    log = EventLog(str(tmp_path / "log"))
    halves = [events[::2], events[1::2]]
    threads = [threading.Thread(target=log.store_event_batch, args=(half,)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.get_records_for_run(events[0].run_id).records) == len(events)


def test_what_another_process_writes_is_called_back(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """The UI shows a run while it goes on, though its events lie in the write-ahead log alone."""
    events = entries(instance)
    writer, reader = EventLog(str(tmp_path / "log")), EventLog(str(tmp_path / "log"))
    writer.store_event(events[0])
    came = threading.Event()
    reader.watch(
        events[0].run_id, None, lambda entry, _: came.set() if entry == events[1] else None
    )
    writer.store_event(events[1])
    assert came.wait(30)
    reader.dispose()


def test_few_connections_stay_open(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    [event, *_] = entries(instance)
    log = EventLog(str(tmp_path / "log"))
    for number in range(20):
        log.store_event(event._replace(run_id=f"run-{number}"))
    assert len(log._engines) == 8
    assert log.get_records_for_run("run-0").records


def test_an_earlier_file_of_ours_is_replaced_and_an_operators_own_is_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DAGSTER_HOME", "MILEPOST_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    config = workspace.dagster_home / "dagster.yaml"
    config.parent.mkdir(parents=True)
    shutil.copyfile(DAGSTER_CONFIG, config)
    config.write_text(config.read_text() + "\n# ours\n")
    prepare_instance(workspace)
    assert config.read_text().endswith("# ours\n")
    earlier = config.read_bytes()
    monkeypatch.setattr("pipeline.defs.run._EARLIER_CONFIGS", {hashlib.sha256(earlier).hexdigest()})
    prepare_instance(workspace)
    assert config.read_bytes() == DAGSTER_CONFIG.read_bytes()
