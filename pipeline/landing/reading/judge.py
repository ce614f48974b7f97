"""Pieces of what arrived, parsed and judged: good rows, bad rows, and what they add up to.

Small files of one shape are judged together, whosever they are, because judging costs the same
however few the rows. Works in any thread; which pieces are one task is `read`'s affair.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.comparison.row_outcomes import Total
from pipeline.landing.reading.arrivals import Arrival
from pipeline.landing.validation.validate import DELETED, Block, Context, validate
from pipeline.sources.parsed import Parsed, Ragged
from pipeline.sources.refusals import LIBRARY_ERRORS, Refused, Waiting, refusal

# The column of a row's piece, by its place in the task.
PIECE = "\0piece"


@dataclass(frozen=True)
class Piece:
    """One piece of one arrival, whose number in the batch is `file`."""

    file: int
    arrival: Arrival
    parse: Callable[[], Parsed]


@dataclass(frozen=True)
class Task:
    """Pieces that are judged together; of several, the context is one `by_file`."""

    pieces: Sequence[Piece]
    context: Context
    known_bad: pl.DataFrame | None = None


@dataclass(frozen=True)
class PieceCounts:
    """What a piece came to: `totals` by kind (see `ArrivalCounts`) and tenant, or a problem."""

    records: int = 0
    ends_short: bool = False
    totals: dict[str, dict[str, Total]] = field(default_factory=dict)
    problem: Refused | Waiting | None = None


@dataclass(frozen=True)
class Judged:
    """A task's rows in their order; `source_row` still counts from 1 in each row's `PIECE`.

    `known` are bad rows that are in quarantine already.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    known: pl.DataFrame
    outcomes: Sequence[PieceCounts]


Outcomes = list[tuple[Task, Judged | Sequence[PieceCounts]]]


def judge_apart(
    task: Task, contract: Contract
) -> list[tuple[Task, Judged | Sequence[PieceCounts]]]:
    """`judge`; of pieces over which a library fails, each by itself, and only those refused."""
    try:
        return [(task, judge(task, contract))]
    except LIBRARY_ERRORS as error:
        if len(task.pieces) == 1:
            problem = refusal(error, task.pieces[0].arrival.name)
            return [(task, [PieceCounts(problem=problem)])]
    now = task.context.now
    alone = [
        Task([piece], Context(piece.arrival.tenant, piece.arrival.dialect, now))
        for piece in task.pieces
    ]
    return [found for each in alone for found in judge_apart(each, contract)]


def judge(task: Task, contract: Contract) -> Judged | Sequence[PieceCounts]:
    """The rows and what they come to; only the latter if no piece can be parsed."""
    parsed = [_parse(piece) for piece in task.pieces]
    usable = [(place, each) for place, each in enumerate(parsed) if isinstance(each, Parsed)]
    if not usable:
        return [_piece_counts(each) for each in parsed]
    pieces = np.repeat(
        np.array([place for place, _ in usable], dtype=np.int32),
        [len(each.rows) for _, each in usable],
    )
    numbers = _joined([each.numbers for _, each in usable])
    halves = validate(_block(task, [each for _, each in usable], pieces), contract, task.context)
    good, bad = (_numbered(half, numbers, pieces) for half in (halves.good, halves.bad))
    ragged = [
        _ragged(each, task.pieces[place].arrival, place) for place, each in usable if each.ragged
    ]
    if ragged:
        # In the order of the pieces, as the spool must be filled.
        bad = pl.concat([bad, *ragged], how="diagonal").sort(PIECE, maintain_order=True)
    bad, known = _apart(bad, task.known_bad)
    by_kind = {"good": good, "bad": bad, "known": known}
    if task.pieces[0].arrival.extract is not None:
        live_bad = pl.concat([bad, known]).filter(~pl.col(DELETED))
        by_kind |= {"live": good.filter(pl.col("deleted_at").is_null()), "live_bad": live_bad}
    outcomes = [_piece_counts(each) for each in parsed]
    for kind, rows in by_kind.items():
        for (place, tenant), total in Total.by((PIECE, "tenant_id"), rows, contract.money).items():
            outcomes[place].totals.setdefault(kind, {})[tenant] = total
    return Judged(good, _with_origin(bad, task, contract), known, outcomes)


def _parse(piece: Piece) -> Parsed | Refused | Waiting:
    try:
        return piece.parse()
    except LIBRARY_ERRORS as error:
        return refusal(error, piece.arrival.name)


def _piece_counts(parsed: Parsed | Refused | Waiting) -> PieceCounts:
    if isinstance(parsed, Refused | Waiting):
        return PieceCounts(problem=parsed)
    return PieceCounts(parsed.records, parsed.ends_short)


def _joined(numbers: Sequence[np.ndarray]) -> np.ndarray:
    return numbers[0] if len(numbers) == 1 else np.concatenate(numbers)


def _block(task: Task, parsed: Sequence[Parsed], pieces: np.ndarray) -> Block:
    if len(task.pieces) == 1:
        return Block(parsed[0].rows, parsed[0].untidy, parsed[0].has_nul)
    untidy: frozenset[str] | None = frozenset()
    for each in parsed:
        untidy = None if untidy is None or each.untidy is None else untidy | each.untidy
    tenants = pl.Series([piece.arrival.tenant for piece in task.pieces], dtype=pl.String)
    return Block(
        pl.concat([each.rows for each in parsed]),
        untidy,
        any(each.has_nul for each in parsed),
        tenants.gather(pieces),
    )


def _numbered(half: pl.DataFrame, numbers: np.ndarray, pieces: np.ndarray) -> pl.DataFrame:
    """With the number of each row in its piece, and its piece."""
    if len(half) < len(numbers):
        places = half["position"].to_numpy()
        numbers, pieces = numbers[places], pieces[places]
    return half.drop("position").with_columns(
        pl.Series("source_row", numbers, dtype=pl.Int64), pl.Series(PIECE, pieces)
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


def _with_origin(bad: pl.DataFrame, task: Task, contract: Contract) -> pl.DataFrame:
    names = {
        "source_system": [piece.arrival.source_name for piece in task.pieces],
        "source_file": [piece.arrival.name for piece in task.pieces],
    }
    return bad.with_columns(
        *(pl.Series(column, each).gather(bad[PIECE]) for column, each in names.items()),
        entity=pl.lit(contract.entity),
    )


def _ragged(parsed: Parsed, arrival: Arrival, place: int) -> pl.DataFrame:
    """Rows that do not fit the header, as quarantined rows."""
    ours = {each: our for our, theirs in arrival.dialect.names.items() for each in theirs}
    reasons = [_reasons(row, parsed.rows.width, ours) for row in parsed.ragged]
    identifier = arrival.dialect.names.get("id", ("id",))[0]
    return pl.DataFrame(
        {
            "source_row": [row.record for row in parsed.ragged],
            "record_key": [row.row and row.row.get(identifier) for row in parsed.ragged],
            "original": [
                json.dumps(row.row or {"line": row.text}, ensure_ascii=False)
                for row in parsed.ragged
            ],
            "reasons": [json.dumps(each, ensure_ascii=False) for each in reasons],
            "reason_text": ["; ".join(map(_sentence, each)) for each in reasons],
        },
        schema=dict.fromkeys(("record_key", "original", "reasons", "reason_text"), pl.String)
        | {"source_row": pl.Int64},
    ).with_columns(
        pl.lit(place, dtype=pl.Int32).alias(PIECE),
        pl.lit(arrival.tenant, dtype=pl.String).alias("tenant_id"),
    )


def _reasons(row: Ragged, expected: int, ours: Mapping[str, str]) -> list[dict[str, str | None]]:
    if row.wrong:
        return [
            {"column": ours.get(name, name) or None, "rule": "unreadable", "message": why}
            for name, why in row.wrong
        ]
    message = row.problem or f"the row has {row.fields} fields, the header {expected}"
    return [{"column": None, "rule": "fields", "message": message}]


def _sentence(reason: Mapping[str, str | None]) -> str:
    column, message = reason["column"], reason["message"]
    return f"{column}: {message}" if column else str(message)
