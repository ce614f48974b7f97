"""One small demo for all tests here: its files, and its tables before they became text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.config.workspace import Workspace
from pipeline.demo.draws import Streams
from pipeline.demo.flaws.warts import with_warts
from pipeline.demo.organisations import ORGANISATIONS
from pipeline.demo.profile import Profile
from pipeline.demo.simulate import simulate
from pipeline.demo.write import SEED, DemoSummary, tenant_window, write_demo

AS_OF = date(2025, 11, 24)


@dataclass(frozen=True)
class Organisation:
    """A tenant's tables with types, as simulated and with the warts that are kept."""

    profile: Profile
    as_of: date
    pure: Mapping[str, pl.DataFrame]
    tables: Mapping[str, pl.DataFrame]


def organisation(profile: Profile, as_of: date) -> Organisation:
    pure = simulate(profile, tenant_window(profile, as_of), SEED)
    return Organisation(profile, as_of, pure, with_warts(Streams(SEED, profile.id), pure))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, DemoSummary]:
    ws = Workspace(tmp_path_factory.mktemp("demo"))
    return ws, write_demo(ws, AS_OF)


@pytest.fixture(scope="session", params=ORGANISATIONS, ids=lambda profile: profile.id)
def org(request: pytest.FixtureRequest) -> Organisation:
    return organisation(request.param, AS_OF)


def all_files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
