"""The models declare what the figures of a published view are counted in; this reads it.

A column's name does not say it: one `_rate` is a fraction and another, counted as an old view did,
a percentage. The YAML beside each model does (`config: meta: unit:`).
"""

from collections.abc import Mapping
from functools import cache

import yaml

from pipeline.config.settings import DBT_PROJECT_DIR


@cache
def units_of(view: str) -> Mapping[str, str]:
    """Column -> unit, for the columns of the view that are no amounts and no counts."""
    (file,) = (DBT_PROJECT_DIR / "models").rglob(f"{view}.yml")
    models = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    return {
        column["name"]: column["config"]["meta"]["unit"]
        for model in models
        if model["name"] == view
        for column in model["columns"]
        if "unit" in column.get("config", {}).get("meta", {})
    }
