"""The sender killed at any SMTP verb and any commit: no mail twice, none lost, the rest listed."""

from __future__ import annotations

import itertools
import os
import random
import signal
import smtplib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.transport.evidence import Archive
from pipeline.delivery.transport.mailboxes import Maildir
from pipeline.delivery.transport.smtp import SmtpTransport
from tests.delivery.smtp_peer import Peer
from tests.delivery.test_kill import in_child
from tests.delivery.transport.test_smtp import many, server_of

pytestmark = pytest.mark.slow

S = State
HOUR = timedelta(hours=1)


class Verbs:
    """Kills this process before or after the nth thing that it says to the server."""

    def __init__(self, at: int, after: bool) -> None:
        self.at, self.after, self.said = at, after, itertools.count(1)

    def install(self) -> None:
        verbs, send = self, smtplib.SMTP.send

        def counted(session: smtplib.SMTP, data: Any) -> None:
            verbs.step(lambda: send(session, data))

        smtplib.SMTP.send = counted  # type: ignore[method-assign, assignment]

    def step(self, act: Callable[[], None]) -> None:
        here = next(self.said) == self.at  # three threads speak; each number is said once
        if here and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        act()
        if here:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("reconcile", [False, True], ids=["hold", "reconcile"])
def test_killed_at_random_verbs_again_and_again(
    world: Any, tools: SimpleNamespace, tmp_path: Path, full: bool, reconcile: bool
) -> None:
    number, kills = (400, 40) if full else (60, 12)
    many(world, tools, number)
    chance = random.Random(11 + reconcile)
    archive = tmp_path / "archive"
    (archive / "new").mkdir(parents=True)
    (archive / "cur").mkdir()
    witness = Archive(Maildir(archive), timedelta(minutes=15)) if reconcile else None
    now, died = world.now, 0
    with Peer(archive=archive, options={"timeout": 60}).running() as peer:
        server = server_of(peer, timeout_seconds=20.0, answer_seconds=20.0, connections=3)

        def run() -> None:
            Verbs(chance.randrange(3, 60), chance.random() < 0.5).install()
            world.send(now=now, transport=SmtpTransport(server, witness=witness))

        for _ in range(kills):
            died += in_child(run) == -signal.SIGKILL
            chance.random()  # the child's draws are its own; each child gets others
            chance.random()
            now += HOUR
        for _ in range(3):  # nobody disturbs these; the archive has had its time
            now += HOUR
            world.send(now=now, transport=SmtpTransport(server, witness=witness))
    assert died >= kills / 2
    accepted = Counter(one.message_id for one in peer.accepted if "@d" in one.recipient)
    with Deliveries(world.ws.deliveries_file) as record:
        rows = [row for row in record.in_states(*S) if not row.key.is_notice]
    by_state = {state: {r.message_id for r in rows if r.state is state} for state in S}
    assert max(accepted.values()) == 1
    assert len(rows) == number == len(by_state[S.SENT]) + len(by_state[S.UNCERTAIN])
    assert by_state[S.SENT] <= set(accepted) <= by_state[S.SENT] | by_state[S.UNCERTAIN]
    if reconcile:
        assert by_state[S.UNCERTAIN] == set()
        assert len(accepted) == number
