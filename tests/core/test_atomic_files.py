"""atomic_files: a file is there whole or not at all, and nothing is left lying about."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core import atomic_files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_writes_new_and_replaces_old_in_folders_it_makes(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "payload.json"
    assert atomic_files.write_text(target, "eins\r\nzwei – तीन") == target
    assert target.read_bytes().decode() == "eins\r\nzwei – तीन"
    atomic_files.write_bytes(target, b"new")
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["payload.json"]


def test_a_failing_writer_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = atomic_files.write_bytes(tmp_path / "report.pdf", b"old")
    with pytest.raises(ZeroDivisionError), atomic_files.replacing(target) as temporary:
        temporary.write_bytes(b"half")
        1 / 0  # noqa: B018
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["report.pdf"]


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device: .*report.pdf'$"):
        atomic_files.write_bytes(tmp_path / "report.pdf", b"x")
    assert names(tmp_path) == []


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way")
    with pytest.raises(NotADirectoryError, match="outbox"):
        atomic_files.write_bytes(tmp_path / "outbox" / "mail.eml", b"x")


def test_the_longest_possible_name(tmp_path: Path) -> None:
    target = tmp_path / ("ப" * 85)  # 255 bytes
    assert atomic_files.write_bytes(target, b"x").read_bytes() == b"x"


def test_only_leftovers_of_dead_writers_are_removed(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from pipeline.core import atomic_files\n"
        "with atomic_files.replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    dead = tmp_path / "deep" / "dead.bin"
    done = subprocess.run([sys.executable, "-c", script, str(dead)], check=False)
    assert done.returncode == -signal.SIGKILL
    with atomic_files.replacing(tmp_path / "deep" / "alive.bin") as temporary:
        temporary.write_bytes(b"x")
        assert len(names(tmp_path)) == 2
        [removed] = atomic_files.remove_leftovers(tmp_path)
        assert atomic_files.is_temporary(removed)
        assert "dead.bin" in removed.name
    assert names(tmp_path) == ["alive.bin"]
    assert atomic_files.remove_leftovers(tmp_path) == []
