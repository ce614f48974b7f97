"""Who may write the delivery record: one process at a time, whatever it is about to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pipeline.config.workspace import Workspace
from pipeline.core.locking import exclusive
from pipeline.delivery.record.deliveries import Deliveries


@contextmanager
def sole_writer(ws: Workspace, now: datetime) -> Iterator[Deliveries]:
    """The record, for the one process that may send or correct it; BusyError while another does."""
    with (
        exclusive(ws.path("state", "send.lock"), now, "send"),
        Deliveries(ws.deliveries_file) as record,
    ):
        yield record
