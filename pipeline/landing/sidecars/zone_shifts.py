"""What the models must be told of time zones: those that their engine has otherwise than tzdata.

DuckDB brings a time-zone database of its own, as old as its release. Where it disagrees with the
pinned one anywhere in the years that a contract takes, the models get the pinned one's changes.
"""

from __future__ import annotations

import json
from functools import lru_cache
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl

from pipeline.core.zones import SECOND, shifts, to_local

_FIRST, _LAST = 1970, 2099
_WEEK = 7 * 86_400
_OFFSETS = """
    SELECT epoch(to_timestamp(second) AT TIME ZONE $zone)::BIGINT - second AS east FROM instants
"""


@lru_cache(maxsize=1024)
def zone_shifts(zone: str) -> str | None:
    """The zone's shifts as JSON, or None where DuckDB agrees throughout.

    [second since 1970 in UTC, seconds east of UTC from then on], the first for all before.
    """
    starts, offsets = shifts(zone, _FIRST, _LAST)
    if agrees(zone):
        return None
    at = [0, *(int(start) // SECOND for start in starts)]
    return json.dumps([[when, int(offset)] for when, offset in zip(at, offsets, strict=True)])


def agrees(zone: str) -> bool:
    """Whether DuckDB has the same offsets: each week, and just before and after each change."""
    starts, _ = shifts(zone, _FIRST, _LAST)
    changes = starts // SECOND
    begin, end = (
        int(np.datetime64(f"{year}-01-01", "s").astype(np.int64)) for year in (_FIRST, _LAST)
    )
    seconds = np.concatenate([np.arange(begin, end, _WEEK), changes - 1, changes + 1])
    ours = (to_local(seconds * SECOND, ZoneInfo(zone)) // SECOND) - seconds
    instants = pl.DataFrame({"second": seconds}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("instants", instants)
        found = connection.execute(_OFFSETS, {"zone": zone}).fetchnumpy()
    return bool((np.asarray(found["east"]) == ours).all())
