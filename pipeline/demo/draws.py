"""Random draws that are the same on every machine.

A stream per (seed, tenant, topic), so that a draw more in one topic moves no other. Only PCG64,
additions, multiplications and table look-ups: `exp` and `log` differ in their last bit between
processors, so skewed distributions are written as quantile tables (`Spread`) instead of formulas.
What is drawn is left to the callers.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

# Arrays of one dimension, named by what they hold.
Floats = npt.NDArray[Any]
Ints = npt.NDArray[Any]
Bools = npt.NDArray[Any]

# The seven points of a Spread: minimum, 10 %, 25 %, median, 75 %, 90 %, maximum.
Spread = tuple[float, float, float, float, float, float, float]
_POINTS = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])

_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype="<u2")
# Where the groups of 8-4-4-4-12 digits begin in the 32 digits, end, and begin in the 36 characters.
_GROUPS = ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24))


class Draws:
    """One stream of random values."""

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(list(key)))

    def uniform(self, n: int) -> Floats:
        """n values in [0, 1)."""
        raw: Ints = self._bits.random_raw(n)
        return (raw >> np.uint64(11)) * (1.0 / (1 << 53))

    def below(self, limit: float | Ints, n: int) -> Ints:
        """n integers in [0, limit); `limit` a number or an array of n."""
        return np.floor(self.uniform(n) * limit).astype(np.int64)

    def between(self, low: float, high: float, n: int) -> Floats:
        return low + self.uniform(n) * (high - low)

    def chance(self, probability: float | Floats, n: int) -> Bools:
        """n yes or no; `probability` a number or an array of n."""
        return self.uniform(n) < probability

    def pick(self, weights: Sequence[float] | Floats, n: int) -> Ints:
        """n indices into `weights`, each in proportion to its weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(edges, self.uniform(n) * edges[-1], side="right")
        places: Ints = np.minimum(found, len(edges) - 1)
        return places

    def spread(self, table: Spread, n: int) -> Floats:
        """n values with the quantiles of `table`."""
        values: Floats = np.interp(self.uniform(n), _POINTS, np.array(table))
        return values

    def choice(self, pool: Sequence[str], n: int) -> pl.Series:
        """n texts of the pool, each equally often."""
        return gather(pool, self.below(len(pool), n))

    def ids(self, n: int) -> pl.Series:
        """n texts in the form of a random UUID (version 4)."""
        raw = self._bits.random_raw(2 * n).astype("<u8").view(np.uint8).reshape(n, 16)
        raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
        raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
        digits = _HEX[raw].view(np.uint8).reshape(n, 32)
        text = np.full((n, 36), ord("-"), np.uint8)
        for begin, end, at in _GROUPS:
            text[:, at : at + end - begin] = digits[:, begin:end]
        offsets = np.arange(n + 1, dtype=np.int64) * 36
        return _text_series(n, offsets, text)


class Streams:
    """The streams of one tenant, by topic."""

    def __init__(self, seed: int, tenant: str) -> None:
        self._key = (seed, zlib.crc32(tenant.encode()))

    def __call__(self, topic: str) -> Draws:
        return Draws(*self._key, zlib.crc32(topic.encode()))


def gather(pool: Sequence[Any] | pl.Series, index: Ints | pl.Series) -> pl.Series:
    """`pool[index]` as a series; -1 gives null."""
    series = pool if isinstance(pool, pl.Series) else pl.Series(list(pool))
    positions = pl.Series("i", index)
    return series.gather(positions.set(positions < 0, None))


def _text_series(n: int, offsets: Ints, text: npt.NDArray[np.uint8]) -> pl.Series:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    series = pl.from_arrow(pa.Array.from_buffers(pa.large_utf8(), n, buffers))
    return pl.Series(series)
