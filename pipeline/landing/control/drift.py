"""Schema drift: which columns of a delivery are new, and which are not there any more."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.landing.batches.batches import Batch, FileCounts


class Columns:
    """The columns of what has landed, by tenant and source."""

    def __init__(self, landed: Sequence[Batch]) -> None:
        self._unknown: dict[tuple[str, str], set[str]] = {}
        self._absent: dict[tuple[str, str], set[str]] = {}
        for batch in landed:
            absent: dict[tuple[str, str], set[str]] = {}
            for file in batch.files:
                key = file.tenant, file.source
                self._unknown.setdefault(key, set()).update(file.unknown_columns)
                absent.setdefault(key, set()).update(file.absent_columns)
            # Of the newest batch alone: what came back may go again.
            self._absent |= absent

    def new(self, file: FileCounts) -> tuple[str, ...]:
        """Columns that the contract does not know, and no earlier delivery had."""
        known = self._unknown.get((file.tenant, file.source), set())
        return tuple(name for name in file.unknown_columns if name not in known)

    def gone(self, file: FileCounts) -> tuple[str, ...]:
        """Columns of the contract that the newest earlier delivery had; none if there is none."""
        before = self._absent.get((file.tenant, file.source))
        if before is None:
            return ()
        return tuple(name for name in file.absent_columns if name not in before)
