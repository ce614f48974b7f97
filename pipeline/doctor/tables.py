"""A database's tables against the contract: the types of their columns, and some of their rows.

What would be refused is said before a refresh refuses it: each column's type is compared with what
the contract wants, and the first rows are judged as a refresh would judge them. Nothing lands.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from pipeline.config.registry import Registry
from pipeline.config.source import DatabaseSource
from pipeline.contracts import Contract, Type
from pipeline.doctor.finding import Finding, failed, warning
from pipeline.landing.reading.arrivals import dialect_of, only_tenant
from pipeline.landing.validation.validate import Block, Context, validate
from pipeline.sources.databases.session import Session, SourceColumn
from pipeline.sources.databases.table import Plan
from pipeline.sources.parsed import of_batch

_SAMPLE = 1_000
_SHOWN = 3
_INTEGERS = ("int2", "int4", "int8", "smallint", "mediumint", "int", "bigint", "tinyint", "year")
_EXACT = ("numeric", "decimal", *_INTEGERS)
_FLOATS = ("float4", "float8", "float", "double", "real")
_MOMENTS = ("timestamp", "timestamptz", "datetime")
# What each type of the contract is read from without anything being refused for its type.
_FITS: dict[Type, tuple[str, ...]] = {
    Type.MONEY: (*_EXACT, "money"),
    Type.PERCENT: (*_EXACT, *_FLOATS),
    Type.COORDINATE: (*_EXACT, *_FLOATS),
    Type.INTEGER: _INTEGERS,
    Type.BOOLEAN: ("bool", "tinyint", "bit"),
    Type.DATE: ("date", *_MOMENTS),
    Type.CLOCK: ("time", "timetz"),
    Type.TIMESTAMP: (*_MOMENTS, "date"),
    Type.JSON: ("json", "jsonb"),
}


def compare(
    check: str,
    session: Session,
    source: DatabaseSource,
    contract: Contract,
    found: Plan,
    registry: Registry,
    now: datetime,
) -> Iterator[Finding]:
    """What is to be said of a table that has the columns that it needs."""
    doubtful = list(_types(contract, found))
    if doubtful:
        yield warning(
            f"{check} types",
            "; ".join(doubtful),
            "values that are not written as docs/source-contract.md says go to quarantine: cast"
            " them in a view, or translate them with values in sources.yaml",
        )
    yield from _rows(check, session, source, contract, found, registry, now)


def _types(contract: Contract, found: Plan) -> Iterator[str]:
    columns = {column.name: column for column in found.columns}
    for column in contract.columns:
        theirs = columns.get(found.theirs(column.name))
        if theirs is not None and (why := _why_not(column.type, theirs)):
            yield f"{theirs.name} is {theirs.kind}, {why}"


def _why_not(wanted: Type, column: SourceColumn) -> str:
    fits = _FITS.get(wanted)
    if fits is None or column.kind in fits:
        return ""
    if wanted is Type.MONEY and column.kind in _FLOATS:
        return "which is not exact: amounts with more than two decimals are refused"
    return f"where {wanted.words} is wanted"


def _rows(
    check: str,
    session: Session,
    source: DatabaseSource,
    contract: Contract,
    found: Plan,
    registry: Registry,
    now: datetime,
) -> Iterator[Finding]:
    context = Context(only_tenant(found), dialect_of(found, source, registry), now, found.tenants)
    rows = bad = 0
    reasons: Counter[str] = Counter()
    example: dict[str, str] = {}
    for batch in session.stream(found.select(session, (), f" LIMIT {_SAMPLE}")):
        parsed = of_batch(batch)
        judged = validate(Block(parsed.rows, parsed.untidy, parsed.has_nul), contract, context)
        rows += len(parsed.rows)
        bad += len(judged.bad)
        for text in judged.bad["reasons"]:
            for reason in json.loads(text):
                rule = f"{reason['column']}: {reason['rule']}"
                reasons[rule] += 1
                example.setdefault(rule, f"{reason['column']}: {reason['message']}")
    if not bad:
        return
    told = "; ".join(f"{example[rule]} ({count}×)" for rule, count in reasons.most_common(_SHOWN))
    says = f"of the first {rows:,} rows {bad:,} would go to quarantine: {told}"
    mend = "translate with columns and values in sources.yaml, or mend the rows at the source"
    yield (failed if bad == rows else warning)(f"{check} rows", says, mend)
