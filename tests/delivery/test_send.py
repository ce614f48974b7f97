"""Sending what is due: each recipient gets each report of each day once, or is told why not."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import ConfigError, MilepostError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import DeliveryKey, State
from pipeline.delivery.send import days_to_make
from pipeline.delivery.transport.outbox import FileOutbox, Parcel, Result
from pipeline.publish import layout

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
S = State


def states(outcomes: list[Any]) -> list[tuple[str, State]]:
    return [(outcome.recipient.partition("@")[0], outcome.state) for outcome in outcomes]


def test_the_first_run_sends_and_the_second_finds_nothing_to_do(world: Any) -> None:
    [outcome] = world.send()
    assert (outcome.state, outcome.late, outcome.reason) == (S.SENT, False, "")
    [(path, mail)] = world.outbox().items()
    assert f"outbox/{path}" == outcome.evidence
    assert path.startswith("skyline/2026-03-31-daily_summary-head@skyline.example-")
    assert mail["Message-ID"] == outcome.message_id
    assert mail["Date"] == "Wed, 01 Apr 2026 08:00:00 +0530"
    assert world.send() == []
    assert world.send(now=world.now + HOUR) == []
    assert len(world.outbox()) == 1
    assert len(world.rendered) == 1


def test_the_same_run_elsewhere_gives_the_same_bytes(
    world: Any, tools: SimpleNamespace, tmp_path: Path
) -> None:
    other = tools.World(type(world.ws)(tmp_path / "other"), world.registry, world.now)
    other.publish(date(2026, 3, 31))
    for each in (world, other):
        each.send(now=world.now + timedelta(minutes=7))
    bytes_of = [
        [path.read_bytes() for path in each.ws.path("outbox").rglob("*.eml")]
        for each in (world, other)
    ]
    assert bytes_of[0] == bytes_of[1]


def test_a_dry_run_says_what_would_go_and_writes_nothing(world: Any) -> None:
    before = sorted(world.ws.root.rglob("*"))
    [outcome] = world.send(dry_run=True)
    assert (outcome.recipient, outcome.state) == ("head@skyline.example", S.QUEUED)
    assert outcome.reason == "would be sent"
    world.hold("skyline", date(2026, 3, 31))
    [outcome] = world.send(dry_run=True)
    assert outcome.state is S.HELD
    assert "ledger_ties: 2 (SKY-7)" in outcome.reason
    (world.ws.published("skyline") / "held.json").unlink()
    assert sorted(world.ws.root.rglob("*")) == before
    assert world.rendered == []
    world.send()
    assert world.send(dry_run=True) == []


def test_three_days_down_each_owed_report_goes_once_in_order_and_says_it_is_late(
    world: Any,
) -> None:
    world.send()
    back = world.now + 3 * DAY + timedelta(minutes=5)
    for day in (1, 2, 3):  # each owed day is refreshed in its turn
        world.publish(date(2026, 4, day))
        outcomes = {o.as_of.day: o for o in world.send(now=back)}
        assert sorted(outcomes) == list(range(day, 4))
        assert [d for d, o in outcomes.items() if o.state is S.SENT] == [day]
        assert outcomes[day].late is (day < 3)
        assert {o.state for d, o in outcomes.items() if d > day} <= {S.HELD}
    assert world.send(now=back) == []
    mails = list(world.outbox().values())
    assert [m["Subject"][:6] == "LATE ·" for m in mails] == [False, True, True, False]
    late = mails[1].get_body(("plain",)).get_content()
    assert late.startswith("LATE: this was due on 2 Apr 2026, 08:00 (Asia/Kolkata).")
    assert "<strong>Late:</strong>" in mails[1].get_body(("html",)).get_content()
    # A mail dated days back would be sorted where nobody sees it.
    assert mails[1]["Date"] == "Sat, 04 Apr 2026 08:05:00 +0530"
    assert mails[3]["Date"] == "Sat, 04 Apr 2026 08:00:00 +0530"


def test_a_day_whose_figures_the_next_refresh_moves_on_from_is_made_first(world: Any) -> None:
    """The machine went down after a refresh and before its mails, for two days."""
    world.publish(date(2026, 3, 29))
    world.send(now=world.now - 2 * DAY)
    world.publish(date(2026, 3, 30))
    outcomes = world.send(now=world.now + HOUR, dry_run=True)
    assert [one.as_of for one in outcomes] == [date(2026, 3, 30), date(2026, 3, 31)]
    assert days_to_make(outcomes, date(2026, 3, 31)) == [date(2026, 3, 30)]
    folder = world.ws.artifacts("skyline", "daily_summary", date(2026, 3, 30))
    folder.mkdir(parents=True)
    (folder / "artifacts.json").write_text("{}")
    made = world.send(now=world.now + HOUR, dry_run=True)
    assert days_to_make(made, date(2026, 3, 31)) == []


def test_after_a_long_absence_what_is_overtaken_is_skipped_and_said(world: Any) -> None:
    world.send()
    world.publish(date(2026, 4, 20))
    outcomes = world.send(now=world.now + 20 * DAY)
    assert [o.state for o in outcomes] == [S.SKIPPED] * 12 + [S.HELD] * 7 + [S.SENT]
    assert outcomes[0].reason == "not sent within 7 days, and there is a newer one"
    assert outcomes[12].reason == (
        "it was not made at its time: run `milepost refresh --as-of 2026-04-13`"
    )


def test_a_day_that_was_rendered_in_its_time_goes_out_without_its_build(
    world: Any, tools: SimpleNamespace
) -> None:
    folder = world.ws.artifacts("skyline", "daily_summary", date(2026, 3, 31))
    folder.mkdir(parents=True)
    (folder / "artifacts.json").write_text("{}")
    world.publish(date(2026, 4, 1))
    assert states(world.send()) == [("head", S.SENT)]


def test_a_clock_that_goes_back_an_hour_sends_nothing_twice(world: Any) -> None:
    world.send(now=world.now + HOUR)
    assert world.send(now=world.now) == []
    assert world.send(now=world.now - HOUR) == []
    assert world.send(now=world.now + HOUR) == []
    assert len(world.outbox()) == 1


def test_a_held_tenant_waits_the_others_go_and_it_goes_when_it_clears(
    world: Any, tools: SimpleNamespace
) -> None:
    world.registry = tools.registry(tools.tenant("skyline"), tools.tenant("olist"))
    world.publish(date(2026, 3, 31))
    world.hold("skyline", date(2026, 3, 31))
    outcomes = {o.tenant: o for o in world.send()}
    assert outcomes["olist"].state is S.SENT
    assert outcomes["skyline"].state is S.HELD
    assert outcomes["skyline"].reason == ("data of 2026-03-31 is held: ledger_ties: 2 (SKY-7)")
    [again] = world.send()
    assert again.state is S.HELD
    with Deliveries(world.ws.deliveries_file) as record:
        [row] = record.in_states(S.HELD)
        assert len(record.history(row)) == 2  # the same reason again is no news
    world.publish(date(2026, 3, 31))
    [cleared] = world.send(now=world.now + 2 * HOUR)
    assert (cleared.tenant, cleared.state, cleared.late) == ("skyline", S.SENT, False)
    assert world.send() == []


def test_whatever_one_tenants_report_raises_is_that_tenants_trouble(
    workspace: Any, tools: SimpleNamespace, now: Any
) -> None:
    world = tools.World(workspace, tools.registry(tools.tenant(), tools.tenant("olist")), now)
    world.publish(date(2026, 3, 31))
    world.fail = {"skyline": OverflowError("date value out of range")}
    by_tenant = {one.tenant: one for one in world.send()}
    assert by_tenant["olist"].state is S.SENT
    assert by_tenant["skyline"].state is S.HELD
    assert "OverflowError: date value out of range" in by_tenant["skyline"].reason
    [copy, _] = world.send(to="me@operator.example")
    assert copy.state is S.HELD


@pytest.mark.parametrize("part", ["leads.parquet", "manifest.json"])
@pytest.mark.parametrize("when_held", ["wait", "partial"])
def test_a_damaged_published_file_holds_its_tenant_and_no_other(
    workspace: Any, tools: SimpleNamespace, now: Any, part: str, when_held: str
) -> None:
    rules = {"when_held": when_held, "latest": "08:00"}
    registry = tools.registry(tools.tenant(mailing=rules), tools.tenant("olist"))
    world = tools.World(workspace, registry, now)
    world.publish(date(2026, 3, 31))
    build = layout.current_link(workspace, "skyline").resolve()
    (build / "leads.parquet").write_bytes(b"rows")
    entry = layout.PublishedFile(bytes=4, sha256=hashlib.sha256(b"rows").hexdigest())
    manifest = layout.read_manifest(build).model_copy(update={"files": {"leads.parquet": entry}})
    (build / "manifest.json").write_text(manifest.sealed().model_dump_json())
    whole = (build / part).read_bytes()
    (build / part).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    by_tenant = {one.tenant: one for one in world.send(now + timedelta(hours=1))}
    assert by_tenant["olist"].state is S.SENT
    assert by_tenant["skyline"].state is S.HELD
    assert f"{part} is not as it was written" in by_tenant["skyline"].reason
    assert not any(tenant == "skyline" for tenant, *_ in world.rendered)
    (build / part).write_bytes(whole)
    assert [one.state for one in world.send(now + timedelta(hours=2))] == [S.SENT]


def test_data_that_does_not_reach_the_day_holds_its_report(world: Any) -> None:
    world.publish(date(2026, 3, 30))
    [outcome] = world.send()
    assert outcome.state is S.HELD
    assert outcome.reason == "data reaches 2026-03-30 only: run `milepost refresh`"
    assert world.rendered == []
    world.publish(date(2026, 3, 31))
    assert states(world.send()) == [("head", S.SENT)]


def test_what_is_held_for_a_week_gives_way_to_newer_ones(world: Any) -> None:
    world.send()
    for day in range(1, 12):
        world.hold("skyline", date(2026, 4, 1))
        outcomes = world.send(now=world.now + day * DAY)
    assert [o.state for o in outcomes] == [S.SKIPPED] + [S.HELD] * 8
    assert outcomes[0].reason.startswith(
        "not sent within 7 days, and there is a newer one; it was held: data of 2026-04-01 is held"
    )


def test_figures_from_before_a_hold_are_not_what_goes_out_after_it(world: Any) -> None:
    outbox = world.ws.outbox("skyline")
    outbox.mkdir(parents=True)
    _refuse_writing(outbox)
    [failed] = world.send()
    _allow_writing(outbox)
    assert failed.state is S.QUEUED
    world.hold("skyline", date(2026, 3, 31))
    world.send()
    world.content = {"subject": "Corrected"}
    world.publish(date(2026, 3, 31))
    world.send()
    [mail] = world.outbox().values()
    assert mail["Subject"] == "Corrected"


def test_a_report_that_cannot_be_made_is_tried_once_and_holds_only_itself(
    world: Any, tools: SimpleNamespace
) -> None:
    both = ("head@skyline.example", "ceo@skyline.example")
    world.registry = tools.registry(
        tools.tenant("skyline", reports={"daily_summary": tools.report("0 8 * * *", *both)}),
        tools.tenant("olist"),
    )
    world.publish(date(2026, 3, 31))
    lines = [f"  SKY-{n}: does not tie" for n in range(12)]
    world.fail = {"skyline": MilepostError("12 could not be made:\n" + "\n".join(lines))}
    outcomes = world.send()
    assert [o.state for o in outcomes] == [S.SENT, S.HELD, S.HELD]
    assert outcomes[1].reason.endswith("SKY-4: does not tie; and 7 more")
    assert len(world.rendered) == 2
    world.fail = {"skyline": KeyError("oops")}
    assert {o.reason for o in world.send()} == {"internal error, KeyError: 'oops'"}
    world.fail = {}
    assert [o.state for o in world.send()] == [S.SENT, S.SENT]


@pytest.mark.parametrize(
    ("when_empty", "state", "attached"),
    [("skip", S.SKIPPED, None), ("send_notice", S.SENT, 0), ("send_full", S.SENT, 1)],
)
def test_a_quiet_day_is_skipped_noted_or_sent_in_full(
    world: Any, tools: SimpleNamespace, when_empty: str, state: State, attached: int | None
) -> None:
    config = tools.report("0 8 * * *", "head@skyline.example", when_empty=when_empty)
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    world.content = {"quiet": True}
    assert states(world.send()) == [("head", state)]
    mails = list(world.outbox().values())
    assert [len(list(mail.iter_attachments())) for mail in mails] == (
        [] if attached is None else [attached]
    )
    if attached == 0:
        assert (
            "Nothing to report as of 31 March 2026" in mails[0].get_body(("plain",)).get_content()
        )
    assert world.send() == []


def test_three_hundred_recipients_one_rendering_one_mail_each(
    world: Any, tools: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # 1,200 of them, 4 ms each
    addresses = [f"user{n:03}@skyline.example" for n in range(300)]
    config = tools.report("0 8 * * *", *addresses)
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    outcomes = world.send()
    assert [o.state for o in outcomes] == [S.SENT] * 300
    mails = list(world.outbox().values())
    assert sorted(mail["To"] for mail in mails) == addresses
    assert len({mail["Message-ID"] for mail in mails}) == 300
    assert len(world.rendered) == 1
    assert world.send() == []


def test_a_recipient_who_is_removed_gets_nothing_and_one_who_comes_gets_the_next(
    world: Any, tools: SimpleNamespace
) -> None:
    def registry(*names: str) -> Any:
        config = tools.report("0 8 * * *", *(f"{name}@skyline.example" for name in names))
        return tools.registry(tools.tenant(reports={"daily_summary": config}))

    world.hold("skyline", date(2026, 3, 31))
    assert states(world.send(registry=registry("head", "old"))) == [
        ("head", S.HELD),
        ("old", S.HELD),
    ]
    world.publish(date(2026, 3, 31))
    outcomes = world.send(registry=registry("head", "new"))
    assert states(outcomes) == [("old", S.SKIPPED), ("head", S.SENT), ("new", S.SENT)]
    assert outcomes[0].reason == "no longer a recipient of this report"
    # Away for five days and back: what was missed meanwhile was not owed.
    world.publish(date(2026, 4, 5))
    world.send(registry=registry("head"), now=world.now + HOUR)
    back = world.send(registry=registry("head", "new"), now=world.now + 5 * DAY)
    assert [o.as_of.day for o in back if o.recipient.startswith("new")] == [5]
    assert [o.as_of.day for o in back if o.recipient.startswith("head")] == [1, 2, 3, 4, 5]


def test_two_spellings_of_an_address_are_one_recipient(world: Any, tools: SimpleNamespace) -> None:
    def registry(address: str) -> Any:
        config = tools.report("0 8 * * *", address)
        return tools.registry(tools.tenant(reports={"daily_summary": config}))

    world.send(registry=registry("Head@Skyline.example"))
    assert world.send(registry=registry("head@skyline.example")) == []


def test_a_recipient_with_a_filter_does_not_get_the_whole_report(
    world: Any, tools: SimpleNamespace
) -> None:
    config = {
        "schedule": "0 8 * * *",
        "recipients": [{"email": "asha@skyline.example", "filter": {"assigned_to": "Asha"}}],
    }
    world.registry = tools.registry(tools.tenant(reports={"sales_dashboard": config}))
    [outcome] = world.send()
    assert outcome.state is S.HELD
    assert outcome.reason.startswith(
        "the sales_dashboard cannot be narrowed to owner Asha, and the"
    )
    assert "daily_summary, receivables, booking_register" in outcome.reason
    assert world.outbox() == {}


@pytest.mark.parametrize("report", ["booking_register", "daily_summary"])
def test_each_slice_is_rendered_once_and_goes_to_those_it_is_for(
    world: Any, tools: Any, report: str
) -> None:
    asha, bala = {"assigned_to": "Asha"}, {"assigned_to": "Bala", "source": "WEB"}
    recipients = [
        {"email": "all@skyline.example"},
        {"email": "asha@skyline.example", "filter": asha},
        {"email": "asha.second@skyline.example", "filter": asha},
        {"email": "bala@skyline.example", "filter": bala},
    ]
    config = {report: {"schedule": "0 8 * * *", "recipients": recipients}}
    world.registry = tools.registry(tools.tenant(reports=config))
    assert {o.state for o in world.send()} == {S.SENT}
    assert [(s.owner, s.source) for s in world.slices] == [
        *((None, None), ("Asha", None), ("Bala", "WEB"))
    ]
    subjects = {
        str(mail["To"]).partition("@")[0]: mail["Subject"] for mail in world.outbox().values()
    }
    assert subjects["asha"] == subjects["asha.second"] != subjects["all"]
    assert ", owner Bala, source WEB" in subjects["bala"]


def test_choosing_tenant_and_report_leaves_the_rest_for_later(
    world: Any, tools: SimpleNamespace
) -> None:
    reports = {
        "daily_summary": tools.report("0 8 * * *", "head@x.example"),
        "sales_dashboard": tools.report("0 7 * * *", "all@x.example"),
    }
    world.registry = tools.registry(
        tools.tenant("skyline", reports=reports), tools.tenant("olist", reports=reports)
    )
    world.publish(date(2026, 3, 31))
    some = world.send(tenant="olist", report="daily_summary")
    assert [(o.tenant, o.report) for o in some] == [("olist", "daily_summary")]
    rest = world.send()
    assert [(o.tenant, o.report) for o in rest] == [
        ("olist", "sales_dashboard"),
        ("skyline", "sales_dashboard"),
        ("skyline", "daily_summary"),
    ]
    with pytest.raises(ConfigError, match="no tenant 'acme'; there are"):
        world.send(tenant="acme")
    with pytest.raises(ConfigError, match="no report 'customer_statement' in tenant 'olist'"):
        world.send(tenant="olist", report="customer_statement")


def test_asking_by_date_sends_an_old_report_once_and_calls_it_not_late(world: Any) -> None:
    world.publish(date(2018, 11, 30))
    [outcome] = world.send(as_of=date(2018, 11, 30))
    assert (outcome.state, outcome.late) == (S.SENT, False)
    assert world.send(as_of=date(2018, 11, 30)) == []
    world.publish(date(2026, 3, 31))
    [today] = world.send()  # and does not begin seven years of catching up
    assert today.as_of == date(2026, 3, 31)


def test_what_was_skipped_goes_when_it_is_asked_for_by_date(world: Any) -> None:
    world.send()
    world.publish(date(2026, 4, 20))
    world.send(now=world.now + 20 * DAY)
    world.publish(date(2026, 4, 3))
    [outcome] = world.send(now=world.now + 20 * DAY, as_of=date(2026, 4, 3))
    assert (outcome.as_of, outcome.state) == (date(2026, 4, 3), S.SENT)


# --- the disk and the record


def test_an_outbox_that_cannot_be_written_leaves_the_mail_queued(world: Any) -> None:
    outbox = world.ws.outbox("skyline")
    outbox.mkdir(parents=True)
    _refuse_writing(outbox)
    [outcome] = world.send()
    _allow_writing(outbox)
    assert outcome.state is S.QUEUED
    assert str(outbox) in outcome.reason
    [outcome] = world.send()
    assert outcome.state is S.SENT
    assert len(world.rendered) == 1  # the stored mail was resent as it was


def test_a_lost_record_does_not_mail_what_is_in_the_outbox(world: Any) -> None:
    [first] = world.send()
    sent = world.ws.path(first.evidence).read_bytes()
    for path in world.ws.state.glob("deliveries.sqlite*"):
        path.unlink()
    world.content = {"subject": "Rendered anew"}
    [again] = world.send()
    assert (again.state, again.evidence) == (S.SENT, first.evidence)
    assert world.ws.path(first.evidence).read_bytes() == sent


def test_a_deleted_outbox_file_is_not_mailed_again(world: Any) -> None:
    [first] = world.send()
    world.ws.path(first.evidence).unlink()
    assert world.send() == []
    assert world.outbox() == {}


class Answers:
    """A server as the record will meet it: gives the answers it is told to."""

    parallel = 1

    def __init__(self, *answers: tuple[bool, State], evidence: State = S.UNCERTAIN) -> None:
        self.answers = list(answers)
        self.evidence = evidence
        self.received: list[bytes] = []

    def deliver(self, parcel: Parcel, data: bytes, data_starts: Any) -> Result:
        if parcel.key.is_notice:
            data_starts()
            return Result(State.SENT, "a notice")
        starts, state = self.answers.pop(0)
        if starts:
            data_starts()
            self.received.append(data)
        return Result(state, f"the server said {state}")

    def look_up(self, parcel: Parcel, since: Any, now: Any) -> Result:
        return Result(self.evidence, "looked up")

    def close(self) -> None:
        pass


def test_every_answer_of_a_server_has_its_state(world: Any, tools: SimpleNamespace) -> None:
    config = tools.report("0 8 * * *", *(f"{c}@skyline.example" for c in "abcdef"))
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    server = Answers(
        *((False, S.QUEUED), (False, S.DEAD), (True, S.SENT)),
        *((True, S.DEAD), (True, S.QUEUED), (True, S.UNCERTAIN)),
    )
    outcomes = world.send(transport=server)
    assert states(outcomes) == [
        *(("a", S.QUEUED), ("b", S.DEAD), ("c", S.SENT)),
        *(("d", S.DEAD), ("e", S.QUEUED), ("f", S.UNCERTAIN)),
    ]
    # Only what surely did not arrive is tried again, with the same bytes.
    server.answers = [(True, S.SENT), (True, S.SENT)]
    assert world.send(transport=server) == []  # "later" is not "at once"
    later = world.now + timedelta(minutes=5)
    assert states(world.send(now=later, transport=server)) == [("a", S.SENT), ("e", S.SENT)]
    assert server.received[-1] == server.received[2]
    with Deliveries(world.ws.deliveries_file) as record:
        rows = [row for row in record.in_states(*S) if not row.key.is_notice]
        attempts = {row.key.recipient[0]: row.attempts for row in rows}
    assert attempts == {"a": 2, "b": 1, "c": 1, "d": 1, "e": 2, "f": 1}


@pytest.mark.parametrize("evidence", [S.SENT, S.QUEUED, S.UNCERTAIN])
def test_after_a_death_in_mid_data_evidence_decides(world: Any, evidence: State) -> None:
    class Dies(Exception):
        pass

    class Server(Answers):
        def deliver(self, parcel: Parcel, data: bytes, data_starts: Any) -> Result:
            data_starts()
            raise Dies

    with pytest.raises(Dies):
        world.send(transport=Server())
    server = Answers((True, S.SENT), evidence=evidence)
    outcomes = world.send(transport=server)
    assert len(server.received) == (evidence is S.QUEUED)
    assert len(outcomes) == len(server.received)
    with Deliveries(world.ws.deliveries_file) as record:
        [row] = [row for row in record.in_states(*S) if not row.key.is_notice]
    assert row.state is (S.UNCERTAIN if evidence is S.UNCERTAIN else S.SENT)


# --- the outbox


def test_the_outbox_never_leaves_its_tenants_folder(world: Any) -> None:
    outbox = FileOutbox(world.ws)
    key = DeliveryKey("skyline", "daily_summary", date(2026, 3, 31), "../../x/y@z.example")
    path = outbox.path(Parcel(key, "<1@x>", "a@b.example", key.recipient))
    assert path.parent == world.ws.outbox("skyline")
    assert path.name.startswith("2026-03-31-daily_summary-.._.._x_y@z.example-")
    long = DeliveryKey("skyline", "daily_summary", date(2026, 3, 31), "x" * 240 + "@z.example")
    assert len(outbox.path(Parcel(long, "<1@x>", "a@b.example", long.recipient)).name) < 200


def _refuse_writing(folder: Path) -> None:
    """In root's containers a mode stops nobody: a file in the folder's place stops everybody."""
    if os.geteuid() == 0:
        folder.rmdir()
        folder.write_text("in the way")
    else:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def _allow_writing(folder: Path) -> None:
    if folder.is_file():
        folder.unlink()
        folder.mkdir()
    folder.chmod(0o755)
