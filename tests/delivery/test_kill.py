"""Kill the sender anywhere and run again: each mail is in the outbox once, with the same bytes.

The sender runs in a child process whose file and database calls are counted and named; at the
chosen one it kills itself with SIGKILL. The product knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core import atomic_files
from pipeline.core.errors import BusyError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.transport.outbox import FileOutbox

# Everything a run does to the disk for its first mail, in order. Both sides of each are tried.
STEPS = (
    *("create record", "commit tables", "commit queued"),
    *("sync file state/mail", "rename state/mail", "sync folder state/mail"),
    *("commit claimed", "commit data_started"),
    *("sync file outbox", "rename outbox", "sync folder outbox"),
    "commit sent",
)

ONCE = 3  # so many of them come once in a run, the others for every mail

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="needs /proc to name the file of a descriptor"
)


class Steps:
    """Counts the named steps of this process, and kills it at the chosen one.

    `before` or `after` is a name, and `nth` which of its occurrences; or `at` is the number of the
    step, whatever its name.
    """

    def __init__(
        self, root: Path, before: str = "", after: str = "", nth: int = 1, at: int = 0
    ) -> None:
        self.root, self.before, self.after, self.nth, self.at = root, before, after, nth, at
        self.all: list[str] = []

    def __call__(self, name: str, act: Callable[[], Any]) -> Any:
        self.all.append(name)
        here = self.all.count(name) == self.nth
        if (here and name == self.before) or len(self.all) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        result = act()
        if here and name == self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def where(self, path: Path) -> str:
        """The stage a path belongs to: `outbox`, `state/mail`."""
        parts = path.relative_to(self.root).parts
        return "state/mail" if parts[:2] == ("state", "mail") else parts[0]

    def install(self) -> None:
        """Put the counting around what this process does to files and databases."""
        steps, fsync, replace, connect = self, os.fsync, os.replace, sqlite3.connect

        def counted_fsync(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            kind = "folder" if path.is_dir() else "file"
            # Making a folder for the first time syncs its parent too; that is a step of its own.
            name = f"sync {kind} {steps.where(path)}" if path != steps.root else "sync root"
            steps(name, lambda: fsync(descriptor))

        def counted_replace(source: Path, target: Path) -> None:
            steps(f"rename {steps.where(Path(target))}", lambda: replace(source, target))

        class Connection(sqlite3.Connection):
            last = "tables"

            def execute(self, sql: str, values: Any = (), /) -> Any:
                if sql.startswith("INSERT INTO transitions"):
                    self.last = str(values[2])
                act = partial(super().execute, sql, values)
                return steps(f"commit {self.last}", act) if sql == "COMMIT" else act()

        def counted_connect(path: Any, **options: Any) -> Any:
            return steps("create record", lambda: connect(path, **options, factory=Connection))

        os.fsync = counted_fsync  # type: ignore[assignment]
        os.replace = counted_replace  # type: ignore[assignment]
        sqlite3.connect = counted_connect  # type: ignore[assignment]


def in_child(act: Callable[[], None]) -> int:
    """Run `act` in a forked process; 0, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def two(world: Any, tools: SimpleNamespace) -> Any:
    """A daily summary for two recipients."""
    config = tools.report("0 8 * * *", "head@skyline.example", "ceo@skyline.example")
    world.registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    return world


@pytest.fixture
def golden(two: Any, tools: SimpleNamespace, tmp_path: Path) -> dict[str, bytes]:
    """The outbox of a run that nobody disturbs."""
    other = tools.World(type(two.ws)(tmp_path / "golden"), two.registry, two.now)
    other.publish(date(2026, 3, 31))
    other.send()
    return outbox(other)


def outbox(world: Any) -> dict[str, bytes]:
    root = world.ws.path("outbox")
    return {p.name: p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def killed(world: Any, steps: Steps) -> int:
    def run() -> None:
        steps.install()
        world.send()

    return in_child(run)


def check_all_sent_once(world: Any, golden: dict[str, bytes]) -> None:
    assert outbox(world) == golden
    with Deliveries(world.ws.deliveries_file) as record:
        assert {row.state for row in record.in_states(*State)} == {State.SENT}
        assert len(record.in_states(*State)) == len(golden)
    leftovers = [path for path in world.ws.root.rglob("*") if atomic_files.is_temporary(path)]
    assert leftovers == []
    assert world.send() == []


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(
    ("step", "nth"), [(step, 1) for step in STEPS] + [(step, 2) for step in STEPS[ONCE:]]
)
@pytest.mark.slow
def test_killed_at_any_step_the_next_run_completes_it(
    two: Any, golden: dict[str, bytes], step: str, nth: int, side: str
) -> None:
    before, after = (step, "") if side == "before" else ("", step)
    steps = Steps(two.ws.root, before=before, after=after, nth=nth)
    assert killed(two, steps) == -signal.SIGKILL
    two.send()
    check_all_sent_once(two, golden)


def test_the_steps_are_the_ones_that_a_run_has(two: Any) -> None:
    """A new step in the product must get its kill here."""
    reading, writing = os.pipe()

    def run() -> None:
        steps = Steps(two.ws.root)
        steps.install()
        two.send()
        os.write(writing, "\n".join(steps.all).encode())

    assert in_child(run) == 0
    os.close(writing)
    with os.fdopen(reading) as pipe:
        seen = set(pipe.read().splitlines())
    assert seen - {"sync root", "sync folder state"} == set(STEPS)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kills=st.lists(st.integers(1, 30), min_size=2, max_size=5), number=st.uuids())
@pytest.mark.slow
def test_killed_again_and_again(
    world: Any, tools: SimpleNamespace, tmp_path: Path, kills: list[int], number: Any
) -> None:
    config = tools.report("0 8 * * *", "head@skyline.example", "ceo@skyline.example")
    registry = tools.registry(tools.tenant(reports={"daily_summary": config}))
    worlds = []
    for name in ("golden", str(number)):
        each = tools.World(type(world.ws)(tmp_path / name), registry, world.now)
        each.publish(date(2026, 3, 31))
        worlds.append(each)
    undisturbed, disturbed = worlds
    undisturbed.send()

    for at in kills:
        assert killed(disturbed, Steps(disturbed.ws.root, at=at)) in (0, -signal.SIGKILL)
    disturbed.send()
    check_all_sent_once(disturbed, outbox(undisturbed))


# --- two at once


class Waits(FileOutbox):
    """An outbox that tells when it is in the middle of a mail, and goes on when it is told to."""

    def __init__(self, ws: Any, says: int, hears: int) -> None:
        super().__init__(ws)
        self._says, self._hears = says, hears

    def deliver(self, *arguments: Any) -> Any:
        os.write(self._says, b"x")
        os.read(self._hears, 1)
        return super().deliver(*arguments)


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    ends = (*os.pipe(), *os.pipe())
    yield ends
    for end in ends:
        os.close(end)


def test_two_senders_at_once_one_works_and_the_other_leaves_naming_it(
    two: Any, golden: dict[str, bytes], pipes: tuple[int, int, int, int]
) -> None:
    heard, says, hears, tells = pipes
    first = os.fork()
    if first == 0:
        try:
            two.send(transport=Waits(two.ws, says, hears))
        finally:
            os._exit(0)
    os.read(heard, 1)

    def second() -> None:
        with pytest.raises(BusyError, match=f"process {first} "):
            two.send()

    assert in_child(second) == 0
    assert two.send(dry_run=True)  # looking is not sending
    os.write(tells, b"xx")
    os.waitpid(first, 0)
    check_all_sent_once(two, golden)
