"""The record: every legal history can be written and read back, and no other."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.core.errors import MilepostError
from pipeline.delivery.record.database import Database
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import (
    DeliveryKey,
    IllegalMove,
    State,
    StoredMail,
    Subscription,
    check_move,
)

NOW = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
KEY = DeliveryKey("skyline", "daily_summary", date(2026, 3, 31), "head@skyline.example")
S = State

# Written out here a second time, on purpose: a change of the rules must be made twice.
NEW = {S.QUEUED, S.HELD, S.SKIPPED}
MOVES = {
    *((S.QUEUED, to) for to in (S.QUEUED, S.CLAIMED, S.HELD, S.SKIPPED)),
    *((S.HELD, to) for to in (S.HELD, S.QUEUED, S.SKIPPED)),
    *((S.CLAIMED, to) for to in (S.QUEUED, S.DATA_STARTED, S.DEAD)),
    *((S.DATA_STARTED, to) for to in (S.SENT, S.UNCERTAIN, S.DEAD, S.QUEUED)),
    *((S.UNCERTAIN, to) for to in (S.SENT, S.QUEUED, S.DEAD)),
    *((S.DEAD, S.QUEUED), (S.SKIPPED, S.QUEUED)),
}


class Record(RuleBasedStateMachine):
    """Random adds, moves, failures and reopenings against a plain dict of what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "state" / "deliveries.sqlite"
        self.record = Deliveries(self.path)
        self.now = NOW
        self.model: dict[DeliveryKey, list[State]] = {}
        self.attempts: dict[DeliveryKey, int] = {}

    def teardown(self) -> None:
        self.record.__exit__(None, None, None)
        self.folder.cleanup()

    keys = st.builds(
        DeliveryKey,
        tenant=st.sampled_from(["skyline", "olist"]),
        report=st.just("daily_summary"),
        period=st.dates(date(2026, 3, 30), date(2026, 4, 1)),
        recipient=st.sampled_from(["a@x.example", "b@x.example"]),
        version=st.integers(1, 2),
    )

    def _add(self, key: DeliveryKey, state: State) -> None:
        due = datetime.combine(key.period, datetime.min.time(), UTC)
        self.record.add(key, due, f"<{key.digest}@x>", self.now, state=state)

    @rule(key=keys, state=st.sampled_from(S))
    def add(self, key: DeliveryKey, state: State) -> None:
        if state not in NEW:
            with pytest.raises(IllegalMove):
                self._add(key, state)
            return
        self._add(key, state)
        self.model.setdefault(key, [state])
        self.attempts.setdefault(key, 0)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), state=st.sampled_from(S), stored=st.booleans())
    def move(self, data: st.DataObject, state: State, stored: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        row = self.record.get(key)
        assert row is not None
        self.now += timedelta(seconds=1)
        mail = StoredMail(f"state/mail/{key.digest}", "0" * 64) if stored else None
        if (row.state, state) not in MOVES:
            with pytest.raises(IllegalMove):
                self.record.move(row, state, self.now, mail=mail)
            return
        moved = self.record.move(row, state, self.now, "because", mail=mail)
        assert moved.mail == (None if state is S.HELD else mail or row.mail)
        self.model[key].append(state)
        self.attempts[key] += state is S.CLAIMED

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def move_what_another_has_moved(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        row = self.record.get(key)
        assert row is not None
        stale = replace(row, state=S.QUEUED if row.state is S.DATA_STARTED else S.DATA_STARTED)
        with pytest.raises(IllegalMove, match="another process"):
            self.record.move(stale, S.QUEUED, self.now)

    @rule(key=keys)
    def fail_in_mid_transaction(self, key: DeliveryKey) -> None:
        with pytest.raises(ZeroDivisionError), self.record.transaction():
            self._add(key, S.QUEUED)
            1 / 0  # noqa: B018

    @rule()
    def reopen(self) -> None:
        self.record.__exit__(None, None, None)
        self.record = Deliveries(self.path)

    @invariant()
    def everything_is_there_with_its_history(self) -> None:
        for key, states in self.model.items():
            row = self.record.get(key)
            assert row is not None
            assert (row.state, row.attempts) == (states[-1], self.attempts[key])
            history = self.record.history(row)
            assert [move.after for move in history] == states
            assert [move.before for move in history] == [None, *states[:-1]]
        rows = self.record.in_states(*S)
        assert {row.key for row in rows} == set(self.model)
        assert [row.due for row in rows] == sorted(row.due for row in rows)


TestRecord = Record.TestCase
TestRecord.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("after", S)
@pytest.mark.parametrize("before", [None, *S])
def test_only_these_moves_are_legal(before: State | None, after: State) -> None:
    if (before, after) in MOVES or (before is None and after in NEW):
        check_move(before, after)
    else:
        with pytest.raises(IllegalMove):
            check_move(before, after)


def test_the_message_id_of_a_key_never_changes() -> None:
    assert KEY.digest == "f587f6dd2266670a3e390ff7261fad8ce364fe7c28f4418459cb0de0d2e4b53e"
    assert replace(KEY, version=2).digest != KEY.digest


def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    with Deliveries(tmp_path / "deliveries.sqlite") as record:
        assert record._db._pragma("synchronous") == 2  # FULL
        assert record._db._pragma("journal_mode") == "wal"
    assert [path.name for path in tmp_path.iterdir()] == ["deliveries.sqlite"]


def test_covered_is_the_newest_tick_but_not_before_the_subscription(tmp_path: Path) -> None:
    who = Subscription("skyline", "daily_summary", "Head@Skyline.example")
    with Deliveries(tmp_path / "deliveries.sqlite") as record:
        record.add(KEY, NOW, "<1@x>", NOW)
        assert record.covered() == {}
        record.subscribe(who, NOW - timedelta(days=1))
        assert record.covered() == {who: NOW}
        record.subscribe(who, NOW + timedelta(days=1))
        assert record.covered() == {who: NOW}
        record.unsubscribe([who])
        record.subscribe(who, NOW + timedelta(days=2))
        assert record.covered() == {who: NOW + timedelta(days=2)}


def test_a_rehearsal_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deliveries.sqlite"
    with Deliveries(path, rehearsal=True) as record:
        record.add(KEY, NOW, "<1@x>", NOW)
    assert not path.parent.exists()
    with Deliveries(path) as record:
        record.add(KEY, NOW, "<1@x>", NOW)
    before = path.read_bytes()
    with Deliveries(path, rehearsal=True) as record:
        row = record.get(KEY)
        assert row is not None
        record.move(row, State.CLAIMED, NOW)
    assert [p.read_bytes() for p in path.parent.iterdir()] == [before]


@pytest.mark.parametrize("damage", ["garbage", "torn page", "lost tail"])
def test_a_damaged_record_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "deliveries.sqlite"
    with Deliveries(path) as record:
        for n in range(50):
            record.add(replace(KEY, version=n + 1), NOW, f"<{n}@x>", NOW)
    data = bytearray(path.read_bytes())
    if damage == "garbage":
        data[:] = b"not a database at all" * 100
    elif damage == "torn page":
        data[4096 * 2 : 4096 * 2 + 512] = bytes(512)
    else:
        del data[-4096 * 3 :]
    path.write_bytes(data)
    with pytest.raises(MilepostError, match=r"deliveries\.sqlite is damaged.*backup"):
        Deliveries(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_IOERR_WRITE", "did not read or write"),
        ("SQLITE_READONLY", "may not open or write"),
        ("SQLITE_CANTOPEN", "may not open or write"),
        ("SQLITE_BUSY", "Another process"),
    ],
)
def test_what_is_not_the_records_fault_is_not_called_damage(
    tmp_path: Path, name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older copy in its place, as is right for damage, would mail twice."""
    path = tmp_path / "deliveries.sqlite"
    Deliveries(path).__exit__(None, None, None)

    def fail(self: Database, _: str) -> None:
        error = sqlite3.OperationalError("it does not work")
        error.sqlite_errorname = name
        raise error

    monkeypatch.setattr(Database, "_pragma", fail)
    with pytest.raises(MilepostError, match=said) as raised:
        Deliveries(path)
    assert "damaged" not in str(raised.value)
    assert "do not put an older copy in its place" in str(raised.value)


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "deliveries.sqlite").mkdir()
    with pytest.raises(MilepostError, match="may not open or write it"):
        Deliveries(tmp_path / "deliveries.sqlite")


READER = """
import os, sys
from pathlib import Path
from pipeline.delivery.record.deliveries import Deliveries
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with Deliveries(Path(sys.argv[1]), rehearsal=True) as record:
    print(len(record.open()))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may only read")
@pytest.mark.parametrize("log", [False, True])
def test_who_may_only_read_can_look(log: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "deliveries.sqlite"
        with Deliveries(path) as record:
            record.add(KEY, NOW, "<1@x>", NOW)
            if log:
                _readable(folder)
                assert _look(path) == "1"
        if not log:
            _readable(folder)
            before = sorted(folder.iterdir())
            assert _look(path) == "1"
            assert sorted(folder.iterdir()) == before


def _readable(folder: Path) -> None:
    folder.chmod(0o555)
    for path in folder.iterdir():
        path.chmod(0o444)


def _look(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_record_of_a_newer_milepost_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.sqlite"
    Deliveries(path).__exit__(None, None, None)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(MilepostError, match=r"format 99.*Upgrade"):
        Deliveries(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "deliveries.sqlite").mkdir()
    with pytest.raises(MilepostError, match=r"cannot open .*deliveries\.sqlite"):
        Deliveries(tmp_path / "deliveries.sqlite")
