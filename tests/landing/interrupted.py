"""Ingest a workspace and die at a given step: `python interrupted.py HOME STEP TIME`.

Dies just before STEP is taken for the TIMEth time. The steps are functions of landing, which knows
nothing of them. Exits normally if the step is not taken so often.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.landing import entity, outcomes
from pipeline.landing.ingest import ingest


def mortal(function: Callable[..., Any], time: int) -> Callable[..., Any]:
    """The function, but it kills the process instead when it is called for that time."""
    times = itertools.count(1)

    def called(*arguments: Any, **options: Any) -> Any:
        if next(times) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    return called


def main(home: str, step: str, time: int) -> None:
    module = entity if hasattr(entity, step) else outcomes
    setattr(module, step, mortal(getattr(module, step), time))
    workspace = Workspace(Path(home))
    ingest(workspace, load_registry(workspace), now=datetime(2026, 4, 1, 2, 30, tzinfo=UTC))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
