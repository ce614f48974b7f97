"""Time zones by the one database that counts, the pinned tzdata package, for whole columns.

Local times become instants and instants local times by the transitions of a zone, which Python's
zoneinfo tells. The machine's own files, polars' and DuckDB's databases are of other ages: in 2026
they disagreed about British Columbia, Alberta and Morocco. `pipeline/__init__.py` keeps zoneinfo
to the package.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

# Dates outside are refused by every contract; the offset at the edge serves them.
FIRST_YEAR, LAST_YEAR = 1969, 2100
SECOND = 1_000_000
Micros = NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No clock was ever changed and changed back within so short a time.
_STEP = timedelta(hours=3)
_LIMIT = 1 << 62


def to_utc(local: Micros, zone: ZoneInfo) -> Micros:
    """Microseconds of a wall clock since 1970 as instants.

    Of an hour that came twice the earlier one; one that was skipped is shifted forward by the gap
    (02:30 becomes 03:30), as PostgreSQL and Java do.
    """
    starts, offsets = shifts(zone.key, *_years(local))
    if not len(starts):
        return local - np.int64(offsets[0] * SECOND)
    # The new offset begins to count when both clocks agree that it has begun.
    steps = starts + np.maximum(offsets[:-1], offsets[1:]) * SECOND
    return local - offsets[np.searchsorted(steps, local, side="right")] * SECOND


def to_local(instants: Micros, zone: ZoneInfo) -> Micros:
    """Microseconds since 1970 in UTC as those of the zone's wall clock."""
    starts, offsets = shifts(zone.key, *_years(instants))
    if not len(starts):
        return instants + np.int64(offsets[0] * SECOND)
    return instants + offsets[np.searchsorted(starts, instants, side="right")] * SECOND


def shifts(key: str, first: int, last: int) -> tuple[Micros, Micros]:
    """When the clocks change in these years.

    In microseconds since 1970 in UTC, and the seconds east of UTC before the first change and after
    each.
    """
    years = [_shifts_of_year(key, year) for year in range(first, last + 1)]
    changes = [change for _, found in years for change in found]
    starts = np.array([at for at, _ in changes], dtype=np.int64)
    offsets = np.array([years[0][0], *(offset for _, offset in changes)], dtype=np.int64)
    return starts, offsets


def _years(micros: Micros) -> tuple[int, int]:
    """The years of these times and one more at each side, as far as they are looked up."""
    if not len(micros):
        return FIRST_YEAR, FIRST_YEAR
    ends = np.array([micros.min(), micros.max()]).clip(-_LIMIT, _LIMIT)
    first, last = ends.astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
    return (
        int(np.clip(first - 1, FIRST_YEAR, LAST_YEAR)),
        int(np.clip(last + 1, FIRST_YEAR, LAST_YEAR)),
    )


@lru_cache(maxsize=16_384)
def _shifts_of_year(key: str, year: int) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The offset with which a year (of UTC) begins, and each (time, new offset) in it."""
    zone = ZoneInfo(key)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    first = before = _offset(zone, at)
    found = []
    while at < end:
        following = min(at + _STEP, end)
        # The first moment of the next year is the next year's affair.
        after = _offset(zone, following - timedelta(microseconds=1))
        if after != before:
            change = _change(zone, before, at, following)
            found.append(((change - _EPOCH) // timedelta(microseconds=1), after))
            before = after
        at = following
    if _offset(zone, end) != before:
        found.append(((end - _EPOCH) // timedelta(microseconds=1), _offset(zone, end)))
    return first, tuple(found)


def _change(zone: ZoneInfo, before: int, low: datetime, high: datetime) -> datetime:
    """The second from `low` to `high` from which on the offset is another than `before`."""
    if _offset(zone, low) != before:
        return low
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())
