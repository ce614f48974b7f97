"""The parts of a long PDF: from how many rows on there are parts, and how many rows one has.

Templates see a part as `part`. Laying parts out is `long_document`'s; this module loads no library,
so that a worker can ask whether a document is long before it loads one.
"""

from __future__ import annotations

from typing import NamedTuple

LONG = 1_200
"""Rows above which a PDF is laid out in parts: beyond, memory would grow with it."""

ROWS = 1_000
"""Rows of a part: with them a worker needs 330 MB."""


class Part(NamedTuple):
    """Rows `start` up to `stop` of all; the last part has what comes after them."""

    start: int
    stop: int
    rows: int

    def as_context(self) -> dict[str, int | bool]:
        """As templates see it."""
        return {**self._asdict(), "whole": False, "numbers": 0}
