"""What decides how a rendering looks, as one hash: code, templates, fonts, versions of libraries.

Worked out from what is there, so that nothing has to be listed. The code is the report's row and
module and what a worker runs, with every module of ours that these import; the templates are those
of the row, with what they extend, include and import; the files are those that this code names by
`TEMPLATES_DIR / "…"`; the libraries are those that it imports. A file outside all of these, another
report's say, changes nothing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.reports.drawing.templating import texts_of
from pipeline.reports.imports import Code, Module
from pipeline.reports.overrides import Overrides
from pipeline.reports.report import Report

PACKAGE = Path(__file__).parents[1]
# What a worker runs for every report; and what makes a payload's envelope.
DRAWING = ("pipeline.reports.workers.rendering", "pipeline.reports.workers.worker_process")
READING = ("pipeline.reports.envelope", "pipeline.publish.reader")
# WeasyPrint leaves parsing, writing and cutting fonts down to libraries that we do not import.
_BEHIND = {"weasyprint": ("fonttools", "tinycss2", "tinyhtml5", "pyphen")}
_CSS_FILES = re.compile(r"@import\s+(?:url\()?[\"']?([^\"')\s;]+)|url\(\s*[\"']?([^\"')\s]+)")


@lru_cache(maxsize=64)
def renderer_key(report: Report, overrides: Overrides = ()) -> str:
    """SHA-256 of all but the payload that decides what the report's renderings look like, with the
    tenant's own templates among them.
    """
    return _keys().renderer(report, overrides)


@lru_cache(maxsize=32)
def payload_code_key(report: Report) -> str:
    """SHA-256 of the code that makes the report's payload from published rows."""
    return _keys().payload_code(report)


@cache
def _keys() -> Keys:
    return Keys(PACKAGE, TEMPLATES_DIR)


class Keys:
    """The keys of one state of the code and the templates; a test has a copy of both."""

    def __init__(self, package: Path, templates: Path) -> None:
        self._code = Code(package)
        self._templates = templates

    def renderer(self, report: Report, overrides: Overrides = ()) -> str:
        modules = self._code.reached([_own(report), *DRAWING])
        texts = texts_of(report.templates.values(), overrides, self._templates)
        named = {name for module in modules for name in module.templates}
        files = self._files(named | set(report.stylesheets))
        return _hash([*_texts(modules), *texts.items(), *files, *_versions(modules)])

    def payload_code(self, report: Report) -> str:
        """Types count too: what a module is handed has its code elsewhere, which decides too."""
        modules = self._code.reached([_own(report), *READING], types=True)
        return _hash([*_texts(modules), *_versions(modules)])

    def _files(self, names: set[str]) -> Iterator[tuple[str, bytes]]:
        """The files of these names, those in folders of these names, and what style sheets load."""
        waiting, seen = sorted(names), set[str]()
        while waiting:
            name = waiting.pop()
            path = self._templates / name
            if name in seen:
                continue
            seen.add(name)
            if path.is_dir():
                waiting += [
                    each.relative_to(self._templates).as_posix() for each in sorted(path.iterdir())
                ]
            elif path.is_file() and path.suffix != ".md":
                data = path.read_bytes()
                yield name, data
                if path.suffix == ".css":
                    waiting += self._loaded(data.decode(), path.parent)

    def _loaded(self, sheet: str, folder: Path) -> Iterator[str]:
        """The files that a style sheet imports or draws with, of those that are ours."""
        for found in _CSS_FILES.finditer(sheet):
            path = (folder / (found[1] or found[2])).resolve()
            if path.is_relative_to(self._templates.resolve()):
                yield path.relative_to(self._templates.resolve()).as_posix()


def _own(report: Report) -> str:
    """The module that has the report's row; it imports the one that makes the report."""
    return report.load.__module__


def _texts(modules: Iterable[Module]) -> Iterator[tuple[str, bytes]]:
    return ((module.name, module.data) for module in modules)


def _versions(modules: Iterable[Module]) -> list[tuple[str, bytes]]:
    packages = {package for module in modules for package in module.libraries}
    names = {name for package in packages for name in _distributions().get(package, ())}
    names |= {behind for name in names for behind in _BEHIND.get(name, ())}
    return [(name, importlib.metadata.version(name).encode()) for name in sorted(names)]


@cache
def _distributions() -> Mapping[str, Sequence[str]]:
    """The installed libraries by the packages in them; to ask costs a tenth of a second."""
    return importlib.metadata.packages_distributions()


def _hash(parts: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in parts:
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()
