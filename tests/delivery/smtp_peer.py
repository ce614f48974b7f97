"""A mail server that misbehaves as it is told to: aiosmtpd with a fault at any verb."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, syntax

VERBS = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "body", "dot")
KINDS = ("drop", "hang", "4xx", "5xx")


@dataclass
class Accepted:
    """One mail that the server took."""

    message_id: str
    recipient: str
    sender: str
    data: bytes


@dataclass
class Peer:
    """`fault(verb, recipient)` says what to do: a kind of KINDS, or None to behave.

    At the dot, "drop" and "hang" come before the mail is taken, "drop after" and "hang after" when
    it has been. `archive`: a Maildir that gets a copy of what is taken.
    """

    fault: Callable[[str, str | None], str | None] = lambda verb, recipient: None
    archive: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[Peer]:
        peer = self

        class Server(Controller):
            def factory(self) -> SMTP:
                return _Session(peer, **self.SMTP_kwargs)

            def _trigger_server(self) -> None:
                assert isinstance(self.server, asyncio.Server)
                peer.port = self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()  # type: ignore[no-untyped-call]

        options: dict[str, Any] = {
            "hostname": "127.0.0.1",
            "port": 0,
            "ready_timeout": 30,
        } | self.options
        server = Server(_Handler(peer), **options)
        server.start()
        try:
            yield self
        finally:
            server.stop(no_assert=True)

    def take(self, envelope: Any) -> None:
        message = message_from_bytes(envelope.content)
        taken = Accepted(
            str(message["Message-ID"]), envelope.rcpt_tos[0], envelope.mail_from, envelope.content
        )
        if self.archive:
            for name in ("new", "cur", "tmp"):
                (self.archive / name).mkdir(parents=True, exist_ok=True)
            name = f"{len(self.accepted)}.{threading.get_ident()}"
            (self.archive / "new" / name).write_bytes(envelope.content)
        self.accepted.append(taken)

    @property
    def ids(self) -> list[str]:
        return [one.message_id for one in self.accepted]


class _Handler:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def handle_DATA(self, server: _Session, session: Any, envelope: Any) -> str:
        kind = self._peer.fault("dot", envelope.rcpt_tos[0])
        if kind == "4xx":
            return "451 4.3.0 try again later"
        if kind == "5xx":
            return "554 5.7.1 not wanted"
        if kind in ("drop", "hang"):
            await server.misbehave(kind)
        self._peer.take(envelope)
        if kind in ("drop after", "hang after"):
            await server.misbehave(kind.removesuffix(" after"))
        return "250 2.0.0 taken"


class _Session(SMTP):
    def __init__(self, peer: Peer, **options: Any) -> None:
        super().__init__(_Handler(peer), **options)
        self._peer = peer

    async def misbehave(self, kind: str) -> None:
        """Close the connection, or say nothing any more; never comes back."""
        assert isinstance(self.transport, asyncio.Transport)
        if kind == "drop":
            self.transport.abort()
        await asyncio.sleep(3600)

    async def _goes_wrong(self, verb: str) -> bool:
        assert self.envelope is not None
        recipient = self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else None
        self._peer.seen.append((verb, recipient or ""))
        kind = self._peer.fault(verb, recipient)
        if kind == "4xx":
            await self.push("451 4.3.0 try again later")
        elif kind == "5xx":
            await self.push("550 5.1.1 no such mailbox")
        elif kind:
            await self.misbehave(kind)
        return kind is not None

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._goes_wrong("EHLO"):
            await super().smtp_EHLO(hostname)

    @syntax("MAIL FROM: <address>")
    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._goes_wrong("MAIL"):
            await super().smtp_MAIL(arg)

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str | None) -> None:
        self._peer.seen.append(("RCPT", str(arg)))
        address = str(arg).partition("<")[2].partition(">")[0]
        kind = self._peer.fault("RCPT", address)
        if kind == "4xx":
            await self.push("450 4.2.0 greylisted")
        elif kind == "5xx":
            await self.push("550 5.1.1 no such mailbox")
        elif kind:
            await self.misbehave(kind)
        else:
            await super().smtp_RCPT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        if await self._goes_wrong("DATA"):
            return
        assert self.envelope is not None
        recipient = self.envelope.rcpt_tos[0] if self.envelope.rcpt_tos else None
        kind = self._peer.fault("body", recipient)
        if kind in ("drop", "hang"):
            await self.push("354 go on")
            await self._reader.read(100)
            await self.misbehave(kind)
        await super().smtp_DATA(arg)
