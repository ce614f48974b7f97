"""Ingest a workspace: `python ingest_once.py HOME`, so that a test can kill it at any moment."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.landing.ingest import ingest

if __name__ == "__main__":
    workspace = Workspace(Path(sys.argv[1]))
    registry = load_registry(workspace)
    print("ready", flush=True)
    result = ingest(workspace, registry, now=datetime(2026, 4, 1, 2, 30, tzinfo=UTC))
    for file in result.with_status("refused"):
        print(file.path, file.message)
    # The most memory since the program began; getrusage counts what the parent had at its fork too.
    status = Path("/proc/self/status").read_text().splitlines()
    print(next(line for line in status if line.startswith("VmHWM:")))
