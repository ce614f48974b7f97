"""A job for a worker and what comes of it: payload and formats in, files or a reason out.

The types that the pool, the worker processes and their callers share; nothing here starts or draws.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.reports.overrides import Overrides
from pipeline.reports.report import File


@dataclass(frozen=True)
class Job:
    """One payload and the formats wanted of it. `key` is the caller's, to know the outcome by.

    `overrides`: the tenant's own templates, name and text of each. Without `charts` a line says in
    their places that they could not be drawn.
    """

    key: Any
    report: str
    formats: tuple[str, ...]
    payload: bytes
    overrides: Overrides = ()
    charts: bool = True


@dataclass(frozen=True)
class Rendered:
    job: Job
    files: tuple[File, ...] = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """`aborted`: a library ended the worker's process, as the one that draws charts may.

    `over_limit`: it was stopped for its time or memory.
    """

    job: Job
    reason: str
    aborted: bool = False
    over_limit: bool = False


@dataclass(frozen=True)
class Limits:
    """What one job may use: so much, and so much more for each megabyte of its payload.

    A page needs an eighth of a second and 130 MB, a dashboard on paper six seconds, and on a busy
    machine ten times that. A statement of 5,000 entries, a payload of 2 MB, needs 50 seconds and
    540 MB: one measure for both would be far too wide for the first. Charts set the floor of the
    memory: the engine that draws them maps 570 MB as it starts, though it uses 70 of them, and a
    worker limited to 640 MB died of it.
    """

    seconds: float = 90.0
    megabytes: int = 1024
    seconds_more: float = 150.0
    megabytes_more: int = 1280

    def of(self, payload: bytes) -> tuple[float, int]:
        """Seconds and megabytes for this payload."""
        size = len(payload) / 1_000_000
        more = round(self.megabytes_more * size)
        return self.seconds + self.seconds_more * size, self.megabytes + more


Outcome = Rendered | Failed
