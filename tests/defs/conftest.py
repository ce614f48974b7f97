"""The definitions read the workspace's settings when they are imported, so they get one first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.config.workspace import Workspace

# 08:30 of 1 April 2026 in India.
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="package", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty workspace that `pipeline.definitions` may prepare dbt's manifest in."""
    path = tmp_path_factory.mktemp("definitions") / "workspace"
    (path / "tenants").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILEPOST_HOME", str(path))
        patch.setenv("MILEPOST_NOW", NOW.isoformat())
        yield path


@pytest.fixture
def skyline(workspace: Workspace) -> Workspace:
    """A workspace with one tenant that wants its daily summary at eight."""
    (workspace.tenants_dir / "skyline.yaml").write_text(
        "name: Skyline\n"
        "reports:\n"
        "  daily_summary: {schedule: '0 8 * * *', recipients: [{email: head@skyline.example}]}\n"
    )
    return workspace
