"""Read a workspace's tables and die in the middle: `python killed_reading.py HOME PARTS`.

Every table counts as large, and the process kills itself when PARTS parts of 1000 rows are there.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.landing.ingest import ingest
from pipeline.sources.databases import saved_parts, table_reading


def main(home: str, until: int) -> None:
    in_small_parts()
    remember = saved_parts.Parts.remember

    def remember_and_die(self: saved_parts.Parts, progress: Any) -> None:
        remember(self, progress)
        if len(self.closed) == until:
            os.kill(os.getpid(), signal.SIGKILL)

    saved_parts.Parts.remember = remember_and_die  # type: ignore[method-assign]
    ws = Workspace(Path(home))
    ingest(ws, load_registry(ws), ["leads"], now=datetime(2027, 4, 1, tzinfo=UTC))


def in_small_parts() -> None:
    """Take what drivers give in slices, so that a small table has a middle."""
    table_reading.LARGE, saved_parts.PART_ROWS = 0, 1000
    keep = table_reading.Reading._keep

    def keep_slices(self: table_reading.Reading, batch: pl.DataFrame, found: Any) -> None:
        for start in range(0, len(batch), 500):
            keep(self, batch.slice(start, 500), found)

    table_reading.Reading._keep = keep_slices  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
