"""New inbox files start one refresh, when they have all arrived."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.config.workspace import Workspace
from pipeline.core.locking import exclusive
from tests.defs.conftest import NOW
from tests.defs.test_sensors import resource

pytestmark = pytest.mark.models


class Sensor:
    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self.cursor: str | None = None
        self.instance = dg.DagsterInstance.ephemeral()

    def look(self) -> Any:
        from pipeline.defs.inbox_sensor import inbox_sensor

        resources = {"milepost": resource(self.ws)}
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources=resources
        )
        result = inbox_sensor(context)
        self.cursor = result.cursor if isinstance(result, dg.SensorResult) else context.cursor
        return result


@pytest.fixture
def sensor(skyline: Workspace) -> Sensor:
    skyline.inbox("skyline").mkdir(parents=True)
    return Sensor(skyline)


def drop(sensor: Sensor, name: str, text: str = "id,name\n") -> None:
    (sensor.ws.inbox("skyline") / name).write_text(text)


def runs(result: Any) -> int:
    return len(result.run_requests or ()) if isinstance(result, dg.SensorResult) else 0


def test_many_files_make_one_run(sensor: Sensor) -> None:
    for number in range(200):
        drop(sensor, f"users_{number}.csv")
    assert [runs(sensor.look()) for _ in range(4)] == [0, 1, 0, 0]
    drop(sensor, "users_7.csv", "id,name\nU1,Asha\n")
    assert [runs(sensor.look()) for _ in range(3)] == [0, 1, 0]


def test_files_that_keep_arriving_are_not_waited_for_more_than_a_minute(sensor: Sensor) -> None:
    from pipeline.defs.inbox_sensor import LOOK_EVERY_SECONDS

    looks = []
    for number in range(4):
        drop(sensor, f"users_{number}.csv")
        looks.append(runs(sensor.look()))
    assert looks == [0, 0, 1, 0]
    assert (looks.index(1) + 1) * LOOK_EVERY_SECONDS < 60


def test_a_mark_that_a_file_is_complete_is_news_too(sensor: Sensor) -> None:
    drop(sensor, "users.csv", "id,name")
    assert sum(runs(sensor.look()) for _ in range(3)) == 1
    drop(sensor, "users.csv.done", "")
    assert sum(runs(sensor.look()) for _ in range(3)) == 1


def test_while_a_refresh_runs_the_files_wait_for_the_next_look(
    sensor: Sensor, tmp_path: Path
) -> None:
    drop(sensor, "users.csv")
    sensor.look()
    with exclusive(sensor.ws.refresh_lock_file, NOW):
        assert "a refresh is running" in str(sensor.look().skip_message)
    assert runs(sensor.look()) == 1
    assert set(json.loads(sensor.cursor or "")) == {"refreshed"}


def test_while_any_run_is_under_way_the_files_wait_for_the_next_look(sensor: Sensor) -> None:
    drop(sensor, "users.csv")
    sensor.look()
    job = dg.job(name="daily")(lambda: None)
    run = sensor.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTING)
    assert "a refresh is running" in str(sensor.look().skip_message)
    sensor.instance.report_run_failed(run)
    assert runs(sensor.look()) == 1


def test_a_refresh_that_died_with_its_process_is_made_up_for_at_once_but_not_for_ever(
    sensor: Sensor,
) -> None:
    from pipeline.defs.dead_runs import REAPED

    drop(sensor, "users.csv")
    job = dg.job(name="refresh")(lambda: None)
    keys = []
    sensor.look()
    while runs(result := sensor.look()):
        [request] = result.run_requests
        keys.append(request.run_key)
        run = sensor.instance.create_run_for_job(job, tags=request.tags)
        sensor.instance.add_run_tags(run.run_id, {REAPED: "yes"})
        sensor.instance.report_run_failed(run)
    assert len(keys) == len(set(keys)) == 3
    drop(sensor, "users.csv", "id,name\nU1,Asha\n")
    assert [runs(sensor.look()) for _ in range(3)] == [0, 1, 0]


def test_a_refresh_that_failed_by_itself_is_not_repeated(sensor: Sensor) -> None:
    drop(sensor, "users.csv")
    sensor.look()
    [request] = sensor.look().run_requests
    job = dg.job(name="refresh")(lambda: None)
    run = sensor.instance.create_run_for_job(job, tags=request.tags)
    sensor.instance.report_run_failed(run)
    assert runs(sensor.look()) == 0
