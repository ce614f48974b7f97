"""What all tests share: the real data beside the repository, a workspace, a pinned clock."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.workspace import Workspace

# A slow machine is no finding: no test may depend on the clock.
settings.register_profile("milepost", deadline=None, max_examples=60)
settings.load_profile("milepost")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data with known answers; it may not be copied into the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data sets in ../shared/data beside the repository")
    return SHARED_DATA


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
