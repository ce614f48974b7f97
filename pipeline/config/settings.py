"""Settings of one process, and the only place that reads the environment and the clock.

Every other module takes what it needs as an argument. `MILEPOST_NOW` pins the clock, so that a
demonstration or a test gives the same bytes on any day.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.core import redaction
from pipeline.core.errors import ConfigError

PREFIX = "MILEPOST_"
# Where `python -m pipeline…` finds the package; site-packages where a wheel is installed.
REPOSITORY = Path(__file__).resolve().parents[2]
# A wheel carries inside the package what a clone has beside it. Milepost writes to neither.
_CARRIED = REPOSITORY / "pipeline" / "_data"
DATA_DIR = _CARRIED if _CARRIED.is_dir() else REPOSITORY
DBT_PROJECT_DIR = DATA_DIR / "dbt_project"
TEMPLATES_DIR = DATA_DIR / "reports_templates"
EXAMPLES_DIR = DATA_DIR / "examples"
DAGSTER_CONFIG = DATA_DIR / "dagster.yaml"
_SIZE = r"^\d+(\.\d+)?(MB|GB|MiB|GiB)$"


class Settings(BaseModel):
    """What a process may do with this machine, and where its workspace is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path("workspace")
    now_override: datetime | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=lambda: os.cpu_count() or 1)
    threads: Annotated[int, Field(ge=1, le=256)] = Field(
        default_factory=lambda: os.cpu_count() or 1
    )
    memory_limit: Annotated[str, Field(pattern=_SIZE)] = "4GB"
    keep_builds: Annotated[int, Field(ge=1)] = 5
    keep_days: Annotated[int, Field(ge=15)] = 90
    keep_record_days: Annotated[int, Field(ge=62)] = 400
    query_seconds: Annotated[float, Field(gt=0)] = 60
    query_memory: Annotated[str, Field(pattern=_SIZE)] = "1GB"
    query_disk: Annotated[str, Field(pattern=_SIZE)] = "2GB"
    query_rows: Annotated[int, Field(ge=1)] = 1_000_000
    ui_hosts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")], ...] = ()

    @field_validator("ui_hosts", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("now_override")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("needs an offset, for example 2026-04-01T02:30:00Z")
        return value

    def now(self) -> datetime:
        """The current instant in UTC, or the pinned one."""
        return (self.now_override or wall_clock()).astimezone(UTC)


def wall_clock() -> datetime:
    """The machine's clock in UTC, for the age of processes and runs; figures take `now()`."""
    return datetime.now(UTC)


def load_settings(
    home: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings from `MILEPOST_*` variables; `home` (from the command line) wins over the variable.

    Raises ConfigError naming each variable that does not parse.
    """
    environment = os.environ if environment is None else environment
    names = {("NOW" if name == "now_override" else name.upper()): name for name in _FIELDS}
    values: dict[str, object] = {
        field: environment[PREFIX + variable]
        for variable, field in names.items()
        if environment.get(PREFIX + variable)
    }
    if home is not None:
        values["home"] = home
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        variables = {field: variable for variable, field in names.items()}
        problems = [
            f"{PREFIX}{variables[str(item['loc'][0])]}: {item['msg']}, not {item['input']!r}"
            for item in error.errors()
        ]
        raise ConfigError("\n".join(problems)) from None
    return settings.model_copy(update={"home": settings.home.expanduser().resolve()})


# What a workspace's files name may be called anything; `secret` knows those when they are read.
_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE|_URL$|_DSN$|^DATABASE")
_FIELDS = tuple(Settings.model_fields)


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child process: this one's, with `extra` on top."""
    return {**os.environ, **(extra or {})}


def set_environment(values: Mapping[str, str]) -> None:
    """Set variables of this process that a library reads at import (fontconfig, Dagster)."""
    os.environ.update(values)


def secret(variable: str) -> str:
    """A secret by the name of its environment variable; ConfigError names it when it is absent."""
    value = os.environ.get(variable)
    if not value:
        raise ConfigError(f"environment variable {variable} is not set; a source or mail needs it")
    redaction.remember(value)
    return value


def hide_secrets() -> None:
    """Let no value of a variable that names a secret be seen in messages, logs and errors."""
    for variable, value in os.environ.items():
        if value and _SECRET.search(variable):
            redaction.remember(value)
    redaction.install()
