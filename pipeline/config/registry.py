"""The tenant registry: `tenants/<tenant>.yaml` and `sources.yaml`, read into frozen models.

Every problem of every file is reported at once, a line each: file, key, what was expected. What a
file may say is in `tenant.py`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.config.source import DatabaseSource, FileSource
from pipeline.config.tenant import INBOX, Recipient, ReportConfig, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError

_KINDS: Mapping[str, type[FileSource] | type[DatabaseSource]] = {
    "files": FileSource,
    **dict.fromkeys(("postgresql", "mysql", "mariadb"), DatabaseSource),
}

__all__ = [
    "DatabaseSource",
    "FileSource",
    "Recipient",
    "Registry",
    "ReportConfig",
    "Tenant",
    "load_registry",
]


@dataclass(frozen=True)
class Registry:
    """All tenants by id, in order of id, and the sources by name."""

    tenants: Mapping[str, Tenant]
    sources: Mapping[str, FileSource | DatabaseSource]

    def tenant(self, tenant_id: str) -> Tenant:
        """ConfigError lists the tenants there are if `tenant_id` is none of them."""
        if tenant_id not in self.tenants:
            known = ", ".join(self.tenants) or "none: add tenants/<tenant>.yaml"
            raise ConfigError(f"no tenant {tenant_id!r}; there are {known}")
        return self.tenants[tenant_id]

    def file_source(self, tenant_id: str) -> tuple[str, FileSource]:
        """Name and options of the source that describes the tenant's inbox files."""
        for name in (*self.tenant(tenant_id).sources, INBOX):
            source = self.sources[name]
            if isinstance(source, FileSource):
                return name, source
        raise AssertionError("the inbox is built in")

    def databases(self) -> dict[str, DatabaseSource]:
        """The databases by name."""
        return {
            name: source
            for name, source in self.sources.items()
            if isinstance(source, DatabaseSource)
        }

    def tenants_of(self, source_name: str) -> dict[str, str]:
        """Of a database: what stands in its tenant column -> our tenant id."""
        source = self.databases()[source_name]
        if isinstance(source.tenants, dict):
            return {theirs: ours for ours, theirs in source.tenants.items()}
        if isinstance(source.tenants, list):
            return {name: name for name in source.tenants}
        named = (
            tenant.id
            for tenant in self.tenants.values()
            if source.tenants == "all" or source_name in tenant.sources
        )
        return {name: name for name in named}


def load_registry(ws: Workspace) -> Registry:
    """Read every tenant file and sources.yaml.

    Raises ConfigError with one line a problem: `<file>: <key>: <what was expected>`.
    """
    problems: list[str] = []
    sources = _load_sources(ws.sources_file, problems)
    tenants: dict[str, Tenant] = {}
    for path in sorted(ws.tenants_dir.glob("*.y*ml")):
        tenant = _load_tenant(path, sources, problems)
        if tenant is not None:
            tenants[tenant.id] = tenant
    problems += _check_tenants(ws.sources_file, sources, tenants)
    if problems:
        raise ConfigError("\n".join(problems))
    return Registry(MappingProxyType(tenants), MappingProxyType(sources))


def _load_sources(path: Path, problems: list[str]) -> dict[str, FileSource | DatabaseSource]:
    sources: dict[str, FileSource | DatabaseSource] = {INBOX: FileSource()}
    data = read_yaml(path, problems, literal=("columns", "values")) if path.exists() else {}
    for name, value in data.items():
        if not isinstance(value or {}, dict):
            problems.append(f"{path.name}: {name}: expected keys and values")
            continue
        kind = (value or {}).get("type", "files")
        if kind not in _KINDS:
            problems.append(f"{path.name}: {name}.type: expected one of {', '.join(_KINDS)}")
            continue
        try:
            sources[str(name)] = _KINDS[kind].model_validate(value or {})
        except ValidationError as error:
            problems.extend(explain(path, error, prefix=f"{name}."))
    return sources


def _load_tenant(
    path: Path, sources: Mapping[str, FileSource | DatabaseSource], problems: list[str]
) -> Tenant | None:
    found = len(problems)
    data = read_yaml(path, problems)
    if len(problems) > found:
        return None
    if "id" in data:
        problems.append(
            f"{path.name}: id: not a key of this file; the file's name is the tenant's id"
        )
        return None
    try:
        tenant = Tenant.model_validate({**data, "id": path.stem})
    except ValidationError as error:
        problems.extend(explain(path, error))
        return None
    problems.extend(_check_references(path, tenant, sources))
    return tenant


def _check_references(
    path: Path, tenant: Tenant, sources: Mapping[str, FileSource | DatabaseSource]
) -> list[str]:
    problems = [
        f"{path.name}: sources: no source {name!r}; sources.yaml has {', '.join(sources)}"
        for name in tenant.sources
        if name not in sources
    ]
    files = [name for name in tenant.sources if isinstance(sources.get(name), FileSource)]
    if len(files) > 1:
        problems.append(
            f"{path.name}: sources: expected one source of inbox files at most, found"
            f" {', '.join(files)}: the files of one folder are written one way"
        )
    if tenant.brand.logo and not (path.parent / tenant.brand.logo).is_file():
        problems.append(
            f"{path.name}: brand.logo: no file {tenant.brand.logo} beside the tenant file"
        )
    return problems


def _check_tenants(
    path: Path,
    sources: Mapping[str, FileSource | DatabaseSource],
    tenants: Mapping[str, Tenant],
) -> list[str]:
    problems = []
    for name, source in sources.items():
        if isinstance(source, DatabaseSource) and isinstance(source.tenants, list | dict):
            missing = sorted(set(source.tenants) - set(tenants))
            if missing:
                problems.append(f"{path.name}: {name}.tenants: no tenant {', '.join(missing)}")
            if isinstance(source.tenants, dict):
                theirs = list(source.tenants.values())
                twice = sorted({value for value in theirs if theirs.count(value) > 1})
                if twice:
                    problems.append(
                        f"{path.name}: {name}.tenants: {', '.join(twice)} belongs to two tenants"
                    )
    return problems


# libyaml's reader: Python's takes six times as long, which for hundreds of tenants is seconds.
class _StrictLoader(yaml.CSafeLoader):
    """YAML in which a key that appears twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                problem=f"key {', '.join(twice)} appears twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


# YAML 1.1 takes 11:00 for 660 and 012 for ten. Whoever writes either means what stands there.
_TEXT, _NOTHING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def _as_meant(node: yaml.Node, literal: Collection[str]) -> None:
    """Make text of scalars that YAML would read as another number, and of all below `literal` keys

    of an entry: what stands in a mapping is the text of the source's files.
    """
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, int, bool]] = [(node, 0, False)]
    while waiting:
        node, depth, is_text = waiting.pop()
        # An alias leads to a node that was met before, and may lead back to itself.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            is_changed = node.tag in _NUMBERS and not _NUMBER.fullmatch(node.value)
            if is_changed or (is_text and node.tag != _NOTHING):
                node.tag = _TEXT
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(each, depth + 1, is_text) for each in node.value]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if is_text and isinstance(key, yaml.ScalarNode):
                    key.tag = _TEXT
                begins = depth == 1 and key.value in literal
                waiting += [(key, depth + 1, is_text), (value, depth + 1, is_text or begins)]


def _parse(text: str, literal: Collection[str]) -> Any:
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _as_meant(node, literal)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def read_yaml(path: Path, problems: list[str], literal: Collection[str] = ()) -> dict[str, Any]:
    """Keys and values of a configuration file; empty, with a line in `problems`, if it has none.

    Below `literal` keys of an entry all is text, as it stands there.
    """
    try:
        data = _parse(path.read_text(encoding="utf-8"), literal)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(
            "{}: not readable as YAML: {}".format(path.name, " ".join(str(error).split()))
        )
        return {}
    if data is None:
        data = {}
    if not isinstance(data, dict):
        problems.append(f"{path.name}: expected keys and values, found {type(data).__name__}")
        return {}
    return data


def explain(path: Path, error: ValidationError, prefix: str = "") -> list[str]:
    """One line a problem, in words for the person who edits the file."""
    lines = []
    for item in error.errors():
        key = prefix + ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            message = "unknown key"
        elif item["type"] == "string_type" and isinstance(item["input"], bool):
            message = (
                "expected text, but YAML reads an unquoted Yes, No, On or Off as true or false:"
                " put it in quotes"
            )
        elif item["type"] == "missing":
            message = "required, but absent"
        else:
            message = item["msg"].removeprefix("Value error, ")
            if not isinstance(item["input"], Mapping):  # the whole file would say nothing
                message += f"; found {item['input']!r}"
        lines.append(": ".join(filter(None, (path.name, key, message))))
    return lines
