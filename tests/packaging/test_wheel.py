"""The wheel, installed by itself away from the repository, does what a clone does.

The wheel is built by the locked backend without a network. Its environment sees the locked
packages of this one, but neither the repository nor what is installed from it.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.config.workspace import Workspace
from pipeline.publish import layout
from tests.reports.conftest import DEMO, DEMO_AS_OF, publish_organisations

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CARRIED = ("dbt_project", "reports_templates", "examples", "dagster.yaml")
# The files of the demo without its hundreds of renderings, which take most of a minute.
WRITE_DEMO = (
    "import sys; from datetime import date; from pathlib import Path;"
    " from pipeline.config.workspace import Workspace; from pipeline.demo.write import write_demo;"
    " write_demo(Workspace(Path(sys.argv[1])), date.fromisoformat(sys.argv[2]), 'small')"
)


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and an empty folder to work in."""

    folder: Path
    wheel: Path

    @property
    def bin(self) -> Path:
        return self.folder / "venv" / "bin"

    @property
    def package(self) -> Path:
        (found,) = (self.folder / "venv").glob("lib/python*/site-packages/pipeline")
        return found

    def run(self, program: str, *arguments: str) -> str:
        """The output of a program of the environment, which knows nothing of the repository."""
        home = self.folder / "empty"
        environment = {
            "PATH": os.defpath,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "MILEPOST_NOW": "2026-04-01T02:30:00+00:00",
        }
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    alone = ["--no-index", "--no-deps"]
    build = [*pip, "wheel", *alone, "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("milepost-*.whl")
    venv.create(folder / "venv", symlinks=True)
    made = Installed(folder, wheel)
    python = made.bin / "python"
    subprocess.run([*pip, "--python", str(python), "install", *alone, str(wheel)], check=True)
    # Files named in here are read, but not the .pth files there: the repository's own is one.
    (made.package.parent / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    dbt = Path(sys.executable).with_name("dbt").read_text().splitlines(keepends=True)
    (made.bin / "dbt").write_text("".join([f"#!{python}\n", *dbt[1:]]))
    (made.bin / "dbt").chmod(0o755)
    (folder / "empty").mkdir()
    return made


def test_it_carries_what_stands_beside_the_code(installed: Installed) -> None:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run([*listing, "pipeline", *CARRIED], cwd=ROOT, capture_output=True)
    if told.returncode:
        pytest.skip("needs a clone: git tells which files belong to the project")
    names = told.stdout.decode().splitlines()
    expected = {n if n.startswith("pipeline/") else f"pipeline/_data/{n}" for n in names}
    with zipfile.ZipFile(installed.wheel) as wheel:
        found = {name for name in wheel.namelist() if not name.startswith("milepost-")}
    assert found == {name for name in expected if (ROOT / _place(name)).exists()}
    assert "pipeline/py.typed" in found
    assert any("fonts/licenses/" in name for name in found)


def test_init_gives_the_examples(installed: Installed) -> None:
    installed.run("milepost", "init", "own")
    for file in (ROOT / "examples").rglob("*.*"):
        copy = installed.folder / "empty" / "own" / file.relative_to(ROOT / "examples")
        assert copy.read_bytes() == file.read_bytes()
    checks = json.loads(installed.run("milepost", "doctor", "--home", "own", "--json"))["checks"]
    assert {row["check"]: row["state"] for row in checks}["fonts"] == "ok"


@pytest.mark.models
def test_its_demo_has_the_figures_of_the_clones(
    installed: Installed, made_once: Callable[..., Path], full: bool
) -> None:
    """Every published table, row by row, by its fingerprint. `--full` renders and sends as well."""
    before = _files(installed.package)
    if full:
        installed.run("milepost", "demo", "--home", "demo", "--as-of", str(DEMO_AS_OF))
    else:
        installed.run("python", "-I", "-c", WRITE_DEMO, "demo", str(DEMO_AS_OF))
        installed.run("milepost", "refresh", "--home", "demo", "--as-of", str(DEMO_AS_OF))
        report = (
            "report",
            "--report",
            "daily_summary",
            "--tenant",
            "skyline",
            "--as-of",
            str(DEMO_AS_OF),
        )
        installed.run("milepost", *report, "--home", "demo")
    theirs = Workspace(installed.folder / "empty" / "demo")
    ours = Workspace(made_once("organisations", publish_organisations))
    for tenant in DEMO:
        assert _figures(theirs, tenant) == _figures(ours, tenant), tenant
    folder = theirs.artifacts("skyline", "daily_summary", DEMO_AS_OF)
    assert (folder / "daily_summary.pdf").read_bytes().startswith(b"%PDF-")
    assert _files(installed.package) == before, "nothing is written beside the code"
    shutil.rmtree(theirs.root)


def _place(name: str) -> str:
    return name.removeprefix("pipeline/_data/")


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def _figures(ws: Workspace, tenant: str) -> dict[str, tuple[int, str]]:
    manifest = layout.current_manifest(ws, tenant)
    assert manifest is not None
    return {name: (table.rows, table.fingerprint) for name, table in manifest.tables.items()}
