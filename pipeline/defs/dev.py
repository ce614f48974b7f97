"""`make dev`: the Dagster UI and daemon on this process's workspace, bound to loopback."""

import os
import sys
from pathlib import Path

from pipeline.defs.run import prepare_instance
from pipeline.settings import load_settings
from pipeline.workspace import Workspace


def main() -> None:
    ws = Workspace(load_settings().home)
    prepare_instance(ws)
    os.chdir(ws.dagster_home)
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "-m", "pipeline.definitions", "-h", "127.0.0.1", *sys.argv[1:]]
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606 (our own program, no shell)


if __name__ == "__main__":
    main()
