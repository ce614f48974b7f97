"""Hands finished mails to the transport: claim, first byte, verdict, each committed at once.

Mails to one recipient's domain are a lane and go one after the other; lanes go side by side, as
many as the transport takes. A lane that gets no answer is left for the next run, and so is
everything when the server itself fails, so that a dead domain costs the others nothing. What is
sent is left to `dispatch.py`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import Delivery, State, StoredMail
from pipeline.delivery.schedule.retries import GIVE_UP, is_over, next_try
from pipeline.delivery.transport.outbox import Parcel, Reach, Result, Transport

# So many lanes without an answer, and not one with, are the server's fault and not the recipients'.
_LANES_AT_FAULT = 6

Done = Callable[[Delivery], None]


class Sender:
    """Takes mails as they are ready. As a context manager it has delivered them all at its end."""

    def __init__(
        self, ws: Workspace, record: Deliveries, transport: Transport, now: datetime
    ) -> None:
        self._ws, self._record, self._transport, self._now = ws, record, transport, now
        self._lanes = Lanes(transport.parallel)
        self._stopped: dict[str, str] = {}
        self._server: str | None = None
        self._unanswered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._lanes.finish(drop=error is not None)
        finally:
            self._transport.close()

    def take(self, delivery: Delivery, parcel: Parcel, mail: StoredMail, done: Done) -> None:
        """Deliver the stored mail when its lane is free, and call `done` with the row as it is
        then."""
        lane = parcel.recipient.rpartition("@")[2].lower()
        self._lanes.add(lane, lambda: done(self._carry(lane, delivery, parcel, mail)))

    def _carry(self, lane: str, delivery: Delivery, parcel: Parcel, mail: StoredMail) -> Delivery:
        if self._server:
            return self._postpone(delivery, mail, self._server)
        try:
            data = read_mail(self._ws, mail)
        except OSError as error:
            return self._postpone(delivery, mail, atomic_files.trouble(error))
        if data is None:
            return self._postpone(delivery, None, f"{mail.path} is gone; it is made anew")
        under_way = self._record.move(
            delivery, State.CLAIMED, self._now, "a sender works on it", mail=mail
        )

        def data_starts() -> None:
            nonlocal under_way
            under_way = self._record.move(
                under_way, State.DATA_STARTED, self._now, "the first byte leaves"
            )

        if why := self._stopped.get(lane):
            # It shares the lane's fate without the wait, its day of attempts included.
            return self._write_down(under_way, Result(State.QUEUED, why, Reach.LANE))
        result = self._transport.deliver(parcel, data, data_starts)
        self._learn(lane, result)
        return self._write_down(under_way, result)

    def _postpone(self, delivery: Delivery, mail: StoredMail | None, why: str) -> Delivery:
        if (delivery.reason, delivery.mail) == (why, mail):
            return delivery
        return self._record.move(delivery, State.QUEUED, self._now, why, mail=mail)

    def _learn(self, lane: str, result: Result) -> None:
        if result.reach is Reach.MAIL:
            self._unanswered = 0
            return
        self._stopped[lane] = result.detail
        self._unanswered += 1
        if result.reach is Reach.SERVER or self._unanswered >= _LANES_AT_FAULT:
            self._server = result.detail

    def _write_down(self, delivery: Delivery, result: Result) -> Delivery:
        state, reason, retry_at = result.state, result.detail, None
        if state is State.QUEUED and result.reach is not Reach.SERVER:
            retry_at = next_try(delivery.attempts, self._now)
            if is_over(delivery.tried_at, self._now):
                state, retry_at = State.DEAD, None
                reason = f"refused for {GIVE_UP // timedelta(hours=1)} hours: {reason}"
        sent = state is State.SENT
        return self._record.move(
            delivery,
            state,
            self._now,
            "" if sent else reason,
            evidence=reason if sent else None,
            retry_at=retry_at,
        )


class Lanes:
    """Jobs in lanes: in turn within one, side by side between them."""

    def __init__(self, parallel: int) -> None:
        self._pool = ThreadPoolExecutor(parallel, "lane") if parallel > 1 else None
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._running: list[Future[None]] = []

    def add(self, lane: str, job: Callable[[], None]) -> None:
        """Run `job` after those before it in its lane; at once where nothing is side by side."""
        if self._pool is None:
            job()
            return
        with self._lock:
            if lane in self._waiting:
                self._waiting[lane].append(job)
                return
            self._waiting[lane] = deque([job])
            self._running.append(self._pool.submit(self._drain, lane))

    def finish(self, *, drop: bool = False) -> None:
        """Wait for all jobs, or with `drop` for those that have begun. Raises what a job raised."""
        if self._pool is None:
            return
        if drop:
            with self._lock:
                for jobs in self._waiting.values():
                    jobs.clear()
        self._pool.shutdown(wait=True)
        if not drop:
            for future in self._running:
                future.result()

    def _drain(self, lane: str) -> None:
        while True:
            with self._lock:
                if not self._waiting[lane]:
                    del self._waiting[lane]
                    return
                job = self._waiting[lane].popleft()
            job()


def read_mail(ws: Workspace, mail: StoredMail) -> bytes | None:
    """The bytes of a stored mail; None if they are gone or not the ones that were stored."""
    try:
        data = ws.path(mail.path).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == mail.sha256 else None
