"""`make dev`: the Dagster UI and daemon on this process's workspace, bound to loopback.

With `--prepare` it only does what has to be done before a daemon starts: the instance's folder, and
runs cleared whose process is gone (for `deploy/`).
"""

import os
import sys
from pathlib import Path

import dagster as dg

from pipeline.defs.liveness import reap
from pipeline.defs.run import prepare_instance
from pipeline.settings import load_settings
from pipeline.workspace import Workspace


def main() -> None:
    ws = Workspace(load_settings().home)
    prepare_instance(ws)
    with dg.DagsterInstance.get() as instance:
        for run_id in reap(instance, starting=True):
            print(f"run {run_id} was under way when its process ended: marked failed")
    if "--prepare" in sys.argv[1:]:
        return
    os.chdir(ws.dagster_home)
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "-m", "pipeline.definitions", "-h", "127.0.0.1", *sys.argv[1:]]
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606 (our own program, no shell)


if __name__ == "__main__":
    main()
