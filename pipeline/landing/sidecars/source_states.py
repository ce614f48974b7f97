"""How the databases fared, and what they count themselves: for people, and for the models.

`state/sources.json` is what `status` shows; the models find the newest comparison of each table
with its source in a table of `side_tables`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pipeline.config.workspace import Workspace
from pipeline.core.atomic_files import write_text
from pipeline.landing.result import SourceState, TableTotal
from pipeline.landing.sidecars.side_tables import write_source_totals


def remember(
    ws: Workspace, states: Sequence[SourceState], totals: Sequence[TableTotal], now: datetime
) -> None:
    """Write how the sources fared, keeping what was not looked at this time."""
    path = ws.path("state", "sources.json")
    before: dict[str, list[dict[str, Any]]] = {}
    with suppress(FileNotFoundError, ValueError):
        before = json.loads(path.read_text(encoding="utf-8"))
    good = {each["source"]: each.get("last_good_at") for each in before.get("sources", [])}
    kept = _kept(before.get("totals", []), totals, {state.source for state in states})
    stamp = now.isoformat()
    said: dict[str, list[dict[str, Any]]] = {
        "sources": [
            {
                **asdict(state),
                "at": stamp,
                "last_good_at": good.get(state.source) if state.trouble else stamp,
            }
            for state in states
        ],
        "totals": kept + [{**asdict(total), "at": stamp} for total in totals],
    }
    if states:
        write_text(path, json.dumps(said, default=str, ensure_ascii=False, indent=1))
    write_source_totals(ws, said["totals"])


def _kept(
    before: Sequence[dict[str, Any]], totals: Sequence[TableTotal], sources: Collection[str]
) -> list[dict[str, Any]]:
    """Earlier totals that no new one replaces, of sources that there still are."""
    new = {(total.tenant, total.entity, total.source) for total in totals}
    return [
        total
        for total in before
        if (total["tenant"], total["entity"], total["source"]) not in new
        and total["source"] in sources
    ]
