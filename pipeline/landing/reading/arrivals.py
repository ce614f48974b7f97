"""What arrives to be landed: inbox files and extracts of tables, in one shape.

An arrival knows whose rows it holds, how they are written and how it is opened; reading it is
`read`'s, and where it lies is `sources`'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from pipeline.config.registry import Registry
from pipeline.contracts import Contract
from pipeline.landing.validation.dialect import Dialect
from pipeline.sources.databases.extract import Running
from pipeline.sources.databases.extract_types import Extract
from pipeline.sources.databases.saved_parts import PartsReader
from pipeline.sources.files.inbox import Fingerprint, InboxFile, is_marked_finished, open_file
from pipeline.sources.parsed import Reader
from pipeline.sources.refusals import Waiting


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

    def check_unchanged(self) -> None:
        """Raises Waiting if the file was written to since it was looked at."""
        if self.file and self.fingerprint and not self.fingerprint.still_holds(self.file.path):
            raise Waiting("changed while it was being read")

    @property
    def is_finished(self) -> bool:
        """Whether someone vouches that nothing is missing at the end."""
        return self.file is None or is_marked_finished(self.file.path)


def of_file(file: InboxFile, mark: Fingerprint, registry: Registry) -> Arrival:
    source = file.source
    dialect = Dialect(
        registry.tenants[file.tenant].zone,
        source.date_format,
        source.decimal,
        source.names_of(file.entity),
        source.values_of(file.entity),
    )
    return Arrival(
        file.name,
        file.source_name,
        dialect,
        partial(open_file, file),
        tenant=file.tenant,
        first_row=file.first_row,
        sha256=mark.sha256,
        file=file,
        fingerprint=mark,
    )


def of_extract(extract: Extract, running: Running | None = None) -> Arrival:
    """What was read of a table, or is being read: then `running` tells of it part by part."""
    plan = extract.plan
    only = None if plan.tenant_column else next(iter(plan.tenants.values()))
    return Arrival(
        extract.name,
        extract.source_name,
        Dialect(
            plan.zone or ZoneInfo("UTC"),
            names=plan.names,
            values=extract.source.values_of(plan.entity),
        ),
        lambda _contract: PartsReader(
            extract.parts[0], running.parts() if running else extract.parts
        ),
        tenant=only,
        tenants=plan.tenants,
        extract=extract,
    )
