"""What is read of one table: which of its columns, whose rows, and since when.

A table is read whole, or only what changed since a watermark: rows whose `updated_at`, `created_at`
or `deleted_at` is not before it. A plan's `shape` names everything that would make earlier readings
incomplete (another table, new columns, another tenant): when it changes, the table is read whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.config.source import DatabaseSource
from pipeline.contracts import CONTRACT_VERSION, Contract
from pipeline.sources.databases.session import Session, SourceColumn, Unreadable, quoted

TENANT = "tenant_id"
_CHANGES = ("updated_at", "created_at", "deleted_at")


@dataclass(frozen=True)
class Plan:
    """How one table is read; `tenants` is what its tenant column says -> our tenant id.

    `names` has the table's name of each of our columns that it calls otherwise, or the names of
    those that make it together. `rules` tells one way of reading values from another.
    """

    entity: str
    table: str
    columns: tuple[SourceColumn, ...]
    names: Mapping[str, tuple[str, ...]]
    tenant_column: SourceColumn | None
    tenants: Mapping[str, str]
    every_tenant: bool
    key: tuple[str, ...]
    changes: tuple[SourceColumn, ...]
    zone: ZoneInfo | None
    rules: str = ""

    @property
    def shape(self) -> str:
        """A fingerprint of what a reading holds."""
        parts = [
            self.table,
            [(column.name, column.kind) for column in self.columns],
            sorted(self.names.items()),
            sorted(self.tenants.items()),
            self.every_tenant,
            str(self.zone),
            self.rules,
            CONTRACT_VERSION,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def select(self, session: Session, where: Sequence[str] = (), tail: str = "") -> str:
        """The query for all rows that fulfil every one of `where`."""
        wanted = [f"{column.expression} AS {quoted(column.name)}" for column in self.columns]
        conditions = [*self._whose(session), *where]
        filtered = (
            f" WHERE {' AND '.join(f'({each})' for each in conditions)}" if conditions else ""
        )
        table = session.name(self.table)
        return f"SELECT {', '.join(wanted)} FROM {table}{filtered}{tail}"  # noqa: S608

    def totals(self, session: Session, money: Sequence[str]) -> str:
        """The query for (tenant, rows, sum of each money column) of what is not deleted."""
        present = {column.name for column in self.columns}
        tenant = self.tenant_column.expression if self.tenant_column else "NULL"
        sums = [
            f"sum({quoted(self.theirs(name))})" if self.theirs(name) in present else "NULL"
            for name in money
        ]
        conditions = self._whose(session)
        if self.theirs("deleted_at") in present:
            conditions.append(f"{quoted(self.theirs('deleted_at'))} IS NULL")
        filtered = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        group = f" GROUP BY {tenant}" if self.tenant_column else ""
        selected = ", ".join([tenant, "count(*)", *sums])
        return f"SELECT {selected} FROM {session.name(self.table)}{filtered}{group}"  # noqa: S608

    def since(self, session: Session, watermark: datetime) -> str:
        """The condition for rows that may have changed since `watermark`."""
        return " OR ".join(
            f"{quoted(column.name)} >= "
            + session.moment(self._local(watermark, column, session.clock.now), column)
            for column in self.changes
        )

    def after(self, session: Session, last: Sequence[str]) -> str:
        """The condition for rows whose key comes after `last`."""
        names = ", ".join(map(quoted, self.key))
        values = ", ".join(session.text(value) for value in last)
        return f"({names}) > ({values})"

    def in_order(self) -> str:
        return f" ORDER BY {', '.join(map(quoted, self.key))}"

    def theirs(self, name: str) -> str:
        """The table's name of one of our columns."""
        return self.names.get(name, (name,))[0]

    def _whose(self, session: Session) -> list[str]:
        if self.tenant_column is None or self.every_tenant:
            return []
        values = ", ".join(session.text(value) for value in sorted(self.tenants))
        return [f"{self.tenant_column.expression} IN ({values})"]

    def _local(self, at: datetime, column: SourceColumn, now: datetime) -> datetime:
        """`at` as the column has it. Zone-less clocks go back once a year: the earlier of both."""
        if column.instant or self.zone is None:
            return at
        offsets = [each.astimezone(self.zone).utcoffset() or timedelta() for each in (at, now)]
        return at.replace(tzinfo=None) + min(offsets)


def plan(
    session: Session,
    name: str,
    source: DatabaseSource,
    contract: Contract,
    tenants: Mapping[str, str],
) -> Plan | None:
    """None if the source has no such table and need not; Unreadable says what is missing."""
    table = source.table_of(contract.entity)
    if table is None:
        return None
    there = session.columns(table)
    found = [each for each in there if not source.is_ignored(contract.entity, each.name)]
    if not there and contract.entity not in source.tables and contract.optional:
        return None
    _check_found(name, table, contract, there)
    theirs = {column.name: column for column in found}
    names = _names(source, contract, theirs)
    tenant_column = theirs.get(names.get(TENANT, (source.tenant_column,))[0])
    if tenant_column is not None and tenant_column.name != TENANT:
        names[TENANT] = (tenant_column.name,)
    ours = {column: theirs.get(names.get(column, (column,))[0]) for column in contract.column_names}
    present = {column: their for column, their in ours.items() if their is not None}
    _check(name, table, contract, present, names, found)
    _check_zones(name, table, source, present)
    _check_tenants(name, table, source, tenant_column, tenants)
    return Plan(
        contract.entity,
        table,
        tuple(found),
        names,
        tenant_column,
        tenants,
        source.tenants == "all",
        tuple(session.key(table)),
        _change_columns(present),
        source.zone,
        json.dumps([source.values_of(contract.entity), source.ids], sort_keys=True),
    )


def _names(
    source: DatabaseSource, contract: Contract, theirs: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The table's columns that stand for ours under other names, as far as it has them."""
    return {
        our: here
        for our, wanted in source.names_of(contract.entity).items()
        if (here := tuple(each for each in wanted if each in theirs))
    }


def _check_found(name: str, table: str, contract: Contract, found: Sequence[SourceColumn]) -> None:
    if not found:
        raise Unreadable(
            f"source {name}: there is no table {table} (or this login may not see it);"
            f" name another with tables: {{{contract.entity}: …}}, or none with null"
        )


def _check(
    name: str,
    table: str,
    contract: Contract,
    present: Mapping[str, SourceColumn],
    names: Mapping[str, tuple[str, ...]],
    found: Sequence[SourceColumn],
) -> None:
    missing = [
        names.get(column, (column,))[0] for column in contract.required if column not in present
    ]
    if missing:
        raise Unreadable(
            f"source {name}: {table} has no column {', '.join(missing)}, which {contract.entity}"
            f" needs; its columns are {', '.join(column.name for column in found)}"
        )


def _check_tenants(
    name: str,
    table: str,
    source: DatabaseSource,
    column: SourceColumn | None,
    tenants: Mapping[str, str],
) -> None:
    if column is None and len(tenants) != 1:
        raise Unreadable(
            f"source {name}: {table} has no column {source.tenant_column}, and the source serves"
            f" {len(tenants)} tenants; name the column with tenant_column, or one tenant"
        )


def _check_zones(
    name: str, table: str, source: DatabaseSource, present: Mapping[str, SourceColumn]
) -> None:
    local = [column.name for column in present.values() if column.instant is False]
    if local and source.timezone is None:
        raise Unreadable(
            f"source {name}: {table} has timestamps without a zone ({', '.join(local)}):"
            " say with timezone: in which zone they are, for example Asia/Kolkata"
        )


def _change_columns(present: Mapping[str, SourceColumn]) -> tuple[SourceColumn, ...]:
    """Which columns tell of changes; none if not even the creation is dated."""
    dated = {name: column for name, column in present.items() if column.instant is not None}
    if not {"updated_at", "created_at"} & set(dated):
        return ()
    return tuple(dated[name] for name in _CHANGES if name in dated)
