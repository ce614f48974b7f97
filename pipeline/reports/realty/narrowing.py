"""One project, or one owner's bookings: a condition on published rows of realty, and folder names.

A project is named as people name it, by name or code; one that is not there is refused, because an
empty list would read as good news.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipeline.core.errors import ConfigError
from pipeline.reports.report import Inputs

_PROJECT = (
    "select project_id from projects where lower($f_project)"
    " in (lower(project_name), lower(project_code), lower(project_id))"
)


def narrowed(
    inputs: Inputs, project: str = "project_id", owner: str | None = None
) -> tuple[str, dict[str, Any]]:
    """A SQL condition on these columns for what was asked for, and its values.

    ConfigError for a project that is not there.
    """
    asked, conditions, values = inputs.asked.selection, ["true"], dict[str, Any]()
    if asked.project is not None:
        values["f_project"] = asked.project
        if not inputs.published.rows(_PROJECT, values):
            names = [
                row["project_name"]
                for row in inputs.published.rows(
                    "select project_name from projects order by project_name"
                )
            ]
            there = f"there are {', '.join(names)}" if names else "there are none"
            raise ConfigError(f"no project {asked.project!r}; {there}")
        conditions.append(f"{project} in ({_PROJECT})")
    if asked.owner is not None and owner is not None:
        values["f_owner"] = asked.owner
        conditions.append(f"lower({owner}) = lower($f_owner)")
    return " and ".join(conditions), values


def folders(names: Mapping[str, str]) -> dict[str, str]:
    """A folder name for each id: its name, made safe; told apart by a hash where two are alike."""
    slugs = {key: _slug(name) for key, name in names.items()}
    count = Counter(slugs.values())
    return {
        key: slug if slug and count[slug] == 1 else f"{slug}-{_digest(key)}".lstrip("-")
        for key, slug in slugs.items()
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower())[:60].strip("-")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]
