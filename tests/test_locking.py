import subprocess
import sys
from datetime import UTC, datetime

import pytest

from pipeline.errors import BusyError
from pipeline.locking import exclusive

NOW = datetime(2026, 4, 1, tzinfo=UTC)

HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.locking import exclusive
with exclusive(Path(sys.argv[1]), datetime(2026, 4, 1, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_turned_away_with_the_holders_name(tmp_path):
    path = tmp_path / "state" / "refresh.lock"
    path.parent.mkdir()
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
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


def test_a_nested_use_joins_the_outer_one(tmp_path):
    path = tmp_path / "refresh.lock"
    with exclusive(path, NOW):
        with exclusive(path, NOW):
            pass
        blocked = f"import fcntl; fcntl.flock(open({str(path)!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        assert subprocess.run([sys.executable, "-c", blocked], capture_output=True).returncode != 0
