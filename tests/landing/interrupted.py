"""Ingest a workspace and die at a given moment: `python interrupted.py HOME MOMENT`.

The moments are the places between the steps that a batch consists of; the product knows nothing of
them. Exits normally if MOMENT lies behind the last one.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.landing import batches, land, spool
from pipeline.landing.land import ingest
from pipeline.tenants import load_registry
from pipeline.workspace import Workspace

_moments = itertools.count()


def _mortal(function: Callable[..., Any], moment: int) -> Callable[..., Any]:
    """The function, with a chance to die before it."""

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if next(_moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    return wrapped


def main(home: str, moment: int) -> None:
    workspace = Workspace(Path(home))
    for module, name in (
        (land, "read_files"),
        (spool.Spool, "flush"),
        (spool.Spool, "finish"),
        (land, "commit"),
        (batches, "sync_folder"),
        (land, "landed_result"),
    ):
        setattr(module, name, _mortal(getattr(module, name), moment))
    ingest(workspace, load_registry(workspace), now=datetime(2026, 4, 1, 2, 30, tzinfo=UTC))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
