"""What Dagster keeps: runs, their events and logs go after the same days as everything else."""

import shutil
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from pipeline.config.settings import wall_clock
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.retention import clean_up
from pipeline.publish.as_of import remove_as_of

FINISHED = (
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)
# Runs are removed in portions: each takes a transaction of its own.
_PORTION = 500


@dg.op
def remove_what_is_old(context: dg.OpExecutionContext, milepost: MilepostResource) -> None:
    """Artefacts, mails and rows of the record; then runs with their logs."""
    settings = milepost.settings
    removed = clean_up(
        milepost.workspace,
        settings.now(),
        keep_days=settings.keep_days,
        keep_record_days=settings.keep_record_days,
    )
    before = wall_clock() - timedelta(days=settings.keep_days)
    runs = remove_runs(context.instance, milepost.workspace.dagster_home, before)
    remove_as_of(milepost.workspace, settings.now())
    context.add_output_metadata({"result": {"removed": {**asdict(removed), "runs": runs}}})


@dg.job(name="clean_up", description="Remove what is older than MILEPOST_KEEP_DAYS.")
def clean_up_job() -> None:
    remove_what_is_old()


def remove_runs(instance: dg.DagsterInstance, home: Path, before: datetime) -> int:
    """Delete finished runs made before then, with their events, outputs and captured logs.

    The newest materialization of an asset is kept by Dagster apart from its run.
    """
    finished = [
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
    ]
    old = dg.RunsFilter(statuses=finished, created_before=before)
    removed = 0
    while records := instance.get_run_records(old, limit=_PORTION):
        for record in records:
            run_id = record.dagster_run.run_id
            instance.delete_run(run_id)
            shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
            for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
                file.unlink()
            removed += 1
    return removed
