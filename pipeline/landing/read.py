"""Fresh files into a spool: parsed and judged piece by piece, on all cores, in their order.

A file that turns out unusable at its end has left rows in the spool by then; its tally says so, and
`land` drops them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.dialect import Dialect
from pipeline.landing.fates import Total
from pipeline.landing.spool import Spool
from pipeline.landing.validate import Block, Context, validate
from pipeline.sources.delimited import Parsed, Ragged, parse
from pipeline.sources.files import (
    Fingerprint,
    InboxFile,
    is_marked_finished,
    open_file,
)
from pipeline.sources.trouble import Refused, Waiting
from pipeline.tenants import Registry

# The header is row 1, as in a spreadsheet.
HEADER_ROWS = 1


@dataclass
class Tally:
    """One file while it is read: its good and bad rows so far, and whether it can be used."""

    file: InboxFile
    fingerprint: Fingerprint
    good: Total
    bad: Total
    records: int = 0
    unknown_columns: tuple[str, ...] = ()
    ends_short: bool = False
    problem: Refused | Waiting | None = None


@dataclass(frozen=True)
class _Task:
    """One piece of one file, to be judged."""

    file: int
    piece: memoryview
    header: tuple[str, ...]
    source: InboxFile
    context: Context


@dataclass(frozen=True)
class _Judged:
    """A piece's rows in two halves; their `source_row` still counts from 1 in the piece."""

    good: pl.DataFrame
    bad: pl.DataFrame
    good_total: Total
    bad_total: Total
    records: int
    ends_short: bool


def read_files(
    tallies: Sequence[Tally],
    contract: Contract,
    registry: Registry,
    spool: Spool,
    now: datetime,
    threads: int,
) -> None:
    """Fill the spool from the files, in order, and the tallies."""
    with ThreadPoolExecutor(threads) as pool:
        running: deque[tuple[Tally, int, Future[_Judged]]] = deque()
        for task in _tasks(tallies, contract, registry, now):
            tally = tallies[task.file]
            running.append((tally, task.file, pool.submit(_judge, task, contract)))
            # One piece more than threads, so that none idles while the oldest is written.
            if len(running) > threads:
                _take(*running.popleft(), spool)
        while running:
            _take(*running.popleft(), spool)
    for tally in tallies:
        if tally.ends_short and not tally.problem and not is_marked_finished(tally.file.path):
            tally.problem = Waiting(
                f"has too few fields in its last row ({tally.records + HEADER_ROWS}):"
                " it may be cut off or still being written"
            )


def _tasks(
    tallies: Sequence[Tally], contract: Contract, registry: Registry, now: datetime
) -> Iterator[_Task]:
    for number, tally in enumerate(tallies):
        file = tally.file
        dialect = Dialect(
            registry.tenants[file.tenant].zone, file.source.date_format, file.source.decimal
        )
        context = Context(file.tenant, dialect, now)
        try:
            with open_file(file, contract) as opened:
                known = {*contract.column_names, "tenant_id"}
                tally.unknown_columns = tuple(n for n in opened.header if n not in known)
                for piece in opened.pieces():
                    if tally.problem:
                        break
                    yield _Task(number, piece, opened.header, file, context)
            if not tally.fingerprint.still_holds(file.path):
                raise Waiting("changed while it was being read")
        except OSError as error:
            tally.problem = tally.problem or Refused(f"cannot be read: {error.strerror}")
        except (Refused, Waiting) as problem:
            tally.problem = tally.problem or problem


def _judge(task: _Task, contract: Contract) -> _Judged:
    parsed = parse(task.piece, task.header, task.source.source)
    block = Block(parsed.rows, parsed.untidy, parsed.has_nul)
    halves = validate(block, contract, task.context)
    nothing = Total.nothing(contract.money)
    origin = (
        pl.lit(task.source.source_name).alias("source_system"),
        pl.lit(task.source.name).alias("source_file"),
    )
    good = halves.good.with_columns(*origin, _row_numbers(halves.good, parsed.numbers))
    bad = halves.bad.with_columns(_row_numbers(halves.bad, parsed.numbers))
    return _Judged(
        good.drop("position"),
        pl.concat([bad, _ragged(parsed)], how="diagonal").with_columns(
            *origin, tenant_id=pl.lit(task.context.tenant), entity=pl.lit(contract.entity)
        ),
        Total.of(good, contract.money),
        Total.of(bad, contract.money) + Total(len(parsed.ragged), nothing.sums),
        parsed.records,
        parsed.ends_short,
    )


def _row_numbers(half: pl.DataFrame, numbers: np.ndarray) -> pl.Series:
    return pl.Series("source_row", numbers[half["position"].to_numpy()], dtype=pl.Int64)


def _ragged(parsed: Parsed) -> pl.DataFrame:
    """Rows that do not fit the header, as quarantined rows."""
    reasons = [_fields(row, parsed.rows.width) for row in parsed.ragged]
    return pl.DataFrame(
        {
            "source_row": [row.record for row in parsed.ragged],
            "original": [
                json.dumps({"line": row.text}, ensure_ascii=False) for row in parsed.ragged
            ],
            "reasons": [
                json.dumps([{"column": None, "rule": "fields", "message": reason}])
                for reason in reasons
            ],
            "reason_text": reasons,
        },
        schema=dict.fromkeys(("original", "reasons", "reason_text"), pl.String)
        | {"source_row": pl.Int64},
    )


def _fields(row: Ragged, expected: int) -> str:
    return f"the row has {row.fields} fields, the header {expected}"


def _take(tally: Tally, number: int, future: Future[_Judged], spool: Spool) -> None:
    """Spool one judged piece and count it."""
    try:
        judged = future.result()
    except Refused as problem:
        tally.problem = problem
        return
    offset = pl.col("source_row") + (tally.records + HEADER_ROWS)
    spool.add(judged.good.with_columns(offset), number)
    spool.add_bad(judged.bad.with_columns(offset), number)
    tally.records += judged.records
    tally.good += judged.good_total
    tally.bad += judged.bad_total
    tally.ends_short = judged.ends_short
