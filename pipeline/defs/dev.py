"""`make dev`: the Dagster UI and daemon on this process's workspace, bound to loopback.

With `--prepare` it only does what has to be done before a daemon starts: the instance's folder, and
runs cleared whose process is gone (for `deploy/`). Anything else is the web server's option.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg

from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.defs.dead_runs import reap
from pipeline.defs.run import prepare_instance

DEFINITIONS = ("-m", "pipeline.definitions")
_LOOK_EVERY_SECONDS = 0.5


def main() -> None:
    ws = Workspace(load_settings().home)
    prepare_instance(ws)
    with dg.DagsterInstance.get() as instance:
        for run_id in reap(instance, starting=True):
            print(f"run {run_id} was under way when its process ended: marked failed")
    if "--prepare" in sys.argv[1:]:
        return
    daemon = Path(sys.executable).with_name("dagster-daemon")
    ui = [sys.executable, "-m", "pipeline.defs.web_server", "-h", "127.0.0.1"]
    sys.exit(_together([str(daemon), "run", *DEFINITIONS], [*ui, *DEFINITIONS, *sys.argv[1:]]))


def _together(*commands: list[str]) -> int:
    """Run these until one ends or somebody presses Ctrl-C, and end the others; the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` is Ctrl-C, too
    running = [subprocess.Popen(command) for command in commands]  # noqa: S603 (our own programs)
    try:
        while all(one.poll() is None for one in running):
            time.sleep(_LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        return 0
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait()
    return next((one.returncode for one in running if one.returncode > 0), 0)


if __name__ == "__main__":
    main()
