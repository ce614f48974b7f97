"""Bounces and requests to be taken off: counted once, honoured, told, not believed blindly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import MilepostError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.transport.config import ImapServer
from pipeline.delivery.transport.evidence import Archive
from pipeline.delivery.transport.mailboxes import ImapFolder
from pipeline.delivery.transport.smtp import SmtpTransport
from tests.delivery.imap_peer import Dovecot, dovecot
from tests.delivery.smtp_peer import Peer
from tests.delivery.transport.test_smtp import server_of

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

Final-Recipient: rfc822; {final}
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
    values = {"action": "failed", "status": "5.1.1", "quoted": "text/rfc822-headers"}
    values |= {"final": "head@skyline.example"} | changes
    (box / str(number)).write_text(DSN.format(number=number, message_id=message_id, **values))


def day(world: Any, number: int) -> list[Any]:
    world.publish(date(2026, 3, 31) + number * DAY)
    sent: list[Any] = world.send(now=world.now + number * DAY)
    return sent


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
        assert record.notices.allow("Head@skyline.example") == 1
    [outcome] = day(world, 4)
    assert outcome.state is S.SENT


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "4.2.2"},
        {"action": "delayed"},
        {"message_id": "<forged@skyline.example>"},
        {"final": "ceo@skyline.example"},
        {"final": ""},
    ],
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


def test_one_mail_comes_back_once_however_many_bounces_name_it(world: Any, box: Path) -> None:
    [outcome] = day(world, 0)
    for number in range(5):
        bounce(box, number, outcome.message_id, quoted="message/rfc822")
    for number in range(1, 4):
        assert day(world, number)[0].state is S.SENT


def test_a_message_id_follows_from_a_key_that_no_other_workspace_has(
    world: Any, tools: SimpleNamespace, tmp_path: Path
) -> None:
    other = tools.World(type(world.ws)(tmp_path / "other"), world.registry, world.now)
    other.publish(date(2026, 3, 31))
    for each in (world, other):
        (each.ws.state / "mail.key").unlink()
    [[here], [there]] = [each.send() for each in (world, other)]
    assert here.message_id != there.message_id
    [mine, theirs] = [
        next(iter(each.outbox().values()))["List-Unsubscribe"] for each in (world, other)
    ]
    assert mine != theirs
    key = world.ws.state / "mail.key"
    assert key.stat().st_mode & 0o077 == 0
    key.write_text("something else")
    with pytest.raises(MilepostError, match="put it back from a backup"):
        world.send(now=world.now + DAY)


REQUEST = "From: {sender}\nSubject: Re: Unsubscribe daily_summary skyline {who} {mark}\n\nplease\n"


def mark_of(mail: Any) -> str:
    """What a person's answer to the mail carries."""
    return str(mail["List-Unsubscribe"]).rstrip(">").rpartition("%20")[2]


@pytest.mark.parametrize(
    ("authentication", "followed"),
    [
        ("", True),
        ("mx; dmarc=pass; spf=fail", True),
        ("mx; spf=softfail; dkim=none", True),
        ("mx; dmarc=fail; dkim=pass", False),
        ("mx; spf=fail smtp.mailfrom=x; dkim=none", False),
        ("mx; dkim=fail (bad signature)", False),
    ],
)
def test_a_request_whose_sender_the_server_finds_false_changes_nothing(
    world: Any, box: Path, authentication: str, followed: bool
) -> None:
    day(world, 0)
    mark = mark_of(next(iter(world.outbox().values())))
    who = "head@skyline.example"
    text = REQUEST.format(sender=who, who=who, mark=mark)
    head = f"Authentication-Results: {authentication}\n" if authentication else ""
    (box / "1").write_text(head + text)
    assert day(world, 1)[0].state is (S.SKIPPED if followed else S.SENT)


@pytest.mark.parametrize("mark", ["", "0" * 20])
def test_a_request_that_answers_no_mail_of_ours_changes_nothing_and_is_told(
    world: Any, box: Path, mark: str
) -> None:
    who = "head@skyline.example"
    (box / "1").write_text(REQUEST.format(sender=who, who=who, mark=mark))
    assert day(world, 0)[0].state is S.SENT
    [(_, subject, body)] = world.notices()
    assert subject.startswith("UNSUBSCRIBE · head@skyline.example asks")
    assert "does not carry the mark" in body


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
    summaries = [o for o in first if o.report == "daily_summary"]
    marks = {
        o.recipient: mark_of(world.outbox()[str(o.evidence).removeprefix("outbox/")])
        for o in summaries
    }
    head, ceo = "head@skyline.example", "ceo@skyline.example"
    text = REQUEST.format(sender="Head <Head@Skyline.example>", who=head, mark=marks[head])
    (box / "1").write_text(text)
    (box / "2").write_text(REQUEST.format(sender="x@evil.example", who=ceo, mark=marks[ceo]))
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


# --- IMAP: a real server

MAILS = (
    b"From: a@x.example\r\nMessage-ID: <1@x>\r\nSubject: one\r\n\r\nfirst\r\n",
    b"From: a@x.example\r\nSubject: two\r\n\r\n",
    b"From: a@x.example\r\nSubject: far too large\r\n\r\n" + b"x" * 3_000_000,
    DSN.format(
        number=7,
        status="5.1.1",
        message_id="<m@x>",
        action="failed",
        quoted="text/rfc822-headers",
        final="a@x.example",
    ).encode(),
)


@pytest.fixture(scope="module")
def peer(certificate: tuple[Path, Path]) -> Iterator[Dovecot]:
    with dovecot(*certificate, MAILS) as server:
        yield server


@pytest.fixture(params=["tls", "starttls", "none"])
def imap(
    peer: Dovecot, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> ImapServer:
    monkeypatch.setenv("MILEPOST_IMAP_PASSWORD", "right")
    return ImapServer(
        host="localhost",
        port=peer.tls_port if request.param == "tls" else peer.port,
        security=request.param,
        username="milepost",
        password_env="MILEPOST_IMAP_PASSWORD",
        ca_file=str(peer.certificate),
    )


def test_an_imap_folder_is_read_and_never_changed(imap: ImapServer, peer: Dovecot) -> None:
    before, folder = peer.files(), ImapFolder(imap)
    subjects = [str(message["Subject"]) for message in folder.messages()]
    assert subjects == ["one", "two", "Undelivered Mail Returned to Sender"]
    assert (folder.has("<1@x>"), folder.has("<2@x>")) == (True, False)
    assert peer.files() == before  # neither marked as read nor moved


def test_an_imap_server_that_refuses_leaves_a_mail_uncertain(
    imap: ImapServer, monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    witness = Archive(ImapFolder(imap), timedelta(minutes=15))
    assert witness.look_up("<1@x>", now, now).state is S.SENT
    assert witness.look_up("<2@x>", now - DAY, now).state is S.QUEUED
    elsewhere = Archive(ImapFolder(imap.model_copy(update={"folder": "Archive"})), DAY)
    assert elsewhere.look_up("<1@x>", now, now).state is S.UNCERTAIN
    monkeypatch.setenv("MILEPOST_IMAP_PASSWORD", "wrong")
    result = witness.look_up("<1@x>", now - DAY, now)
    assert result.state is S.UNCERTAIN
    assert "Authentication failed" in result.detail


def test_a_certificate_of_nobody_is_no_evidence(imap: ImapServer, now: Any) -> None:
    if imap.security == "none":
        return  # nothing to be sure of: for a server on this machine
    unknown = ImapFolder(imap.model_copy(update={"ca_file": None}))
    result = Archive(unknown, DAY).look_up("<1@x>", now, now)
    assert result.state is S.UNCERTAIN
    assert "certificate" in result.detail
