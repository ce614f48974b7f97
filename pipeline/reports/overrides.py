"""A tenant's own templates: `tenants/<tenant>/templates/`, block by block.

A file there stands in the place of the product's template of the same name, and extends it:

    {% extends "milepost/daily_summary.html.jinja" %}
    {% block footer %}…{% endblock %}

What it does not say stays the product's. It runs in the same sandbox, in a worker with limits, and
sees the payload alone; it may not load anything, because a report is complete in itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateSyntaxError, nodes

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config.workspace import Workspace

Overrides = tuple[tuple[str, str], ...]

LARGEST = 100_000
# What would load something, or run it, when the report is opened, said with its line before it is
# rendered. What a template makes of its expressions is seen in the document (`document_check`).
_LOADS = re.compile(
    r"<\s*(?:script|iframe|object|embed|link|base|form)\b"
    r"|\b(?:src|srcset|background|poster)\s*=\s*+[\"']?+(?!data:|cid:|\{\{)"
    r"|url\(\s*+[\"']?+(?!data:|#)|@import|\son\w+\s*=",
    re.IGNORECASE,
)


def read_overrides(ws: Workspace, tenant: str) -> Overrides:
    """The tenant's templates by name, in order. ConfigError for one that cannot be used."""
    folder = ws.tenants_dir / tenant / "templates"
    if not folder.is_dir():
        return ()
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            raise ConfigError(f"{path}: a template must be a file of this folder, not a link")
        if path.suffix != ".jinja" or not (TEMPLATES_DIR / name).is_file():
            there = sorted(p.relative_to(TEMPLATES_DIR) for p in TEMPLATES_DIR.rglob("*.jinja"))
            raise ConfigError(
                f"{path}: no template {name} to override; there are {', '.join(map(str, there))}"
            )
        found.append((name, _read(path.read_bytes(), str(path))))
    return tuple(found)


def knows_parts(overrides: Overrides, template: str) -> bool:
    """Whether the template can be asked for a part of a long document: ours can, a tenant's with
    another body or other styles, or that extends nothing, knows nothing of parts.
    """
    text = dict(overrides).get(template)
    if text is None:
        return True
    try:
        tree = Environment(autoescape=True).parse(text)
    except TemplateSyntaxError:
        return False  # which is said when it is rendered
    blocks = {block.name for block in tree.find_all(nodes.Block)}
    return not blocks & {"body", "styles"} and any(tree.find_all(nodes.Extends))


def _read(data: bytes, path: str) -> str:
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: a template of {len(data)} bytes; expected {LARGEST} at most")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error}") from error
    loads = _LOADS.search(text)
    if loads:
        line = text.count("\n", 0, loads.start()) + 1
        raise ConfigError(
            f"{path}, line {line}: {loads[0].strip()!r} would load or run something when the report"
            " is opened; put pictures in as data: URIs"
        )
    return text
