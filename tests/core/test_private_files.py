"""A workspace is its owner's alone, be it made now or by an earlier version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.private_files import open_to_others, repair_once

MILEPOST = Path(sys.executable).with_name("milepost")
DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def old(workspace: Workspace) -> Path:
    """A workspace as the usual umask left it, and an inbox that another user delivers to."""
    before = os.umask(0o022)
    try:
        for name in ("artifacts/skyline/a.pdf", "outbox/skyline/a.eml", "inbox/skyline/leads.csv"):
            file = workspace.path(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("a statement")
        (workspace.root / "link").symlink_to("/etc")
        workspace.root.chmod(0o755)
    finally:
        os.umask(before)
    return workspace.root


def test_what_an_earlier_version_left_open_is_closed_once(old: Path) -> None:
    assert list(open_to_others(old))
    assert repair_once(old) >= 5
    assert list(open_to_others(old)) == []
    assert old.stat().st_mode & 0o777 == 0o700
    assert (old / "artifacts/skyline/a.pdf").stat().st_mode & 0o777 == 0o600
    assert (old / "inbox/skyline").stat().st_mode & 0o777 == 0o755, "who delivers may be another"
    (old / "artifacts").chmod(0o750)  # a person's decision
    assert repair_once(old) == 0
    assert (old / "artifacts").stat().st_mode & 0o777 == 0o750


def test_what_a_command_makes_is_private_whatever_the_umask(tmp_path: Path) -> None:
    home = tmp_path / "office"
    done = subprocess.run(
        ["sh", "-c", f"umask 000; exec {MILEPOST} init {home}"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in open_to_others(home) if "inbox" not in path.parts] == []
    written = atomic_files.write_text(tmp_path / "a", "x")
    assert written.stat().st_mode & 0o777 == 0o600


def test_services_and_the_wrapper_have_it_too() -> None:
    for unit in DEPLOY.glob("*.service"):
        assert "UMask=0077" in unit.read_text()
    assert "umask 077" in (DEPLOY / "milepost").read_text()
