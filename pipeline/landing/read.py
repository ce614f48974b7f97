"""What arrived into a spool: parsed and judged piece by piece, on all cores, in its order.

A file that turns out unusable at its end has left rows in the spool by then; its tally says so, and
`land` drops them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.arrivals import Arrival
from pipeline.landing.fates import Total
from pipeline.landing.spool import Spool
from pipeline.landing.validate import Block, Context, validate
from pipeline.sources.parsed import Parsed, Ragged
from pipeline.sources.trouble import Refused, Waiting


@dataclass
class Tally:
    """One arrival while it is read: its good and bad rows so far by tenant, and whether it can be

    used.
    """

    arrival: Arrival
    good: dict[str, Total] = field(default_factory=dict)
    bad: dict[str, Total] = field(default_factory=dict)
    records: int = 0
    unknown_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    ends_short: bool = False
    problem: Refused | Waiting | None = None
    # Of tables: what is in quarantine already, the rows that are (bad, and not again), and the
    # totals of rows that the source does not call deleted.
    known_bad: pl.DataFrame | None = None
    known: dict[str, Total] = field(default_factory=dict)
    live: dict[str, Total] = field(default_factory=dict)
    live_bad: dict[str, Total] = field(default_factory=dict)

    @property
    def good_rows(self) -> int:
        return sum(total.rows for total in self.good.values())

    @property
    def tenants(self) -> list[str]:
        """Whose rows it holds; of a file, its tenant even without rows."""
        own = {self.arrival.tenant} if self.arrival.tenant else set()
        return sorted(own | set(self.good) | set(self.bad) | set(self.known))


@dataclass(frozen=True)
class _Task:
    """One piece of one arrival, to be parsed and judged."""

    number: int
    parse: Callable[[], Parsed]
    arrival: Arrival
    context: Context
    known_bad: pl.DataFrame | None


@dataclass(frozen=True)
class _Judged:
    """A piece's rows in two halves; their `source_row` still counts from 1 in the piece.

    `known` are bad rows that are in quarantine already.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    known: pl.DataFrame
    totals: Mapping[str, Mapping[str, Total]]
    records: int
    ends_short: bool


def read_arrivals(
    tallies: Sequence[Tally],
    contract: Contract,
    spool: Spool,
    now: datetime,
    threads: int,
) -> None:
    """Fill the spool from what arrived, in order, and the tallies."""
    with ThreadPoolExecutor(threads) as pool:
        running: deque[tuple[Tally, int, Future[_Judged]]] = deque()
        for task in _tasks(tallies, contract, now):
            tally = tallies[task.number]
            running.append((tally, task.number, pool.submit(_judge, task, contract)))
            # One piece more than threads, so that none idles while the oldest is written.
            if len(running) > threads:
                _take(*running.popleft(), spool)
        while running:
            _take(*running.popleft(), spool)
    for tally in tallies:
        if tally.ends_short and not tally.problem and not tally.arrival.is_finished:
            tally.problem = Waiting(
                f"has too few fields in its last row ({tally.records + tally.arrival.first_row}):"
                " it may be cut off or still being written"
            )


def _tasks(tallies: Sequence[Tally], contract: Contract, now: datetime) -> Iterator[_Task]:
    for number, tally in enumerate(tallies):
        arrival = tally.arrival
        context = Context(arrival.tenant, arrival.dialect, now, arrival.tenants)
        try:
            with arrival.open(contract) as opened:
                _note_columns(tally, opened.header, contract)
                for parse in opened.tasks():
                    if tally.problem:
                        break
                    yield _Task(number, parse, arrival, context, tally.known_bad)
            arrival.check_unchanged()
        except OSError as error:
            tally.problem = tally.problem or Refused(f"cannot be read: {error.strerror}")
        except (Refused, Waiting) as problem:
            tally.problem = tally.problem or problem


def _note_columns(tally: Tally, header: Sequence[str], contract: Contract) -> None:
    """Schema drift: which columns nobody knows, and which of the contract's there are not."""
    ours = tally.arrival.dialect.translation(header)
    names = {ours.get(name, name) for name in header}
    known = {*contract.column_names, "tenant_id"}
    tally.unknown_columns = tuple(name for name in header if ours.get(name, name) not in known)
    tally.absent_columns = tuple(name for name in contract.column_names if name not in names)


def _judge(task: _Task, contract: Contract) -> _Judged:
    parsed = task.parse()
    arrival = task.arrival
    block = Block(parsed.rows, parsed.untidy, parsed.has_nul)
    halves = validate(block, contract, task.context)
    origin = (
        pl.lit(arrival.source_name).alias("source_system"),
        pl.lit(arrival.name).alias("source_file"),
    )
    good = halves.good.with_columns(*origin, _row_numbers(halves.good, parsed.numbers))
    bad = halves.bad.with_columns(_row_numbers(halves.bad, parsed.numbers))
    if parsed.ragged:
        ragged = _ragged(parsed).with_columns(tenant_id=pl.lit(arrival.tenant))
        bad = pl.concat([bad, ragged], how="diagonal")
    bad, known = _apart(bad, task.known_bad)
    halves_by_name = {"good": good, "bad": bad, "known": known}
    if arrival.extract is not None:
        live = pl.col("deleted_at").is_null()
        halves_by_name |= {
            "live": good.filter(live),
            "live_bad": pl.concat([bad, known]).filter(live),
        }
    return _Judged(
        good.drop("position"),
        bad.with_columns(*origin, entity=pl.lit(contract.entity)),
        known,
        {
            name: Total.by_tenant(rows, contract.money)
            for name, rows in halves_by_name.items()
            if rows.height
        },
        parsed.records,
        parsed.ends_short,
    )


def _apart(bad: pl.DataFrame, known: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """New bad rows, and those that are in quarantine with the same content and reasons."""
    if known is None or known.is_empty() or bad.is_empty():
        return bad, bad.clear()
    same = ["tenant_id", "record_key", "original", "reasons"]
    return (
        bad.join(known, on=same, how="anti", nulls_equal=True),
        bad.join(known, on=same, how="semi", nulls_equal=True),
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
    return row.problem or f"the row has {row.fields} fields, the header {expected}"


def _add(sums: dict[str, Total], more: Mapping[str, Total]) -> None:
    for tenant, total in more.items():
        sums[tenant] = sums[tenant] + total if tenant in sums else total


def _take(tally: Tally, number: int, future: Future[_Judged], spool: Spool) -> None:
    """Spool one judged piece and count it."""
    try:
        judged = future.result()
    except Refused as problem:
        tally.problem = problem
        return
    offset = pl.col("source_row") + (tally.records + tally.arrival.first_row)
    spool.add(judged.good.with_columns(offset), number)
    spool.add_bad(judged.bad.with_columns(offset), number)
    tally.records += judged.records
    if judged.known.height:
        spool.note_bad(judged.known, number)
    for name, totals in judged.totals.items():
        _add(getattr(tally, name), totals)
    tally.ends_short = judged.ends_short
