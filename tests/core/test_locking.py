import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.core.errors import BusyError
from pipeline.core.locking import exclusive

NOW = datetime(2026, 4, 1, tzinfo=UTC)

HOLD = """
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from pipeline.core.locking import exclusive
with exclusive(Path(sys.argv[1]), datetime(2026, 4, 1, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_turned_away_with_the_holders_name(tmp_path: Path) -> None:
    path = tmp_path / "state" / "refresh.lock"
    path.parent.mkdir()
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        turned_away = pytest.raises(
            BusyError, match=f"process {holder.pid} since 2026-04-01T00:00:00"
        )
        with turned_away, exclusive(path, NOW):
            pass
        holder.kill()
        holder.wait()
        with exclusive(path, NOW):
            pass  # the system dropped the dead holder's lock


def test_a_nested_use_joins_the_outer_one(tmp_path: Path) -> None:
    path = tmp_path / "refresh.lock"
    with exclusive(path, NOW):
        with exclusive(path, NOW):
            pass
        blocked = f"import fcntl; fcntl.flock(open({str(path)!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        assert subprocess.run([sys.executable, "-c", blocked], capture_output=True).returncode != 0


RACE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipeline.core.errors import BusyError
from pipeline.core.locking import exclusive
for line in sys.stdin:
    path, start = line.split()
    while time.monotonic() < float(start):
        pass
    try:
        with exclusive(Path(path), datetime(2026, 4, 1, tzinfo=UTC)):
            print("won", flush=True)
            sys.stdin.readline()
    except BusyError as error:
        print(f"{time.monotonic() - float(start):.3f} {error}", flush=True)
"""


@pytest.mark.slow
def test_of_two_at_the_same_moment_one_wins_and_the_other_leaves_naming_it(tmp_path: Path) -> None:
    """Twenty times (F19): a minute of waiting, or two winners, would be the end of a workspace."""
    command = [sys.executable, "-c", RACE]
    winners = []
    with ExitStack() as stack:
        both = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        for number in range(20):
            start = time.monotonic() + 0.05 + (0.5 if number == 0 else 0)  # they import at first
            for one in both:
                print(tmp_path / f"{number}.lock", start, file=one.stdin, flush=True)
            said = {one: one.stdout.readline() for one in both if one.stdout}
            [winner] = [one for one, words in said.items() if words == "won\n"]
            [loser] = [one for one in both if one is not winner]
            seconds, reason = said[loser].split(maxsplit=1)
            assert float(seconds) < 2
            assert f"process {winner.pid} since" in reason or "has only just started" in reason
            winners.append(winner.pid)
            print(file=winner.stdin, flush=True)
        for one in both:
            assert one.stdin is not None
            one.stdin.close()
    assert len(winners) == 20
