"""The clockwork: what is owed starts a run, what needs a person is told, a failed run too.

Each look asks the record and the published builds what is missing, so a look that was missed is
made up for by the next one. One run handles everything that is due.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from pipeline.config.settings import load_settings, wall_clock
from pipeline.core.errors import BusyError
from pipeline.defs.dead_runs import REAPED, is_busy, reap
from pipeline.defs.jobs import catch_up_job, daily_job
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.gate import Cause
from pipeline.delivery.notices import Notice
from pipeline.delivery.record.states import State, digest
from pipeline.delivery.rendering import renderer
from pipeline.delivery.send import DeliveryOutcome, days_to_make, newest_day, send_due, tell, watch

# The same set of mails is tried again after so long, unless it changed.
_AGAIN = timedelta(minutes=10)
# A past day that could not be made is tried again after so long.
_ANOTHER_TRY = timedelta(hours=6)
# A run that kills its process (by its hunger for memory, say) is not started for ever.
_KILLS = 3


@dg.sensor(
    jobs=[daily_job, catch_up_job],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every half minute: refresh and send if a report is owed; past days first.",
)
def owed_reports(
    context: dg.SensorEvaluationContext, milepost: MilepostResource
) -> dg.RunRequest | dg.SkipReason:
    reap(context.instance)
    registry, now = milepost.registry(), milepost.settings.now()
    render = renderer(milepost.workspace, registry, milepost.settings)
    # Also while a run is under way: one that hangs is to be seen by what it leaves undone.
    watch(milepost.workspace, registry, now=now, render=render)
    if is_busy(context.instance):
        return dg.SkipReason("a run is under way")
    waiting = send_due(milepost.workspace, registry, now=now, render=render, dry_run=True)
    for day in days_to_make(waiting, newest_day(registry, now)):
        if not _was_tried(context.instance, catch_up_job.name, day.isoformat(), _ANOTHER_TRY):
            return _catch_up(day)
    ready = [one for one in waiting if _would_go(one)]
    if not ready:
        return dg.SkipReason("no report is owed")
    tags = {"milepost/owed": str(len(ready)), "milepost/mails": _name(ready)}
    if _was_tried(context.instance, daily_job.name, tags["milepost/mails"], _AGAIN):
        return dg.SkipReason("a run tried these a few minutes ago")
    return dg.RunRequest(job_name=daily_job.name, tags=tags)


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the operators of a run that failed: the same failure once a day.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    milepost = MilepostResource(home=str(load_settings().home))
    reason, steps = _why(context)
    if BusyError.__name__ in reason:
        return  # another run was at work, which is no failure
    job, now = context.dagster_run.job_name, milepost.settings.now()
    notice = Notice(
        kind="run failed",
        about=(f"run:{job}:{now.date()}:{digest(reason)[:16]}",),
        subject=f"FAILED · the run {job} of {now:%Y-%m-%d %H:%M} UTC",
        body=(
            f"The run {job} failed{f' in {steps}' if steps else ''}:\n\n  {reason}\n\n"
            "Nothing is lost: published figures stay as they are, and the next run begins where"
            " this one stopped.\nWhat to do: `milepost doctor` examines the installation; the"
            f" Dagster UI has the whole log (run {context.dagster_run.run_id}). Then:"
            " `milepost run`.\n"
        ),
    )
    tell(milepost.workspace, milepost.registry(), notice, now)


def _would_go(outcome: DeliveryOutcome) -> bool:
    """Whether a run would send it: it is ready, or waits only for newer figures."""
    if outcome.state is State.QUEUED:
        return outcome.cause is not Cause.QUIET
    return outcome.cause is Cause.BEHIND


def _name(ready: Sequence[DeliveryOutcome]) -> str:
    """Names a set of mails, so that new ones do not wait for those that were just tried."""
    keys = [f"{one.tenant}/{one.report}/{one.as_of}/{one.recipient}" for one in ready]
    return digest(*sorted(keys))[:16]


def _catch_up(day: date) -> dg.RunRequest:
    config = {"config": {"as_of": day.isoformat()}}
    return dg.RunRequest(
        job_name=catch_up_job.name,
        run_config={"ops": {"registry": config, "past_reports": config}},
        tags={"milepost/mails": day.isoformat()},
    )


def _was_tried(instance: dg.DagsterInstance, job: str, mails: str, within: timedelta) -> bool:
    """Whether a run for these ended by itself lately; one that was killed is made up for at once,
    unless it is killed again and again."""
    after = wall_clock() - within
    lately = dg.RunsFilter(job_name=job, tags={"milepost/mails": mails}, created_after=after)
    runs = [record.dagster_run for record in instance.get_run_records(lately)]
    killed = sum(REAPED in run.tags for run in runs)
    return killed < len(runs) or killed >= _KILLS


def _why(context: dg.RunFailureSensorContext) -> tuple[str, str]:
    """The first line of what went wrong, and the steps in which it did."""
    events = context.get_step_failure_events()
    steps = ", ".join(str(event.step_key) for event in events)
    for event in events:
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return " ".join(error.message.split())[:500], steps
    return " ".join(str(context.failure_event.message).split())[:500], steps
