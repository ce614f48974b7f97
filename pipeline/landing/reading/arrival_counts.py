"""What is known of one arrival while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pipeline.landing.comparison.row_outcomes import Total
from pipeline.landing.reading.arrivals import Arrival
from pipeline.landing.reading.judge import PieceCounts
from pipeline.sources.refusals import Refused, Waiting


@dataclass
class ArrivalCounts:
    """One arrival while it is read: good and bad rows so far by tenant, and if it is usable."""

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

    def add(self, outcome: PieceCounts) -> None:
        """Count its next piece."""
        if outcome.problem:
            self.problem = outcome.problem
            return
        self.records += outcome.records
        self.ends_short = outcome.ends_short
        for name, totals in outcome.totals.items():
            _add(getattr(self, name), totals)


def _add(sums: dict[str, Total], more: Mapping[str, Total]) -> None:
    for tenant, total in more.items():
        sums[tenant] = sums[tenant] + total if tenant in sums else total
