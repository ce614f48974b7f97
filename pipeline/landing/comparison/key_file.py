"""Two numbers of every row of a batch, its key and its hash, in a file of their own.

Twenty million rows take 400 MB, which are written once and mapped when they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.landing.comparison.row_hash import in_hex

# So many keys are sorted at once.
_SORTED = 1 << 25
SCHEMA = pa.schema({"file": pa.int32(), "key": pa.uint64(), "content": pa.uint64()})


class KeyFile:
    """Rows by their place, from 0; `file` is a file's number in the batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = pa.ipc.new_file(str(path), SCHEMA)
        self._rows = 0
        self._all: pa.Table | None = None

    def __len__(self) -> int:
        return self._rows

    def add(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)
        self._rows += len(rows)

    def close(self) -> None:
        self._writer.close()

    def have_equal_keys(self, refused: Collection[int]) -> bool:
        """Whether a key is there twice, rows of refused files aside."""
        parts = 1
        while self._rows // parts > _SORTED:
            parts *= 2
        return any(_repeats(self._keys(refused, part, parts)) for part in range(parts))

    def in_pieces(self) -> Iterator[pa.Table]:
        """All rows with their `place`, and their hashes as `row_hash`."""
        place = 0
        for batch in self._table().to_batches():
            yield pa.table(
                {
                    "file": batch["file"],
                    "place": np.arange(place, place + len(batch)),
                    "key": batch["key"],
                    "row_hash": in_hex(batch["content"].to_numpy()),
                }
            )
            place += len(batch)

    def _table(self) -> pa.Table:
        if self._all is None:
            self.close()
            self._all = pa.ipc.open_file(pa.memory_map(str(self._path))).read_all()
        return self._all

    def _keys(self, refused: Collection[int], part: int, parts: int) -> np.ndarray:
        """A copy of the keys of one part of the rows."""
        found = []
        for batch in self._table().to_batches():
            keys = batch["key"].to_numpy()
            wanted = (keys & np.uint64(parts - 1)) == part if parts > 1 else None
            if refused:
                live = np.isin(batch["file"].to_numpy(), list(refused), invert=True)
                wanted = live if wanted is None else wanted & live
            found.append(keys if wanted is None else keys[wanted])
        return np.concatenate(found) if found else np.empty(0, np.uint64)


def _repeats(keys: np.ndarray) -> bool:
    keys.sort()
    return bool((keys[1:] == keys[:-1]).any())
