"""What arrived into a spool: parsed and judged piece by piece, on all cores, in its order.

A file that turns out unusable at its end has left rows in the spool by then; its counts say so, and
`land` drops them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import polars as pl

from pipeline.contracts import Contract
from pipeline.landing.reading.arrival_counts import ArrivalCounts
from pipeline.landing.reading.arrivals import Arrival
from pipeline.landing.reading.judge import PIECE, Judged, Outcomes, Piece, Task, judge_apart
from pipeline.landing.reading.spool import Spool
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.validate import Context
from pipeline.sources.databases.extract import Overtaken
from pipeline.sources.refusals import LIBRARY_ERRORS, Refused, Waiting, refusal

# Files of so many bytes are judged together, up to so many bytes: see `judge`.
_SMALL = 512 << 10
_TOGETHER = 2 << 20
# So long, and a second more for each megabyte, may a file take: the slowest honest ones take a
# third of that. What takes longer is made to.
_SECONDS = 900.0
_OF_TEXT = (".csv", ".tsv", ".jsonl")


def read_arrivals(
    counted_arrivals: Sequence[ArrivalCounts],
    contract: Contract,
    spool: Spool,
    now: datetime,
    threads: int,
) -> None:
    """Fill the spool from what arrived, in order, and count what each came to."""
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[Outcomes]] = deque()
        for task in _tasks(counted_arrivals, contract, now):
            running.append(pool.submit(judge_apart, task, contract))
            # One piece more than threads, so that none idles while the oldest is written.
            if len(running) > threads:
                _take(running.popleft(), counted_arrivals, spool)
        while running:
            _take(running.popleft(), counted_arrivals, spool)
    for counted in counted_arrivals:
        if counted.ends_short and not counted.problem and not counted.arrival.is_finished:
            last_row = counted.records + counted.arrival.first_row
            counted.problem = Waiting(
                f"has too few fields in its last row ({last_row}): it may be cut off or still being"
                " written (if it is complete, put an empty file of the same name with .done behind"
                " it beside it; a file that has long been the same is read without it)"
            )


def _tasks(
    counted_arrivals: Sequence[ArrivalCounts], contract: Contract, now: datetime
) -> Iterator[Task]:
    together = _Together(now)
    for header, piece in _pieces(counted_arrivals, contract):
        arrival = piece.arrival
        if not _is_small(arrival):
            yield from together.task()
            context = Context(arrival.tenant, arrival.dialect, now, arrival.tenants)
            yield Task([piece], context, counted_arrivals[piece.file].known_bad)
        else:
            if not together.fits(piece, header):
                yield from together.task()
            together.add(piece, header)
    yield from together.task()


def _pieces(
    counted_arrivals: Sequence[ArrivalCounts], contract: Contract
) -> Iterator[tuple[tuple[str, ...], Piece]]:
    """The pieces of all arrivals, each with its header."""
    for number, counted in enumerate(counted_arrivals):
        arrival = counted.arrival
        try:
            with arrival.open(contract) as opened:
                _note_columns(counted, opened.header, contract)
                limit = time.monotonic() + _SECONDS + _size(arrival) / 1e6
                for parse in opened.tasks():
                    if counted.problem:
                        break
                    if arrival.file is not None and time.monotonic() > limit:
                        raise Refused(f"takes more than {_SECONDS / 60:.0f} minutes: split it")
                    yield opened.header, Piece(number, arrival, parse)
            arrival.check_unchanged()
        except Overtaken:
            raise
        except LIBRARY_ERRORS as error:
            counted.problem = counted.problem or refusal(error, arrival.name)


class _Together:
    """Pieces of small files with one header and dialect, until they are a task."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._pieces: list[Piece] = []
        self._size = 0
        self._shape: tuple[tuple[str, ...], Dialect] | None = None

    def fits(self, piece: Piece, header: tuple[str, ...]) -> bool:
        is_alike = self._shape in (None, (header, piece.arrival.dialect))
        return is_alike and self._size + _size(piece.arrival) <= _TOGETHER

    def add(self, piece: Piece, header: tuple[str, ...]) -> None:
        self._pieces.append(piece)
        self._size += _size(piece.arrival)
        self._shape = header, piece.arrival.dialect

    def task(self) -> Iterator[Task]:
        """What was added, if anything was; begins anew."""
        if self._shape is not None:
            alone = self._pieces[0].arrival.tenant if len(self._pieces) == 1 else None
            yield Task(
                self._pieces, Context(alone, self._shape[1], self._now, by_file=alone is None)
            )
        self._pieces, self._size, self._shape = [], 0, None


def _is_small(arrival: Arrival) -> bool:
    # What is packed may be large.
    is_text = arrival.file is not None and arrival.file.path.suffix.lower() in _OF_TEXT
    return is_text and arrival.fingerprint is not None and _size(arrival) <= _SMALL


def _size(arrival: Arrival) -> int:
    return arrival.fingerprint.size if arrival.fingerprint else 0


def _note_columns(counted: ArrivalCounts, header: Sequence[str], contract: Contract) -> None:
    """Schema drift: which columns nobody knows, and which of the contract's there are not."""
    known = {*contract.column_names, "tenant_id"}
    ours = counted.arrival.dialect.translation(header, known)
    counted.unknown_columns = tuple(theirs[0] for our, theirs in ours.items() if our not in known)
    counted.absent_columns = tuple(name for name in contract.column_names if name not in ours)


def unmapped(counted: ArrivalCounts, contract: Contract) -> str:
    """Which columns of the configuration a file has not, for a person; empty if it has all."""
    absent = [
        f"{our} ({' + '.join(theirs)})"
        for our, theirs in counted.arrival.dialect.names.items()
        if our in counted.absent_columns and our in contract.column_names
    ]
    if not absent or counted.arrival.file is None:
        return ""
    return f"has no column for {', '.join(absent)}, which sources.yaml names"


def _take(
    future: Future[Outcomes], counted_arrivals: Sequence[ArrivalCounts], spool: Spool
) -> None:
    """Spool what was judged and count it."""
    for task, judged in future.result():
        offsets = []
        for piece, outcome in zip(
            task.pieces, judged.outcomes if isinstance(judged, Judged) else judged, strict=True
        ):
            counted = counted_arrivals[piece.file]
            offsets.append(counted.records + counted.arrival.first_row)
            counted.add(outcome)
        if isinstance(judged, Judged):
            spool.add(_placed(judged.good, task, offsets))
            spool.add_bad(_placed(judged.bad, task, offsets))
            if judged.known.height:
                spool.note_bad(_placed(judged.known, task, offsets))


def _placed(rows: pl.DataFrame, task: Task, offsets: Sequence[int]) -> pl.DataFrame:
    """With the `file` of each row, and its number in that."""
    files = pl.Series("file", [piece.file for piece in task.pieces], dtype=pl.Int32)
    before = pl.Series(offsets, dtype=pl.Int64)
    if len(task.pieces) == 1:
        return rows.drop(PIECE).with_columns(
            pl.col("source_row") + before[0], pl.lit(files[0], dtype=pl.Int32).alias("file")
        )
    return rows.drop(PIECE).with_columns(
        pl.col("source_row") + before.gather(rows[PIECE]), files.gather(rows[PIECE])
    )
