"""What all tests share: the real data beside the repository, a workspace, a pinned clock."""

import fcntl
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.config.workspace import Workspace
from tests.lanes import LANES, Programs, lanes_of
from tests.servers import Server, mariadb_server, postgres_server

# A slow machine is no finding: no test may depend on the clock.
settings.register_profile("milepost", deadline=None, max_examples=60)
settings.load_profile("milepost")

HERE = Path(__file__).parent
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


# With two workers each takes the next file when it is done with one (`--no-loadscope-reorder`): the
# files that build what others read come first and do not wait for each other, short ones last.
_ORDER = (
    "dbt_project/test_leads.py",
    "test_end_to_end.py",
    "reports/test_lists.py",
    "publish",
    "defs",
    "reports",
    "dbt_project",
    "demo",
    "test_cli.py",
    "delivery",
    "landing",
)


PROGRAMS = Programs()
PROGRAMS.watch()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every test gets the markers of its lanes, before `-m` chooses by them."""
    marked = {marker.name for marker in item.iter_markers()}
    for lane in lanes_of(set(getattr(item, "fixturenames", ())), marked):
        if lane not in marked:
            item.add_marker(lane)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    PROGRAMS.lanes = {marker.name for marker in item.iter_markers()} & set(LANES)
    try:
        return (yield)
    finally:
        PROGRAMS.lanes = set()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path))


def _place(file: Path) -> int:
    own = file.relative_to(HERE).as_posix()
    before = (n for n, part in enumerate(_ORDER) if own == part or own.startswith(f"{part}/"))
    return next(before, len(_ORDER))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data with known answers; it may not be copied into the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data sets in ../shared/data beside the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`made_once(name, make)`: a folder that `make(folder)` fills, one for the whole run.

    Under xdist the first worker that asks makes it, another waits. Tests read it and leave it as
    it is.
    """
    root = tmp_path_factory.getbasetemp()
    root = root.parent if root.name.startswith("popen-") else root

    def once(name: str, make: Callable[[Path], None], home: Path | None = None) -> Path:
        folder = home or root / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                make(folder)
                (folder / "made").touch()
        return folder

    return once


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that one test reads is none in another, whose words may hold it."""
    monkeypatch.setattr("pipeline.core.redaction._known", [])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace: a folder with a tenants/ folder in it."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.tenants_dir.mkdir(parents=True)
    return workspace


@pytest.fixture
def now() -> datetime:
    """08:00 of 1 April 2026 in India."""
    return datetime(2026, 4, 1, 2, 30, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        help="every repetition of the fault tests, as many as the promises name (takes long)",
    )

    parser.addoption(
        "--models-home",
        help="a folder for the warehouse of the models' tests: built if it is not there, else read",
    )


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether a fault test is to run its whole number of repetitions, or a few."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this test process; make a database or a schema of your own in it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB server of this test process; make a database of your own in it."""
    with mariadb_server() as server:
        yield server
