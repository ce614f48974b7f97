"""What arrives to be landed: inbox files and extracts of tables, in one shape.

An arrival knows whose rows it holds, how they are written and how it is opened; reading it is
`read`'s, and where it lies is `sources`'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from pipeline.config.registry import DatabaseSource, Registry
from pipeline.contracts import CONTRACT_VERSION, Contract
from pipeline.landing.validation.dialect import Dialect
from pipeline.sources.databases.extract import Running
from pipeline.sources.databases.extract_types import Extract
from pipeline.sources.databases.saved_parts import PartsReader
from pipeline.sources.databases.table import Plan
from pipeline.sources.files.inbox import Fingerprint, InboxFile, open_file
from pipeline.sources.parsed import Reader
from pipeline.sources.refusals import Waiting

# Raised when the same file, by the same configuration, is read as something else.
READING = 2


@dataclass(frozen=True)
class Arrival:
    """One file, or what was read of one table.

    The rows are all `tenant`'s, or each says in `tenant_id` whose it is, in the words of `tenants`
    (theirs -> ours). `first_row` is the number of the row before the first, as people count.
    """

    name: str
    source_name: str
    dialect: Dialect
    open: Callable[[Contract], Reader]
    tenant: str | None = None
    tenants: Mapping[str, str] = field(default_factory=dict)
    first_row: int = 0
    sha256: str = ""
    file: InboxFile | None = None
    fingerprint: Fingerprint | None = None
    extract: Extract | None = None
    # By which rules it is read; what was read by others is read again.
    rules: str = ""
    # Whether it landed before, by other rules: then rows that another file has replaced stay so.
    is_again: bool = False
    is_finished: bool = True

    def check_unchanged(self) -> None:
        """Raises Waiting if the file was written to since it was looked at."""
        if self.file and self.fingerprint and not self.fingerprint.still_holds(self.file.path):
            raise Waiting("changed while it was being read")


def reading_rules(file: InboxFile, registry: Registry) -> str:
    """What tells one way of reading a file from another, in a few characters."""
    source = file.source
    said = [
        READING,
        CONTRACT_VERSION,
        registry.tenants[file.tenant].timezone,
        registry.tenants[file.tenant].currency if file.kind == "xlsx" else "",
        source.timezone,
        source.date_format,
        source.decimal,
        source.delimiter,
        source.encoding,
        source.ids,
        source.names_of(file.entity),
        source.values_of(file.entity),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def of_file(
    file: InboxFile,
    mark: Fingerprint,
    registry: Registry,
    *,
    rules: str = "",
    is_again: bool = False,
    is_finished: bool = False,
) -> Arrival:
    tenant, source = registry.tenants[file.tenant], file.source
    dialect = Dialect(
        source.zone or tenant.zone,
        source.date_format,
        source.decimal,
        source.names_of(file.entity),
        source.values_of(file.entity),
        tenant.zone,
        source.ids,
    )
    return Arrival(
        file.name,
        file.source_name,
        dialect,
        partial(open_file, file, mark=mark, finished=is_finished),
        tenant=file.tenant,
        first_row=file.first_row,
        sha256=mark.sha256,
        file=file,
        fingerprint=mark,
        rules=rules,
        is_again=is_again,
        is_finished=is_finished,
    )


def of_extract(extract: Extract, registry: Registry, running: Running | None = None) -> Arrival:
    """What was read of a table, or is being read: then `running` tells of it part by part."""
    plan = extract.plan
    return Arrival(
        extract.name,
        extract.source_name,
        dialect_of(plan, extract.source, registry),
        lambda _contract: PartsReader(
            extract.parts[0], running.parts() if running else extract.parts
        ),
        tenant=only_tenant(plan),
        tenants=plan.tenants,
        extract=extract,
    )


def dialect_of(plan: Plan, source: DatabaseSource, registry: Registry) -> Dialect:
    """How a table's values are written."""
    zones = {
        tenant: registry.tenants[tenant].zone
        for tenant in plan.tenants.values()
        if tenant in registry.tenants
    }
    return Dialect(
        plan.zone or ZoneInfo("UTC"),
        names=plan.names,
        values=source.values_of(plan.entity),
        local=zones,
        ids=source.ids,
    )


def only_tenant(plan: Plan) -> str | None:
    """Whose all rows of a table are; None if each says so itself."""
    return None if plan.tenant_column else next(iter(plan.tenants.values()))
