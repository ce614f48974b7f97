"""For `status`: the newest batches' control totals, and whether sources and warehouse agree."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.landing.batches.batches import newest_batch
from pipeline.landing.sidecars.file_states import unread_files

_PARTS = ("rows_read", "landed", "unchanged", "duplicates", "quarantined", "deleted")


def landing_status(ws: Workspace) -> dict[str, list[dict[str, Any]]]:
    """What landed and what the sources say.

    `batches`: the newest of each entity; `files_not_read`, `sources` and `source_totals`: as the
    last ingest found them.
    """
    said: dict[str, Any] = {}
    unread = [asdict(each) for each in unread_files(ws)]
    with suppress(FileNotFoundError, ValueError):
        said = json.loads(ws.path("state", "sources.json").read_text(encoding="utf-8"))
    return {
        "files_not_read": [
            {name: each[name] for name in ("tenant", "file", "state", "since", "why", "to_do")}
            for each in unread
        ],
        "batches": [row for entity in CONTRACTS if (row := _newest(ws, entity))],
        "sources": [
            {
                "source": state["source"],
                "state": "; ".join(state["trouble"]) or "read",
                "tenants": len(state["tenants"]),
                "last_read": state["last_good_at"],
            }
            for state in said.get("sources", [])
        ],
        "source_totals": [
            {**total, "money": {name: sum_ for name, sum_ in total["money"].items() if float(sum_)}}
            for total in said.get("totals", [])
        ],
    }


def _newest(ws: Workspace, entity: str) -> dict[str, Any] | None:
    batch = newest_batch(ws, entity)
    if batch is None:
        return None
    sums = {part: sum(getattr(file, part) for file in batch.files) for part in _PARTS}
    return {"entity": entity, "batch": batch.batch_id, "at": batch.ingested_at, **sums}
