"""Mail by SMTP, verb by verb, one transaction a recipient.

Which verb failed decides what is known: until the final dot leaves, the server cannot have accepted
the mail, and trying again is safe; its answer to the dot is the truth; without that answer only
evidence can tell (`evidence.py`). What to do with the result is left to `dispatch.py`.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

from pipeline.delivery.record.states import State
from pipeline.delivery.transport.config import SmtpServer
from pipeline.delivery.transport.evidence import Witness
from pipeline.delivery.transport.outbox import Parcel, Reach, Result

CLOSING = 421
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class Login:
    """What a server asks for: a user's name and password."""

    username: str
    password: str


class _Refused(Exception):
    """The server's answer to a verb, and whom it concerns."""

    def __init__(self, verb: str, code: int, text: bytes | str, reach: Reach) -> None:
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        super().__init__(f"{verb}: {code or ''} {said}".replace("\n", " ").replace("  ", " "))
        self.code, self.reach = code, reach


class SmtpTransport:
    """A server, with a few open connections to it that are used again."""

    def __init__(
        self,
        server: SmtpServer,
        login: Login | None = None,
        *,
        witness: Witness | None = None,
        bounces_to: str | None = None,
    ) -> None:
        self._server, self._login = server, login
        self._witness, self._bounces_to = witness, bounces_to
        self._idle: SimpleQueue[smtplib.SMTP] = SimpleQueue()
        self._pace = _Pace(server.per_second)

    @property
    def parallel(self) -> int:
        return self._server.connections

    def deliver(self, parcel: Parcel, data: bytes, data_starts: Callable[[], None]) -> Result:
        """Hand one mail to the server; see `Transport.deliver`."""
        try:
            session = self._open_transaction(parcel)
        except _Refused as refusal:
            return _refused(refusal)
        except (OSError, smtplib.SMTPException) as error:
            return Result(State.QUEUED, f"no answer from the server: {_said(error)}", Reach.SERVER)
        data_starts()
        return self._hand_over(session, data)

    def look_up(self, parcel: Parcel, since: datetime, now: datetime) -> Result:
        """The truth about a mail that was cut off, from the archive or the log where there is one;
        see `Transport.look_up`."""
        if self._witness is None:
            return Result(State.UNCERTAIN, "no evidence is configured (mail.yaml: evidence)")
        return self._witness.look_up(parcel.message_id, since, now)

    def close(self) -> None:
        """Say goodbye on every open connection."""
        with suppress(Empty):
            while True:
                _quit(self._idle.get_nowait())

    def check(self) -> str | None:
        """Connect, log in and leave; what is wrong, or None."""
        try:
            _quit(self._connect())
        except (_Refused, OSError, smtplib.SMTPException) as error:
            return str(error) if isinstance(error, _Refused) else _said(error)
        return None

    def _open_transaction(self, parcel: Parcel) -> smtplib.SMTP:
        """A session in which DATA has been answered with 354: the next byte is the mail's."""
        self._pace.wait()
        session = self._session()
        reach = Reach.SERVER
        try:
            _expect("MAIL", session.mail(self._bounces_to or parcel.sender), Reach.MAIL)
            reach = Reach.LANE  # from here the server may be waiting for the recipient's
            _expect("RCPT", session.rcpt(parcel.recipient), Reach.MAIL)
            code, said = session.docmd("DATA")
            if code != 354:
                raise _Refused("DATA", code, said, Reach.MAIL)
        except _Refused as refusal:
            self._keep(session, unless=refusal.code == CLOSING)
            raise
        except (OSError, smtplib.SMTPException) as error:
            session.close()
            raise _Refused("before the mail", 0, _said(error), reach) from error
        return session

    def _hand_over(self, session: smtplib.SMTP, data: bytes) -> Result:
        body = _LEADING_DOT.sub(b"..", data)
        try:
            session.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except (OSError, smtplib.SMTPException) as error:
            session.close()  # without the final dot the server has to forget what it got
            return Result(
                State.QUEUED, f"cut off before the end of the mail: {_said(error)}", Reach.LANE
            )
        try:
            if session.sock is not None:
                session.sock.settimeout(self._server.answer_seconds)
            session.send(b".\r\n")
            code, said = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            session.close()
            return Result(
                State.UNCERTAIN, f"the answer to the mail was lost: {_said(error)}", Reach.LANE
            )
        answer = f"{code} {' '.join(said.decode('utf-8', 'replace').split())}"
        self._keep(session, unless=code in (CLOSING, -1))
        verdicts = {2: State.SENT, 4: State.QUEUED, 5: State.DEAD}
        state = verdicts.get(code // 100, State.UNCERTAIN)
        return Result(state, answer if state is State.SENT else f"after the mail: {answer}")

    def _session(self) -> smtplib.SMTP:
        """An open connection that still answers, or a new one."""
        with suppress(Empty):
            while True:
                session = self._idle.get_nowait()
                try:
                    if session.rset()[0] == 250:
                        return session
                except (OSError, smtplib.SMTPException):
                    pass  # it was closed meanwhile; nothing of a mail was under way
                session.close()
        return self._connect()

    def _connect(self) -> smtplib.SMTP:
        """A new connection, greeted, encrypted and logged in."""
        server = self._server
        where, limit = (server.host, server.port), server.timeout_seconds
        context = ssl.create_default_context(cafile=server.ca_file)
        session: smtplib.SMTP
        try:
            if server.security == "tls":
                session = smtplib.SMTP_SSL(*where, timeout=limit, context=context)
            else:
                session = smtplib.SMTP(*where, timeout=limit)
        except smtplib.SMTPConnectError as error:
            raise _Refused("greeting", error.smtp_code, error.smtp_error, Reach.SERVER) from None
        try:
            if server.security == "starttls":
                session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
            if self._login:
                session.login(self._login.username, self._login.password)
        except smtplib.SMTPResponseException as error:
            session.close()
            verb = "login" if isinstance(error, smtplib.SMTPAuthenticationError) else "greeting"
            raise _Refused(verb, error.smtp_code, error.smtp_error, Reach.SERVER) from None
        except (OSError, smtplib.SMTPException):
            session.close()
            raise
        return session

    def _keep(self, session: smtplib.SMTP, *, unless: bool) -> None:
        if unless:
            session.close()
            return
        if session.sock is not None:
            session.sock.settimeout(self._server.timeout_seconds)
        self._idle.put(session)


class _Pace:
    """Lets `per_second` callers through, whatever the number of threads."""

    def __init__(self, per_second: float) -> None:
        self._gap, self._next, self._lock = 1 / per_second, 0.0, threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next)
            self._next = at + self._gap
        if at > now:
            time.sleep(at - now)


def _expect(verb: str, answer: tuple[int, bytes], reach: Reach) -> None:
    code, said = answer
    if not 200 <= code < 300:
        raise _Refused(verb, code, said, reach)


def _refused(refusal: _Refused) -> Result:
    """Nothing of the mail has left. A refusal of ourselves is no verdict on a mail."""
    dead = refusal.code // 100 == 5 and refusal.reach is Reach.MAIL
    return Result(State.DEAD if dead else State.QUEUED, str(refusal), refusal.reach)


def _said(error: Exception) -> str:
    """What went wrong, for people."""
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it did not answer in time"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _quit(session: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        session.quit()
