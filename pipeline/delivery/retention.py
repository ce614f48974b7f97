"""What is kept for how long: mails, artifacts, the outbox, rows of the record.

What was sent is remembered for longer than what it said, and the newest delivery of every
subscription for ever, because what is owed is reckoned from it. Open deliveries stay whatever their
age. Published builds have their own limit (`publish`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pipeline.config.workspace import Workspace
from pipeline.delivery.record.sole_writer import sole_writer
from pipeline.delivery.record.states import OPEN


@dataclass(frozen=True)
class Removed:
    """How many of each went."""

    artifact_folders: int
    mails: int
    deliveries: int


def clean_up(ws: Workspace, now: datetime, *, keep_days: int, keep_record_days: int) -> Removed:
    """Remove what is older; BusyError if mail is being sent."""
    before = now - timedelta(days=keep_days)
    with sole_writer(ws, now) as record:
        wanted = {row.mail.path for row in record.in_states(*OPEN) if row.mail}
        waiting = {(r.key.tenant, r.key.report, r.key.period) for r in record.in_states(*OPEN)}
        folders = [
            folder
            for tenant, report, day, folder in _artifact_folders(ws)
            if day < before.date() and (tenant, report, day) not in waiting
        ]
        for folder in folders:
            shutil.rmtree(folder)
        mails = [path for path in _old_mails(ws, before) if _relative(ws, path) not in wanted]
        for path in mails:
            path.unlink()
        rows = record.forget(now - timedelta(days=max(keep_days, keep_record_days)))
    return Removed(len(folders), len(mails), rows)


def _artifact_folders(ws: Workspace) -> Iterator[tuple[str, str, date, Path]]:
    """Tenant, report, day and path of every folder `artifacts/<tenant>/<report>/<day>`."""
    for folder in sorted(ws.path("artifacts").glob("*/*/*")):
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            continue
        yield folder.parent.parent.name, folder.parent.name, day, folder


def _old_mails(ws: Workspace, before: datetime) -> Iterator[Path]:
    """Stored mails and files of the outbox of days before; the day is the name's beginning."""
    for root in (ws.path("state", "mail"), ws.path("outbox")):
        for path in sorted(root.glob("*/*.eml")):
            if _day_of(path) < before.date():
                yield path


def _day_of(path: Path) -> date:
    try:
        return date.fromisoformat(path.name.removeprefix("test-")[:10])
    except ValueError:
        return date.max


def _relative(ws: Workspace, path: Path) -> str:
    return path.relative_to(ws.root).as_posix()
