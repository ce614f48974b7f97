"""Runs a job in this process and the workspace's instance, and hands back its result.

Every step that has something to say to the command line puts it under the metadata key `result`.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.config.settings import DAGSTER_CONFIG, set_environment
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.errors import ConfigError
from pipeline.core.private_files import keep_private, repair_once
from pipeline.defs.instance import private_results
from pipeline.defs.instance.failures import in_words
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.rendering import renderer
from pipeline.delivery.send import days_to_make, newest_day, send_due

RESULT = "result"
# `dagster.yaml` as earlier versions of Milepost copied it: whoever did not edit it gets today's.
_EARLIER_CONFIGS = frozenset(
    {
        "78ec74c5ede05c3dc35bc1f7315918d34394836602f925c40a4751f43675d31c",
        "a6b0ff0d575a666d4faca95fc272de715c0ed15e524f354491d4827cbec7eb94",
        "47b4977e03e25c4add4b427580c06810745c1a3f11a8175e2badb3715dd6560e",
        "fa71a213d9ea647e1c518c61511b52830901a468f46fd26cdbede1e29996b12e",
    }
)


def prepare_instance(ws: Workspace) -> None:
    """Give the workspace its Dagster folder, and name it to Dagster."""
    keep_private()
    repair_once(ws.root)
    ws.dagster_home.mkdir(parents=True, exist_ok=True)
    config = ws.dagster_home / "dagster.yaml"
    if not config.exists() or _hash(config) in _EARLIER_CONFIGS:
        shutil.copyfile(DAGSTER_CONFIG, config)
    set_environment(
        {
            "DAGSTER_HOME": str(ws.dagster_home),
            "MILEPOST_HOME": str(ws.root),
            # The events that say what a run is going to make are written in one transaction.
            "DAGSTER_EVENT_BATCH_SIZE": "1000",
        }
    )


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_job(home: Path, name: str, **options: Any) -> dict[str, Any]:
    """Execute a job with options (None: not given); returns the results of its steps in one dict.

    Raises what the failing step raised.
    """
    prepare_instance(Workspace(home))
    # The definitions read the workspace's settings and dbt manifest when they are loaded.
    from pipeline.defs.code_location import defs

    entities = options.pop("entities", None)
    job = defs.resolve_job_def(name)
    with dg.DagsterInstance.get() as instance, _quiet_stdout(), in_words(Workspace(home), name):
        outcome = job.execute_in_process(
            instance=instance,
            run_config={
                "ops": _op_config(name, options),
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            asset_selection=_without_other_entities(job, entities) if entities else None,
        )
    return {**_merged(_results(outcome.all_events)), **private_results.take(outcome.run_id)}


def missed_days(home: Path) -> list[date]:
    """The past days of which somebody is owed a report that nobody made at its time, in order."""
    milepost = MilepostResource(home=str(home))
    registry, now = milepost.registry(), milepost.settings.now()
    render = renderer(milepost.workspace, registry, milepost.settings)
    waiting = send_due(milepost.workspace, registry, now=now, render=render, dry_run=True)
    return days_to_make(waiting, newest_day(registry, now))


@contextmanager
def _quiet_stdout() -> Iterator[None]:
    """Keep the steps' chatter (dbt's log) off stdout, which is the command's result alone.

    At the level of file descriptors, because Dagster copies from there what the UI shows.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _results(events: Iterable[dg.DagsterEvent]) -> Iterator[Mapping[str, Any]]:
    for event in events:
        if event.is_successful_output:
            result = event.step_output_data.metadata.get(RESULT)
            if isinstance(result, dg.JsonMetadataValue):
                yield result.data  # type: ignore[misc]


def _merged(results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One dict of all: lists are joined, anything else is said by one step alone."""
    merged: dict[str, Any] = {}
    for result in results:
        for key, value in result.items():
            merged[key] = merged[key] + value if isinstance(merged.get(key), list) else value
    return merged


def _op_config(job: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as configuration of the job's steps."""
    given = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in options.items()
        if value is not None
    }
    if job == "report":
        return {"render_reports": {"config": given}}
    if job == "send":
        return {"send_reports": {"config": given}}
    as_of = {key: given[key] for key in ("as_of",) if key in given}
    steps: dict[str, Any] = {"registry": {"config": as_of}}
    if job == "refresh":
        steps["models"] = {"config": {"full": given.get("full", False)}}
    if job == "daily":
        steps["deliveries"] = {"config": as_of}
    if job == "catch_up":
        steps["past_reports"] = {"config": as_of}
    if job == "clean_up":
        return {}
    return steps


def _without_other_entities(job: dg.JobDefinition, entities: Sequence[str]) -> list[dg.AssetKey]:
    """All assets of the job except the raw ones of entities that were not named."""
    unknown = sorted(set(entities) - set(CONTRACTS))
    if unknown:
        raise ConfigError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
    left_out = {dg.AssetKey(["raw", name]) for name in CONTRACTS if name not in entities}
    return [key for key in job.asset_layer.executable_asset_keys if key not in left_out]
