"""Bounces and requests to be taken off: counted once, honoured, told, not believed blindly."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from pipeline.delivery.deliveries import Deliveries
from pipeline.delivery.evidence import Archive
from pipeline.delivery.mailboxes import ImapFolder
from pipeline.delivery.mailconfig import ImapServer
from pipeline.delivery.smtp import SmtpTransport
from pipeline.delivery.states import State
from tests.delivery.smtp_peer import Peer
from tests.delivery.test_smtp import server_of

S = State
DAY = timedelta(days=1)

DSN = """\
From: MAILER-DAEMON@mx.example.com
To: bounces@skyline.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; head@skyline.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <head@skyline.example>: no such
 mailbox
--b
Content-Type: {quoted}

Message-ID: {message_id}
Subject: {number}

--b--
"""


@pytest.fixture
def box(world: Any) -> Path:
    """A world that reads a Maildir; the folder to put mail into."""
    world.ws.mail_file.write_text("operators: [ops@example.com]\nincoming: {maildir: back}\n")
    new = world.ws.root / "back" / "new"
    (new.parent / "cur").mkdir(parents=True)
    new.mkdir()
    return Path(new)


def bounce(box: Path, number: int, message_id: str, **changes: str) -> None:
    values = {"action": "failed", "status": "5.1.1", "quoted": "text/rfc822-headers"} | changes
    (box / str(number)).write_text(DSN.format(number=number, message_id=message_id, **values))


def day(world: Any, number: int) -> list[Any]:
    world.publish(date(2026, 3, 31) + number * DAY)
    return world.send(now=world.now + number * DAY)


def test_three_hard_bounces_suppress_an_address_and_are_told(world: Any, box: Path) -> None:
    quoted = ["text/rfc822-headers", "message/rfc822", "text/rfc822-headers"]
    for number, kind in enumerate(quoted):
        [outcome] = day(world, number)
        assert outcome.state is S.SENT
        bounce(box, number, outcome.message_id, quoted=kind)
    [outcome] = day(world, 3)
    assert (outcome.state, outcome.reason) == (
        *(S.SKIPPED,),
        "suppressed: 3 hard bounces: smtp; 550 5.1.1 <head@skyline.example>: no such mailbox",
    )
    [(to, subject, body)] = world.notices()
    assert (to, subject) == (
        *("ops@example.com",),
        "SUPPRESSED · head@skyline.example gets no more mail: 3 hard bounces",
    )
    assert "milepost deliveries allow head@skyline.example" in body
    with Deliveries(world.ws.deliveries_file) as record:
        assert record.allow("Head@skyline.example") == 1
    [outcome] = day(world, 4)
    assert outcome.state is S.SENT


@pytest.mark.parametrize(
    "changes",
    [{"status": "4.2.2"}, {"action": "delayed"}, {"message_id": "<forged@skyline.example>"}],
    ids=str,
)
def test_soft_bounces_delays_and_forgeries_count_for_nothing(
    world: Any, box: Path, changes: dict[str, str]
) -> None:
    for number in range(5):
        [outcome] = day(world, number)
        assert outcome.state is S.SENT
        bounce(box, number, **({"message_id": outcome.message_id} | changes))


def test_a_bounce_that_is_still_there_is_not_counted_again(world: Any, box: Path) -> None:
    [outcome] = day(world, 0)
    bounce(box, 0, outcome.message_id)
    for number in range(1, 6):
        [outcome] = day(world, number)
        assert outcome.state is S.SENT


def test_an_address_that_the_server_refuses_counts_too(world: Any) -> None:
    def fault(verb: str, to: str | None) -> str | None:
        return "5xx" if verb == "RCPT" and "head" in str(to) else None

    with Peer(fault).running() as p:
        states = []
        for number in range(4):
            world.publish(date(2026, 3, 31) + number * DAY)
            [outcome] = world.send(
                now=world.now + number * DAY, transport=SmtpTransport(server_of(p))
            )
            states.append(outcome.state)
    assert states == [S.DEAD, S.DEAD, S.DEAD, S.SKIPPED]


REQUEST = "From: {sender}\nSubject: Re: Unsubscribe daily_summary skyline {who}\n\nplease\n"


def test_who_asks_to_be_taken_off_gets_no_more_of_that_report(
    world: Any, tools: SimpleNamespace, box: Path
) -> None:
    reports = {
        "daily_summary": tools.report("0 8 * * *", "head@skyline.example", "ceo@skyline.example"),
        "sales_dashboard": tools.report("0 8 * * *", "head@skyline.example"),
    }
    world.registry = tools.registry(tools.tenant(reports=reports))
    first = day(world, 0)
    mail = world.outbox()[str(first[0].evidence).removeprefix("outbox/")]
    assert "unsubscribe%20daily_summary%20skyline%20ceo%40skyline.example" in str(
        mail["List-Unsubscribe"]
    )
    text = REQUEST.format(sender="Head <Head@Skyline.example>", who="head@skyline.example")
    (box / "1").write_text(text)
    (box / "2").write_text(REQUEST.format(sender="x@evil.example", who="ceo@skyline.example"))
    (box / "3").write_text("From: a@b.example\nSubject: Lunch?\n\nhello\n")
    outcomes = {(o.report, o.recipient.partition("@")[0]): o for o in day(world, 1)}
    assert outcomes["daily_summary", "head"].state is S.SKIPPED
    assert outcomes["daily_summary", "ceo"].state is S.SENT
    assert outcomes["sales_dashboard", "head"].state is S.SENT
    subjects = sorted(subject for _, subject, _ in world.notices())
    assert subjects == [
        "UNSUBSCRIBE · x@evil.example asks to take ceo@skyline.example off daily_summary",
        "UNSUBSCRIBED · head@skyline.example from daily_summary of skyline",
    ]
    day(world, 2)
    assert len(world.notices()) == 2


def test_a_mailbox_that_cannot_be_read_stops_no_mail_and_is_told(world: Any) -> None:
    world.ws.mail_file.write_text("operators: [ops@example.com]\nincoming: {maildir: nowhere}\n")
    [outcome] = world.send()
    assert outcome.state is S.SENT
    [(_, subject, _)] = world.notices()
    assert subject.startswith("INCOMING · bounces cannot be read")


# --- IMAP: a server of a few verbs, enough to see that we say the right things


class Imap(socketserver.StreamRequestHandler):
    mails: tuple[bytes, ...] = ()
    said: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, _, rest = line.partition(" ")
            self.said.append(rest)
            verb = rest.split()[0].upper()
            if verb == "CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb == "SEARCH" and "HEADER" in rest:
                wanted = rest.split('"')[1].encode()
                found = [n for n, mail in enumerate(self.mails, 1) if wanted in mail]
                self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
            elif verb == "SEARCH":
                everything = " ".join(str(n + 1) for n in range(len(self.mails)))
                self.wfile.write(f"* SEARCH {everything}\r\n".encode())
            elif verb == "FETCH":
                number = int(rest.split()[1])
                mail = self.mails[number - 1]
                self.wfile.write(f"* {number} FETCH (BODY[] {{{len(mail)}}}\r\n".encode())
                self.wfile.write(mail + b")\r\n")
            answer = "NO wrong password" if verb == "LOGIN" and "right" not in rest else "OK done"
            self.wfile.write(f"{tag} {answer}\r\n".encode())


@pytest.fixture
def imap(monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapServer]:
    monkeypatch.setenv("MILEPOST_IMAP_PASSWORD", "right")
    monkeypatch.setattr(Imap, "said", [])
    monkeypatch.setattr(
        Imap,
        "mails",
        (b"Message-ID: <1@x>\r\nSubject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\n"),
    )
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ImapServer(
            host="127.0.0.1",
            port=server.server_address[1],
            security="none",
            username="milepost",
            password_env="MILEPOST_IMAP_PASSWORD",
        )
        server.shutdown()


def test_an_imap_folder_is_read_and_never_changed(imap: ImapServer) -> None:
    folder = ImapFolder(imap)
    assert [str(message["Subject"]) for message in folder.messages()] == ["one", "two"]
    assert (folder.has("<1@x>"), folder.has("<2@x>")) == (True, False)
    assert not [said for said in Imap.said if said.split()[0] in ("STORE", "SELECT", "EXPUNGE")]


def test_an_imap_server_that_refuses_leaves_a_mail_uncertain(
    imap: ImapServer, monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    witness = Archive(ImapFolder(imap), timedelta(minutes=15))
    assert witness.look_up("<1@x>", now, now).state is S.SENT
    assert witness.look_up("<2@x>", now - DAY, now).state is S.QUEUED
    monkeypatch.setenv("MILEPOST_IMAP_PASSWORD", "wrong")
    result = witness.look_up("<1@x>", now - DAY, now)
    assert result.state is S.UNCERTAIN
    assert "wrong password" in result.detail
