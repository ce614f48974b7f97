"""What a person is told, once each; and what goes out in spite of a hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.delivery.gate import Cause
from pipeline.delivery.notices import Notice
from pipeline.delivery.record.states import State
from pipeline.delivery.send import tell
from pipeline.delivery.transport.smtp import SmtpTransport
from tests.delivery.smtp_peer import Peer
from tests.delivery.transport.test_smtp import server_of

S = State
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OPERATORS = "operators: [ops@example.com]\nsender: milepost@example.com\n"


@pytest.fixture
def told(world: Any) -> Any:
    world.ws.mail_file.write_text(OPERATORS)
    return world


def subjects(world: Any) -> list[tuple[str, str]]:
    return sorted((to, subject) for to, subject, _ in world.notices())


def test_a_held_tenant_is_told_to_its_owner_and_the_operators_once(
    told: Any, tools: SimpleNamespace
) -> None:
    told.registry = tools.registry(tools.tenant(mailing={"owner": "boss@skyline.example"}))
    told.hold("skyline", date(2026, 3, 31))
    for hours in range(3):
        told.send(now=told.now + hours * HOUR / 4)
    subject = "HELD · Skyline Homes · reports of 2026-03-31 are held back: ledger_ties"
    assert subjects(told) == [("boss@skyline.example", subject), ("ops@example.com", subject)]
    [(_, _, body), _] = told.notices()
    assert "ledger_ties: 2 failing, for example SKY-7. finance" in body
    assert "What to do: mend the rows" in body
    assert "1 mails wait" in body
    told.hold("skyline", date(2026, 4, 1))  # another day is news
    told.send(now=told.now + DAY)
    assert len(told.notices()) == 4


def test_expected_two_sent_one_is_told_at_the_latest_time(
    told: Any, tools: SimpleNamespace
) -> None:
    reports = {
        "daily_summary": tools.report("0 8 * * *", "head@skyline.example", "ceo@dead.example")
    }
    mailing = {"latest": "11:00", "holidays": []}
    told.registry = tools.registry(tools.tenant(reports=reports, mailing=mailing))
    told.send(now=told.now - HOUR)  # they are on the list before it is due

    def fault(verb: str, recipient: str | None) -> str | None:
        return "4xx" if verb == "RCPT" and "dead" in str(recipient) else None

    with Peer(fault).running() as peer:
        for hours in (0, 1, 2, 3.1, 4, 5):
            told.send(now=told.now + hours * HOUR, transport=SmtpTransport(server_of(peer)))
    notices = [one for one in peer.accepted if one.recipient == "ops@example.com"]
    assert len(notices) == 1
    notice = message_from_bytes(notices[0].data, policy=default)
    assert notice["Subject"] == (
        "OVERDUE · Skyline Homes · daily_summary of 2026-03-31: expected 2, sent 1"
    )
    assert "ceo@dead.example: queued, RCPT: 450 4.2.0 greylisted" in notice.get_content()


def test_dead_and_uncertain_mails_are_one_notice_each(told: Any, tools: SimpleNamespace) -> None:
    addresses = [f"{who}{n}@skyline.example" for who in ("dead", "lost") for n in range(3)]
    config = tools.report("0 8 * * *", *addresses)
    told.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))

    def fault(verb: str, recipient: str | None) -> str | None:
        if verb == "RCPT" and str(recipient).startswith("dead"):
            return "5xx"
        return "drop after" if verb == "dot" and str(recipient).startswith("lost") else None

    with Peer(fault).running() as peer:
        for minutes in (0, 10, 20, 40):
            told.send(
                now=told.now + timedelta(minutes=minutes), transport=SmtpTransport(server_of(peer))
            )
    mine = [one.data for one in peer.accepted if one.recipient == "ops@example.com"]
    heads = [str(message_from_bytes(data, policy=default)["Subject"]) for data in mine]
    assert heads.count("DEAD · 3 mails refused for good") == 1
    # After a lost answer a lane goes on only at the next run, so these came one by one.
    assert heads.count("UNCERTAIN · 1 mail may or may not have arrived") == 3
    assert len(heads) == 4


def test_the_same_thing_is_told_once_from_anywhere(told: Any) -> None:
    notice = Notice("run failed", ("run:refresh:disk full",), "FAILED · refresh", "disk full\n")
    assert tell(told.ws, told.registry, notice, told.now)
    assert not tell(told.ws, told.registry, notice, told.now + HOUR)
    assert subjects(told) == [("ops@example.com", "FAILED · refresh")]


def test_without_operators_notices_are_for_whoever_looks(world: Any) -> None:
    world.hold("skyline", date(2026, 3, 31))
    world.send()
    assert [to for to, _, _ in world.notices()] == ["operator@outbox.invalid"]
    [path] = world.outbox(notices=True)
    assert path.startswith("_operator/")


# --- PARTIAL


def test_after_the_latest_time_the_last_good_figures_go_marked_partial(
    told: Any, tools: SimpleNamespace
) -> None:
    mailing = {"latest": "11:00", "when_held": "partial"}
    told.registry = tools.registry(tools.tenant(mailing=mailing))
    told.publish(date(2026, 3, 30))
    told.hold("skyline", date(2026, 3, 31))
    [early] = told.send(now=told.now + HOUR)
    assert (early.state, early.cause) == (S.HELD, Cause.HELD)
    eleven = datetime(2026, 4, 1, 5, 30, tzinfo=UTC)
    [outcome] = told.send(now=eleven)
    assert (outcome.state, outcome.marks) == (S.SENT, ("PARTIAL",))
    [mail] = told.outbox().values()
    assert mail["Subject"].startswith("PARTIAL · Skyline Homes · 2026-03-30 · 42 new leads")
    text = mail.get_body(("plain",)).get_content()
    assert "PARTIAL: these are the figures as of 30 March 2026, the last that can be relied" in text
    assert "data of 2026-03-31 is held: ledger_ties" in text
    told.publish(date(2026, 3, 31))
    assert told.send(now=eleven + HOUR) == []  # once


def test_a_tenant_that_wants_to_wait_waits(told: Any, tools: SimpleNamespace) -> None:
    told.registry = tools.registry(tools.tenant(mailing={"latest": "11:00"}))
    told.hold("skyline", date(2026, 3, 31))
    assert [o.state for o in told.send(now=told.now + 10 * HOUR)] == [S.HELD]


# --- quiet hours


def test_nothing_goes_in_quiet_hours_and_everything_after(
    told: Any, tools: SimpleNamespace
) -> None:
    quiet = {"begin": "20:00", "end": "09:00"}
    told.registry = tools.registry(tools.tenant(mailing={"quiet_hours": quiet}))
    for dry in (True, False):
        [waits] = told.send(dry_run=dry)
        assert (waits.state, waits.cause, waits.reason) == (
            *(S.QUEUED, Cause.QUIET),
            "quiet hours until 09:00",
        )
    [goes] = told.send(now=told.now + HOUR)
    assert (goes.state, goes.late) == (S.SENT, False)


# --- the days between two mails


def test_a_pause_is_told_in_a_line_a_day(told: Any, tools: SimpleNamespace) -> None:
    days = [
        {"day": f"2026-03-{day}", "new_leads": day, "bookings": 1 + day % 2}
        for day in range(25, 32)
    ]
    told.content = {"days": days}
    told.publish(date(2026, 3, 28))
    told.send(now=told.now - 3 * DAY)
    told.registry = tools.registry(
        tools.tenant(mailing={"holidays": [date(2026, 3, 30), date(2026, 3, 31)]})
    )
    told.publish(date(2026, 3, 31))
    [outcome] = told.send()
    assert (outcome.state, outcome.late) == (S.SENT, False), outcome.reason
    mail = told.outbox()[str(outcome.evidence).removeprefix("outbox/")]
    text = mail.get_body(("plain",)).get_content()
    lines = text.split("Since the last mail:")[1].split("\r\n\r\n")[0].split("\r\n")
    assert [line.strip() for line in lines if line.strip()] == [
        "29 Mar 2026: 29 new leads, 2 bookings",
        "30 Mar 2026: 30 new leads, 1 bookings",
    ]
    assert "<strong>Since the last mail:</strong>" in mail.get_body(("html",)).get_content()
