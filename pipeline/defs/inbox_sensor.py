"""The inbox sensor: new files start a refresh, within a minute, many of them one.

It looks at names, sizes and times, not into files. Files that arrive together are waited for: a run
is asked for when nothing has changed since the last look.
"""

import hashlib
import json
from datetime import datetime

import dagster as dg

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.core.locking import is_held
from pipeline.defs.dead_runs import REAPED, is_busy
from pipeline.defs.jobs import refresh_job
from pipeline.defs.resources import MilepostResource
from pipeline.sources.files.inbox import find_files, is_marked_finished

# A first look that finds something new and a second that finds it unchanged: half a minute.
LOOK_EVERY_SECONDS = 15
# Somebody who drops a file every few seconds for an hour does not keep the others waiting.
_MOST_LOOKS = 3
# A run that kills its process (by its hunger for memory, say) is not started for ever.
_MOST_KILLS = 3
_STATE = "milepost/inbox"


@dg.sensor(
    job=refresh_job,
    minimum_interval_seconds=LOOK_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="New inbox files: refresh.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, milepost: MilepostResource
) -> dg.SensorResult | dg.SkipReason:
    now = inbox_state(milepost.workspace, milepost.registry(), milepost.settings.now())
    cursor = json.loads(context.cursor) if context.cursor else {}
    killed = 0
    if now == cursor.get("refreshed"):
        killed = _killed(context.instance, now)
        if not 0 < killed < _MOST_KILLS:
            return dg.SkipReason("nothing new in the inboxes")
        cursor["seen"] = now  # the files had arrived when the run that died was asked for
    looks = cursor.get("looks", 0) + 1
    if now != cursor.get("seen") and looks < _MOST_LOOKS:
        context.update_cursor(json.dumps({**cursor, "seen": now, "looks": looks}))
        return dg.SkipReason("files are arriving")
    # A run that is only starting, or a refresh from the command line, would turn this one away.
    if is_busy(context.instance) or is_held(milepost.workspace.refresh_lock_file):
        return dg.SkipReason("a refresh is running")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=f"inbox-{now}-{killed}", tags={"milepost/cause": "inbox", _STATE: now}
            )
        ],
        cursor=json.dumps({"refreshed": now}),
    )


def _killed(instance: dg.DagsterInstance, now: str) -> int:
    """How many runs for this state of the inboxes died with their process; 0 if one did not."""
    runs = [one.dagster_run for one in instance.get_run_records(dg.RunsFilter(tags={_STATE: now}))]
    return len(runs) if runs and all(REAPED in run.tags for run in runs) else 0


def inbox_state(ws: Workspace, registry: Registry, now: datetime) -> str:
    """A fingerprint of what lies in the inboxes, and of what of it has settled."""
    digest = hashlib.sha256()
    files, _ = find_files(ws, registry, CONTRACTS)
    for file in files:
        found = file.path.stat()
        digest.update(f"{file.name} {found.st_size} {found.st_mtime_ns}\n".encode())
        young = 0 <= now.timestamp() - found.st_mtime < file.source.settle_seconds
        digest.update(f"{young} {is_marked_finished(file.path)}\n".encode())
    return digest.hexdigest()[:16]
