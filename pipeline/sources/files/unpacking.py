"""What the child process that unpacks is told and says, and the bounds for every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUSPICIOUS = 64 << 20
RATIO = 200
# No export has so many; each costs memory and time, however few its rows.
MOST_COLUMNS = 2_000
ROW = "#row"
# By the number of a row: its columns that hold no value, and why.
Problems = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Wanted:
    """What is read: the entity, and what its columns hold, by the names that the source has.

    `kinds` are names of `contracts.model.Type`; `currencies` the signs of the tenant's money.
    """

    entity: str
    kinds: Mapping[str, str]
    currencies: Sequence[str] = ()


class Problem(Exception):
    """Why it cannot be unpacked; `waits` if the file looks unfinished."""

    def __init__(self, message: str, *, waits: bool = False) -> None:
        super().__init__(message)
        self.waits = waits


def problems_of(target: Path) -> Path:
    """Where it stands what is wrong with single rows, by row number."""
    return target.with_name(f"{target.name}.problems")
