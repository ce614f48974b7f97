from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.config.settings import load_settings, secret
from pipeline.core.errors import ConfigError


def test_variables_override_defaults_and_the_command_line_overrides_both(tmp_path: Path) -> None:
    environment = {"MILEPOST_HOME": "/nowhere", "MILEPOST_WORKERS": "3"}
    assert load_settings(None, environment).workers == 3
    assert load_settings(None, environment).home == Path("/nowhere")
    assert load_settings(tmp_path, environment).home == tmp_path


def test_a_pinned_clock_stands_still() -> None:
    settings = load_settings(None, {"MILEPOST_NOW": "2026-04-01T08:00:00+05:30"})
    assert settings.now() == datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    assert settings.now().utcoffset() == timedelta(0)


def test_every_bad_variable_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(
            None,
            {
                "MILEPOST_WORKERS": "many",
                "MILEPOST_MEMORY_LIMIT": "lots",
                "MILEPOST_NOW": "2026-04-01T08:00:00",
            },
        )
    for variable in ("MILEPOST_WORKERS", "MILEPOST_MEMORY_LIMIT", "MILEPOST_NOW"):
        assert variable in str(caught.value)


def test_a_missing_secret_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_URL", raising=False)
    with pytest.raises(ConfigError, match="CRM_URL"):
        secret("CRM_URL")
