"""What a person sees of the record, and what their word does to it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import ConfigError, MilepostError
from pipeline.delivery import bookkeeping
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.transport.smtp import SmtpTransport
from pipeline.publish import layout
from tests.cli.test_app import milepost
from tests.delivery.smtp_peer import Peer
from tests.delivery.transport.test_smtp import server_of

S = State
HOUR = timedelta(hours=1)


@pytest.fixture
def three(world: Any, tools: SimpleNamespace) -> Any:
    """One mail that arrived, one that is dead, one that is uncertain."""
    addresses = [f"{who}@{who}.example" for who in ("well", "dead", "lost")]
    config = tools.report("0 8 * * *", *addresses)
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    (world.ws.tenants_dir / "skyline.yaml").write_text("name: Skyline Homes\n")

    def fault(verb: str, to: str | None) -> str | None:
        if verb == "RCPT" and "dead" in str(to):
            return "5xx"
        return "drop" if verb == "dot" and "lost" in str(to) else None

    with Peer(fault).running() as peer:
        world.send(transport=SmtpTransport(server_of(peer)))
    return world


def of(world: Any, who: str) -> Any:
    with Deliveries(world.ws.deliveries_file, rehearsal=True) as record:
        [row] = [r for r in record.in_states(*S) if r.key.recipient.startswith(who)]
        return row


def test_only_what_failed_is_tried_again(three: Any) -> None:
    now = three.now + HOUR
    [queued] = bookkeeping.retry(three.ws, [], tenant=None, report=None, now=now)
    assert (queued["recipient"], queued["state"]) == ("dead@dead.example", "queued")
    with Peer().running() as peer:
        three.send(now=now, transport=SmtpTransport(server_of(peer)))
        assert [one.recipient for one in peer.accepted] == ["dead@dead.example"]
        bookkeeping.retry(three.ws, [of(three, "lost").id], tenant=None, report=None, now=now)
        three.send(now=now, transport=SmtpTransport(server_of(peer)))
        assert [one.recipient for one in peer.accepted][1:] == ["lost@lost.example"]
    assert peer.accepted[1].message_id == of(three, "lost").message_id
    with pytest.raises(MilepostError, match="is sent; from there it cannot become queued"):
        bookkeeping.retry(three.ws, [of(three, "well").id], tenant=None, report=None, now=now)


def test_a_persons_word_settles_it_with_its_reason_in_the_history(three: Any) -> None:
    now = three.now + HOUR
    lost = of(three, "lost")
    assert bookkeeping.mark_sent(three.ws, lost.id, "she has it", now)["state"] == "sent"
    seen = bookkeeping.whole(three.ws, lost.id)
    assert [move["to"] for move in seen["history"]] == [
        *("queued", "claimed", "data_started", "uncertain", "sent")
    ]
    assert seen["history"][-1]["reason"] == seen["evidence"] == "she has it"
    assert {"header": "To", "value": "lost@lost.example"} in seen["headers"]
    dead = of(three, "dead")
    assert bookkeeping.leave(three.ws, dead.id, "she left", now)["state"] == "skipped"
    assert bookkeeping.listed(three.ws, states=["open"], tenant="skyline") == []
    with pytest.raises(ConfigError, match="no delivery 999"):
        bookkeeping.whole(three.ws, 999)
    with pytest.raises(ConfigError, match="no state lost; there are open, queued"):
        bookkeeping.listed(three.ws, states=["lost"])


def test_an_override_is_for_what_is_held_now(three: Any) -> None:
    with pytest.raises(MilepostError, match="is not held"):
        bookkeeping.override(three.ws, "skyline", "the bank confirmed it", three.now)
    three.hold("skyline", date(2026, 3, 31))
    bookkeeping.override(three.ws, "skyline", "the bank confirmed it", three.now)
    decision = layout.override(three.ws, "skyline")
    assert decision is not None
    assert (decision.checks, decision.as_of) == (("ledger_ties",), date(2026, 3, 31))


def test_the_command_lists_shows_suppresses_and_copies(three: Any, tmp_path: Any) -> None:
    def run(*arguments: str, code: int = 0) -> Any:
        done = milepost("deliveries", *arguments, "--home", str(three.ws.root), "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr.decode()

    rows = run("list", "--state", "dead", "--tenant", "skyline")["deliveries"]
    assert [row["recipient"] for row in rows] == ["dead@dead.example"]
    assert run("show", str(rows[0]["id"]))["history"][-1]["reason"].startswith("RCPT: 550")
    assert "either --sent" in run("resolve", "1", code=2)
    [who] = run("suppress", "Well@well.example")["suppressed"]
    assert (who["recipient"], who["report"]) == ("well@well.example", "any")
    run("allow", "well@well.example")
    assert "is not suppressed" in run("allow", "well@well.example", code=1)
    run("backup", str(tmp_path / "copy.sqlite"))
    with Deliveries(tmp_path / "copy.sqlite") as copy:
        assert len(copy.in_states(S.DEAD)) == 1
