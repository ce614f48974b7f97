"""The dbt project as text: each model's file, and what the YAML of its folder says of it."""

from functools import cache
from typing import Any

import yaml

from pipeline.config.settings import DBT_PROJECT_DIR

MODELS_DIR = DBT_PROJECT_DIR / "models"
MODELS = {path.stem: path for path in sorted(MODELS_DIR.rglob("*.sql"))}
# All of marts and reporting, and the one table of the last layer that people read.
PUBLISHED = sorted(
    name
    for name, path in MODELS.items()
    if path.relative_to(MODELS_DIR).parts[0] in ("marts", "reporting") or name == "data_checks"
)
REPORTING = sorted(name for name, path in MODELS.items() if path.parent.name == "reporting")


@cache
def yaml_of(name: str) -> dict[str, Any]:
    """The YAML with the model's entry: named like the model, or like its folder for all of it."""
    own = MODELS[name].with_suffix(".yml")
    shared = own.with_name(f"{own.parent.name}.yml")
    content: dict[str, Any] = yaml.safe_load((own if own.is_file() else shared).read_text())
    return content


def entry_of(name: str) -> dict[str, Any]:
    """What the YAML says of the model; said exactly once."""
    (entry,) = [model for model in yaml_of(name)["models"] if model["name"] == name]
    return dict(entry)
