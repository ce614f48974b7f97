from datetime import date
from pathlib import Path

import pytest

from pipeline.config.workspace import Workspace, check_tenant_id
from pipeline.core.errors import ConfigError


@pytest.mark.parametrize(
    "text", ["../../etc", "a/b", "", "A", "-a", "a" * 64, "a'; DROP", "ä", "a\n", ".", "a b"]
)
def test_only_a_tenant_id_makes_a_tenant_path(workspace: Workspace, text: str) -> None:
    with pytest.raises(ConfigError, match="is not a tenant id"):
        check_tenant_id(text)
    with pytest.raises(ConfigError, match="is not a tenant id"):
        workspace.inbox(text)


def test_no_path_leads_out_of_the_root(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leads out of the workspace"):
        workspace.path("raw", "..", "..", "elsewhere")
    workspace.root.joinpath("published").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="leads out of the workspace"):
        workspace.published("skyline")


def test_artifacts_are_by_tenant_report_and_day(workspace: Workspace) -> None:
    path = workspace.artifacts("skyline", "daily_summary", date(2026, 3, 31), "c-1")
    assert path == workspace.root / "artifacts/skyline/daily_summary/2026-03-31/c-1"
