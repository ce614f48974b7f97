"""Folders of mail that Milepost reads: a Maildir on this machine, or an IMAP server's.

Nothing is ever changed, moved or marked there; what was seen is known from the delivery record.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Protocol

from pipeline.config.settings import secret
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.delivery.transport.config import ImapServer, Mailbox

# Bounces and unsubscribe requests are small; a newsletter of 30 MB is not for us.
_LARGEST = 2_000_000
_HEAD = 65_536


class MailFolder(Protocol):
    """A folder of mail."""

    @property
    def name(self) -> str: ...

    def has(self, message_id: str) -> bool:
        """Whether a mail with this Message-ID is in it; MilepostError if it cannot be read."""

    def messages(self) -> Iterator[EmailMessage]:
        """Every mail in it; MilepostError if it cannot be read."""


def mail_folder(ws: Workspace, config: Mailbox) -> MailFolder:
    """The folder of `mail.yaml`; a Maildir's path is relative to the workspace or absolute."""
    if config.imap:
        return ImapFolder(config.imap)
    return Maildir(ws.root / str(config.maildir))


@dataclass(frozen=True)
class Maildir:
    """A Maildir: one file a mail, in `new/` or `cur/`."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def has(self, message_id: str) -> bool:
        needle = message_id.encode("ascii")
        return any(needle in _head(path) for path in self._files())

    def messages(self) -> Iterator[EmailMessage]:
        for path in self._files():
            if path.stat().st_size <= _LARGEST:
                yield _parse(path.read_bytes())

    def _files(self) -> list[Path]:
        try:
            found = [p for sub in ("new", "cur") for p in (self.path / sub).iterdir()]
        except OSError as error:
            raise MilepostError(f"{self.path} is no Maildir that can be read: {error}") from None
        return sorted(path for path in found if not path.name.startswith("."))


@dataclass(frozen=True)
class ImapFolder:
    """A folder of an IMAP server, opened read-only."""

    server: ImapServer

    @property
    def name(self) -> str:
        return f"{self.server.folder} at {self.server.host}"

    def has(self, message_id: str) -> bool:
        with self._open() as session:
            _, [found] = session.search(None, "HEADER", "Message-ID", f'"{message_id}"')
            return bool(found)

    def messages(self) -> Iterator[EmailMessage]:
        with self._open() as session:
            _, [numbers] = session.search(None, "SMALLER", str(_LARGEST))
            for number in (numbers or b"").split():
                _, parts = session.fetch(number.decode(), "(BODY.PEEK[])")
                for part in parts:
                    if isinstance(part, tuple):
                        yield _parse(part[1])

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        try:
            session = self._connect()
        except (OSError, imaplib.IMAP4.error) as error:
            raise MilepostError(f"{self.name}: {error}") from None
        try:
            yield session
        except (OSError, imaplib.IMAP4.error) as error:
            raise MilepostError(f"{self.name}: {error}") from None
        finally:
            session.shutdown()

    def _connect(self) -> imaplib.IMAP4:
        server = self.server
        context = ssl.create_default_context(cafile=server.ca_file)
        where, limit = (server.host, server.port), server.timeout_seconds
        session: imaplib.IMAP4
        if server.security == "tls":
            session = imaplib.IMAP4_SSL(*where, ssl_context=context, timeout=limit)
        else:
            session = imaplib.IMAP4(*where, timeout=limit)
            if server.security == "starttls":
                session.starttls(context)
        session.login(server.username, secret(server.password_env))
        status, said = session.select(f'"{server.folder}"', readonly=True)
        if status != "OK":
            session.shutdown()
            raise imaplib.IMAP4.error(f"no folder {server.folder}: {said!r}")
        return session


def _head(path: Path) -> bytes:
    """The header lines of a mail."""
    with path.open("rb") as file:
        return file.read(_HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]


def _parse(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=default)
