"""`examples/` is a workspace that works, and says something about every key."""

import shutil
from pathlib import Path

from pipeline.config.registry import load_registry
from pipeline.config.settings import EXAMPLES_DIR, Settings, load_settings
from pipeline.config.source import FileSource
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace

EXAMPLES = EXAMPLES_DIR


def test_the_registry_accepts_the_example_workspace(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    registry = load_registry(Workspace(tmp_path))
    assert list(registry.tenants) == ["skyline"]
    assert "branch_office" in registry.sources


def test_the_example_tenant_shows_every_key() -> None:
    registry = load_registry(Workspace(EXAMPLES))
    set_keys = registry.tenants["skyline"].model_fields_set
    assert set_keys == set(Tenant.model_fields)
    assert registry.sources["branch_office"].model_fields_set == set(FileSource.model_fields)


def test_the_example_environment_names_every_setting() -> None:
    lines = (EXAMPLES / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = [line.lstrip("#").split("=", 1) for line in lines if "=" in line and " " not in line]
    environment = dict(pairs)
    settings = load_settings(environment=environment)
    assert settings.now_override is not None
    assert len(environment) == len(Settings.model_fields)
