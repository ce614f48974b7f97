"""The tenant registry: `tenants/<tenant>.yaml` and `sources.yaml`, read into frozen models.

Every problem of every file is reported at once, a line each: file, key, what was expected. What a
file may say is in `tenant.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from pipeline.config.fields import Model
from pipeline.config.source import DatabaseSource, FileSource
from pipeline.config.tenant import INBOX, Recipient, ReportConfig, Tenant
from pipeline.config.workspace import Workspace
from pipeline.config.yaml_text import read_yaml
from pipeline.core.errors import ConfigError, did_you_mean

_KINDS: Mapping[str, type[FileSource] | type[DatabaseSource]] = {
    "files": FileSource,
    **dict.fromkeys(("postgresql", "mysql", "mariadb"), DatabaseSource),
}

# In other words than the library's.
_EXPECTED = {
    "tuple_type": "a list, for example [one, two]",
    "list_type": "a list, for example [one, two]",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "int_type": "a whole number",
    "bool_type": "true or false",
}
_FORMS = {
    r"^([01]\d|2[0-3]):[0-5]\d$": 'a time of day, for example "07:30"',
    r"^[A-Z][A-Z0-9_]*$": "the name of an environment variable, for example SMTP_PASSWORD",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable, for example CRM_URL",
    r"^#[0-9A-Fa-f]{6}$": 'a colour, for example "#1f4e79"',
    r"^[\w][\w.-]*\.(svg|png)$": "the name of an SVG or PNG file",
    r"^[^@\s<>,;:\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$": "an e-mail address",
    r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$": "a domain, for example example.com",
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
        if tenant is not None and tenant.id in tenants:
            problems.append(f"{path.name}: {tenant.id} has another file beside this; keep one")
        elif tenant is not None:
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


def _keys() -> set[str]:
    """Every key that some model of a configuration file has."""
    found: set[str] = set()
    waiting: list[type[BaseModel]] = [Model, FileSource, DatabaseSource]
    while waiting:
        model = waiting.pop()
        found |= {field.alias or name for name, field in model.model_fields.items()}
        waiting += model.__subclasses__()
    return found


def explain(path: Path, error: ValidationError, prefix: str = "") -> list[str]:
    """One line a problem, in words for the person who edits the file."""
    lines = []
    for item in error.errors():
        key = prefix + ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            message = f"unknown key{did_you_mean([str(item['loc'][-1])], _keys())}"
        elif item["type"] in _EXPECTED:
            message = f"expected {_EXPECTED[item['type']]}; found {item['input']!r}"
        elif item["type"] == "string_pattern_mismatch":
            form = _FORMS.get(item["ctx"]["pattern"], "another form")
            message = f"expected {form}; found {item['input']!r}"
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
