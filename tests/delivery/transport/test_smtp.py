"""Mail by SMTP against servers that fail at every verb: none twice, none lost, none misreported."""

from __future__ import annotations

import base64
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dkim
import pytest
from aiosmtpd.smtp import AuthResult

from pipeline.core.errors import ConfigError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import DeliveryKey, State
from pipeline.delivery.transport.config import SmtpServer
from pipeline.delivery.transport.evidence import Archive, MtaLog
from pipeline.delivery.transport.mailboxes import Maildir
from pipeline.delivery.transport.outbox import Parcel, Reach
from pipeline.delivery.transport.smtp import Login, SmtpTransport
from tests.delivery.smtp_peer import KINDS, VERBS, Peer

S = State
HOUR = timedelta(hours=1)
MAIL = b"Message-ID: <1@skyline.example>\r\nSubject: x\r\n\r\nfirst\r\n.dotted\r\n"
KEY = DeliveryKey("skyline", "daily_summary", date(2026, 3, 31), "head@skyline.example")
PARCEL = Parcel(KEY, "<1@skyline.example>", "reports@skyline.example", "head@skyline.example")


def server_of(peer: Peer, **changes: Any) -> SmtpServer:
    """Short limits: a hang in a test is no news after a fifth of a second."""
    values = {
        "host": "127.0.0.1",
        "port": peer.port,
        "security": "none",
        "timeout_seconds": 0.2,
        "answer_seconds": 0.2,
        "per_second": 1000.0,
    }
    return SmtpServer.model_validate(values | changes)


# --- one mail


@pytest.mark.parametrize(
    ("verb", "kind", "state", "reach"),
    [
        *(("connect", kind, S.QUEUED, Reach.SERVER) for kind in ("drop", "hang")),
        *(("EHLO", kind, S.QUEUED, Reach.SERVER) for kind in ("drop", "hang")),
        *(("MAIL", kind, S.QUEUED, Reach.SERVER) for kind in ("drop", "hang")),
        *((verb, "4xx", S.QUEUED, Reach.MAIL) for verb in ("MAIL", "RCPT", "DATA", "dot")),
        *((verb, "5xx", S.DEAD, Reach.MAIL) for verb in ("MAIL", "RCPT", "DATA", "dot")),
        *((verb, "drop", S.QUEUED, Reach.LANE) for verb in ("RCPT", "DATA", "body")),
        *((verb, "hang", S.QUEUED, Reach.LANE) for verb in ("RCPT", "DATA")),
        *(
            ("dot", kind, S.UNCERTAIN, Reach.LANE)
            for kind in ("drop", "hang", "drop after", "hang after")
        ),
    ],
)
def test_the_verb_that_fails_decides_what_is_known(
    verb: str, kind: str, state: State, reach: Reach
) -> None:
    begun = []
    data = MAIL if verb != "body" else MAIL + b"x" * 20_000_000
    with Peer(lambda at, _: kind if at == verb else None).running() as peer:
        if verb == "connect":
            peer = Peer(port=_silent_port(kind))
        transport = SmtpTransport(server_of(peer))
        result = transport.deliver(PARCEL, data, lambda: begun.append(1))
        assert (result.state, result.reach) == (state, reach), result.detail
        transport.close()
    assert len(peer.accepted) == ("after" in kind)
    assert bool(begun) == (verb in ("body", "dot"))


_open: list[socket.socket] = []


def _silent_port(kind: str) -> int:
    """A port where nobody listens, or one where nobody answers."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    if kind == "hang":
        found.listen()
        _open.append(found)
    port = int(found.getsockname()[1])
    if kind == "drop":
        found.close()
    return port


def test_the_mail_arrives_byte_for_byte_and_connections_are_used_again() -> None:
    with Peer().running() as peer:
        transport = SmtpTransport(server_of(peer), bounces_to="bounces@skyline.example")
        for _ in range(3):
            result = transport.deliver(PARCEL, MAIL, lambda: None)
            assert (result.state, result.detail) == (S.SENT, "250 2.0.0 taken")
        transport.close()
    assert [one.data for one in peer.accepted] == [MAIL] * 3
    assert {one.sender for one in peer.accepted} == {"bounces@skyline.example"}
    assert [verb for verb, _ in peer.seen].count("EHLO") == 1


def test_a_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    # Patient enough not to close in mid-mail on a busy machine.
    with Peer(options={"timeout": 0.5}).running() as peer:
        transport = SmtpTransport(server_of(peer))
        assert transport.deliver(PARCEL, MAIL, lambda: None).state is S.SENT
        time.sleep(0.8)  # the server closes what is idle
        assert transport.deliver(PARCEL, MAIL, lambda: None).state is S.SENT
        transport.close()
    assert len(peer.accepted) == 2


def test_no_more_than_so_many_a_second() -> None:
    with Peer().running() as peer:
        transport = SmtpTransport(server_of(peer, per_second=20.0))
        begin = time.monotonic()
        for _ in range(9):
            transport.deliver(PARCEL, MAIL, lambda: None)
        assert time.monotonic() - begin >= 8 / 20
        transport.close()


# --- encryption and login


def _peer_with(certificate: tuple[Path, Path], security: str) -> Peer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    peer = Peer()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        peer.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"right", handled=False)

    peer.options = {"authenticator": authenticate, "auth_required": True, "hostname": "localhost"}
    if security == "tls":
        peer.options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        peer.options |= {"tls_context": context, "require_starttls": True}
    return peer


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_logged_in(certificate: tuple[Path, Path], security: str) -> None:
    with _peer_with(certificate, security).running() as peer:
        options = {"host": "localhost", "security": security, "timeout_seconds": 5.0}
        server = server_of(peer, ca_file=str(certificate[0]), **options)
        right = SmtpTransport(server, Login("milepost", "right"))
        assert right.deliver(PARCEL, MAIL, lambda: None).state is S.SENT
        right.close()

        wrong = SmtpTransport(server, Login("milepost", "wrong")).deliver(
            PARCEL, MAIL, lambda: None
        )
        assert (wrong.state, wrong.reach) == (S.QUEUED, Reach.SERVER)
        assert wrong.detail.startswith("login: 535")
        assert "wrong" not in wrong.detail

        stranger = SmtpTransport(server_of(peer, **options), Login("milepost", "right"))
        result = stranger.deliver(PARCEL, MAIL, lambda: None)
        assert (result.state, result.reach) == (S.QUEUED, Reach.SERVER)
        assert "certificate verify failed" in result.detail
        assert "certificate verify failed" in str(stranger.check())
        assert right.check() is None
        right.close()
    assert set(peer.logins) == {"milepost"}


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with Peer().running() as peer:
        result = SmtpTransport(server_of(peer, security="starttls")).deliver(
            PARCEL, MAIL, lambda: None
        )
    assert (result.state, result.reach) == (S.QUEUED, Reach.SERVER)
    assert "STARTTLS" in result.detail
    assert peer.accepted == []


# --- many mails (F2)


class Faults:
    """Seeded: about one transaction in three goes wrong somewhere, in some way."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.happened: Counter[tuple[str, str]] = Counter()

    def __call__(self, verb: str, recipient: str | None) -> str | None:
        chance = {"EHLO": 0.01, "MAIL": 0.05}.get(verb, 0.07)
        if self._random.random() > chance:
            return None
        kinds = {"dot": (*KINDS, "drop after", "hang after"), "body": ("drop", "hang")}
        kind = self._random.choice(kinds.get(verb, KINDS))
        # A small mail is in the system's buffers before a hang in its middle can be seen: the
        # client finds it at the dot.
        self.happened[verb, kind] += 1
        return kind


def many(world: Any, tools: SimpleNamespace, number: int) -> None:
    addresses = [f"user{n}@d{n % 40}.example" for n in range(number)]
    config = tools.report("0 8 1 * *", *addresses)
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))


def settle(world: Any, transport: SmtpTransport) -> list[Any]:
    """Run every hour until nothing is left to try; the rows as they are then."""
    now = world.now
    for _ in range(400):
        world.send(now=now, transport=transport)
        with Deliveries(world.ws.deliveries_file) as record:
            rows = [row for row in record.in_states(*S) if not row.key.is_notice]
        if not any(row.state in (S.QUEUED, S.CLAIMED, S.DATA_STARTED) for row in rows):
            return rows
        now += HOUR / 2
    raise AssertionError(Counter((row.state, row.reason) for row in rows))


@pytest.mark.parametrize("reconcile", [False, True], ids=["hold", "reconcile"])
@pytest.mark.slow
def test_none_twice_and_none_lost_whatever_the_server_does(
    world: Any, tools: SimpleNamespace, tmp_path: Path, full: bool, reconcile: bool
) -> None:
    number = 400 if full else 120
    many(world, tools, number)
    faults = Faults(seed=7 + reconcile)
    archive = tmp_path / "archive"
    with Peer(faults, archive=archive).running() as peer:
        witness = Archive(Maildir(archive), timedelta(minutes=15)) if reconcile else None
        # The clock of the mails jumps by hours; a server late by real seconds would be too late.
        limits = {"timeout_seconds": 0.5, "answer_seconds": 0.5}
        transport = SmtpTransport(server_of(peer, connections=8, **limits), witness=witness)
        rows = settle(world, transport)
        if reconcile:  # the last uncertain ones: the archive has had its time
            world.now += timedelta(days=3)
            rows = settle(world, transport)
    accepted = Counter(one.message_id for one in peer.accepted if "@d" in one.recipient)
    by_state = {state: {row.message_id for row in rows if row.state is state} for state in S}
    assert max(accepted.values()) == 1  # 0 twice
    assert by_state[S.SENT] <= set(accepted)  # none called sent that was not
    assert not by_state[S.DEAD] & set(accepted)
    assert set(accepted) <= by_state[S.SENT] | by_state[S.UNCERTAIN]  # 0 lost
    ended = sum(len(by_state[state]) for state in (S.SENT, S.UNCERTAIN, S.DEAD))
    assert ended == len(rows) == number
    assert by_state[S.DEAD]
    assert bool(by_state[S.UNCERTAIN]) != reconcile
    assert {verb for verb, _ in faults.happened} >= set(VERBS) - {"connect", "EHLO"}


# --- a dead domain


def test_a_dead_domain_delays_nobody_else(world: Any, tools: SimpleNamespace) -> None:
    """40 mails to a domain whose server never answers, between 40 to others."""
    config = tools.report(
        "0 8 1 * *",
        *(f"user{n}@{'dead' if n % 2 else f'd{n}'}.example" for n in range(80)),
    )
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))

    def fault(verb: str, recipient: str | None) -> str | None:
        return "hang" if verb == "RCPT" and str(recipient).endswith("@dead.example") else None

    with Peer(fault).running() as peer:
        # Long enough for the living on a busy machine.
        server = server_of(peer, timeout_seconds=2.0, answer_seconds=2.0)
        outcomes = world.send(transport=SmtpTransport(server))
        tries = [to for verb, to in peer.seen if verb == "RCPT" and "@dead.example" in to]
        states = Counter((o.recipient.partition("@")[2], o.state) for o in outcomes)
        assert len(tries) == 1  # one wait for one limit, whatever the number of mails
        assert states["dead.example", S.QUEUED] == 40
        assert sum(n for (_, state), n in states.items() if state is S.SENT) == 40
        assert world.send(transport=SmtpTransport(server)) == []  # not again at once
        for hours in (1, 23, 26):  # after a day it is given up
            outcomes = world.send(now=world.now + hours * HOUR, transport=SmtpTransport(server))
        assert [o.state for o in outcomes] == [S.DEAD] * 40
        assert outcomes[0].reason == (
            "refused for 24 hours: before the mail: it did not answer in time"
        )


def test_greylisting_is_asked_again_after_minutes_and_then_hours(
    world: Any, tools: SimpleNamespace
) -> None:
    patience = iter(["4xx", "4xx", None])
    with Peer(lambda verb, _: next(patience) if verb == "RCPT" else None).running() as peer:
        transport = SmtpTransport(server_of(peer))
        minutes = []
        for minute in range(0, 60):
            for outcome in world.send(
                now=world.now + timedelta(minutes=minute), transport=transport
            ):
                minutes.append((minute, outcome.state))
    assert minutes == [(0, S.QUEUED), (5, S.QUEUED), (20, S.SENT)]


def test_a_server_that_is_down_gives_up_on_no_mail(world: Any, tools: SimpleNamespace) -> None:
    many(world, tools, 10)
    down = SmtpTransport(server_of(Peer(port=_silent_port("drop")), connections=2))
    for hours in range(0, 40, 4):
        outcomes = world.send(now=world.now + hours * HOUR, transport=down)
        assert [o.state for o in outcomes] == [S.QUEUED] * 10
    with Deliveries(world.ws.deliveries_file) as record:
        waiting = [row for row in record.in_states(S.QUEUED) if not row.key.is_notice]
    attempts = [row.attempts for row in waiting]
    assert sum(attempts) <= 20  # one attempt a connection and run, not one a mail
    with Peer().running() as peer:
        world.send(now=world.now + 40 * HOUR, transport=SmtpTransport(server_of(peer)))
    assert len(peer.accepted) == len(set(peer.ids)) == 10


# --- what is uncertain


def test_a_tenant_that_wants_it_gets_an_uncertain_mail_again_with_the_same_id(
    world: Any, tools: SimpleNamespace
) -> None:
    world.registry = tools.registry(tools.tenant(mailing={"uncertain": "resend"}))
    answers = iter(["drop after", None])

    def fault(verb: str, to: str | None) -> str | None:
        return next(answers) if verb == "dot" and "head" in str(to) else None

    with Peer(fault).running() as peer:
        transport = SmtpTransport(server_of(peer))
        assert [o.state for o in world.send(transport=transport)] == [S.UNCERTAIN]
        assert world.send(transport=transport) == []
        later = world.now + timedelta(minutes=16)
        assert [o.state for o in world.send(now=later, transport=transport)] == [S.SENT]
    first, again = (one.data for one in peer.accepted if "head" in one.recipient)
    assert first == again


LOG = """\
2026-04-01T02:00:00.1+00:00 mx postfix/smtpd[7]: connect from localhost[127.0.0.1]
2026-04-01T02:31:00.1+00:00 mx postfix/cleanup[9]: 4A1B: message-id=<taken@skyline.example>
2026-04-01T02:31:00.2+00:00 mx postfix/qmgr[5]: 4A1B: from=<r@skyline.example>, size=9, nrcpt=1
2026-04-01T02:31:01.1+00:00 mx postfix/cleanup[9]: 4A1C: message-id=<broken@skyline.example>
2026-04-01T02:31:01.2+00:00 mx postfix/smtpd[7]: lost connection after DATA
"""
BEGAN = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message_id", "minutes", "began", "state"),
    [
        ("<taken@skyline.example>", 1, BEGAN, S.SENT),
        ("<broken@skyline.example>", 1, BEGAN, S.UNCERTAIN),
        ("<broken@skyline.example>", 20, BEGAN, S.QUEUED),
        ("<never@skyline.example>", 20, BEGAN, S.QUEUED),
        ("<never@skyline.example>", 20, BEGAN - HOUR, S.UNCERTAIN),
    ],
)
def test_the_mail_servers_log_is_evidence(
    tmp_path: Path, message_id: str, minutes: int, began: datetime, state: State
) -> None:
    path = tmp_path / "mail.log"
    witness = MtaLog(path, timedelta(minutes=15))
    now = BEGAN + timedelta(minutes=minutes)
    assert witness.look_up(message_id, began, now).state is S.UNCERTAIN  # there is no log yet
    path.write_text(LOG)
    assert witness.look_up(message_id, began, now).state is state
    path.rename(tmp_path / "mail.log.1")
    path.write_text("")
    assert witness.look_up(message_id, began, now).state is state


# --- Postfix's own test server


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Any]:
    """`smtp-sink` with options; calls it on a free port and gives the port."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists():
        pytest.skip("needs Postfix's smtp-sink: apt-get install postfix")
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [program, *options, f"127.0.0.1:{port}", "100"]
        running.append(subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL))
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.02)
        raise AssertionError("smtp-sink did not start")

    yield start
    for process in running:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ((), S.SENT),
        (("-r", "RCPT"), S.QUEUED),  # 4xx
        (("-f", "RCPT"), S.DEAD),  # 5xx
        (("-r", "."), S.QUEUED),
        (("-f", "."), S.DEAD),
        (("-q", "DATA"), S.QUEUED),  # closes the connection
        (("-q", "."), S.UNCERTAIN),
    ],
    ids=str,
)
def test_postfixs_sink_is_understood(
    world: Any, tools: SimpleNamespace, sink: Any, options: tuple[str, ...], state: State
) -> None:
    many(world, tools, 12)
    port = sink("-u", "nobody", *options) if _is_root() else sink(*options)
    transport = SmtpTransport(server_of(Peer(port=port), timeout_seconds=5.0))
    outcomes = world.send(transport=transport)
    assert Counter(o.state for o in outcomes)[state] >= 6
    assert not [o for o in outcomes if o.state not in (state, S.QUEUED)]


def _is_root() -> bool:
    import os

    return os.geteuid() == 0


# --- mail.yaml


MAIL_YAML = """
transport: smtp
smtp: {{host: 127.0.0.1, port: {port}, security: none, per_second: 100}}
dkim: {{Skyline.example: {{selector: s1, key_file: dkim.pem}}}}
"""


@pytest.mark.servers
def test_the_file_says_how_mail_leaves_and_signs_it(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.ws.root / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    with Peer().running() as peer:
        world.ws.mail_file.write_text(MAIL_YAML.format(port=peer.port))
        [outcome] = world.send()
        assert (outcome.state, outcome.evidence) == (S.SENT, "250 2.0.0 taken")
    [mail] = peer.accepted
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    names = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        names.append(name)
        return record

    assert dkim.verify(mail.data, dnsfunc=dns)
    assert names == [b"s1._domainkey.skyline.example."]
    assert not dkim.verify(mail.data.replace(b"42 new", b"43 new"), dnsfunc=dns)
    assert b"t=1775010600" in mail.data  # its own date, so that it is the same each time


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("transport: smtp\n", "mail.yaml: transport is smtp, so an smtp section with a host"),
        ("smtp: {host: x, port: 99999}\n", "mail.yaml: smtp.port: "),
        (
            "smtp: {host: x, username: u}\n",
            "mail.yaml: smtp: username and password_env go together",
        ),
        ("dkim: {x.example: {selector: s, key_file: no.pem}}\n", "mail.yaml: dkim.x.example: "),
        ("evidence: {}\n", "mail.yaml: evidence: expected either archive or mta_log"),
        ("password: hunter2\n", "mail.yaml: password: unknown key"),
    ],
)
def test_a_mistake_in_it_is_named(world: Any, text: str, problem: str) -> None:
    world.ws.mail_file.write_text(text)
    with pytest.raises(ConfigError, match="^" + problem):
        world.send()


def test_a_missing_password_is_named(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MILEPOST_SMTP_PASSWORD", raising=False)
    smtp = "{host: x, username: u, password_env: MILEPOST_SMTP_PASSWORD}"
    world.ws.mail_file.write_text(f"transport: smtp\nsmtp: {smtp}\n")
    with pytest.raises(ConfigError, match="MILEPOST_SMTP_PASSWORD is not set"):
        world.send()
