"""Which part was asked for, if not everything: days, and one owner, source, campaign, unit type or
project.

A report that is narrowed down is not the tenant's report of the day: it says what it shows, and
lies in a folder of its own that no mail is made from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from pipeline.core.calendar import Period
from pipeline.core.errors import ConfigError

FILTERS = ("owner", "source", "campaign", "unit_type", "project")
BOOKING_FILTERS = FILTERS[:-1]
_TITLES = {name: name.replace("_", " ") for name in FILTERS}

# Bookings with the names of their lead's source and campaign, and what a filter compares there.
BOOKINGS = """(
    select b.*, l.source_name, l.campaign_name
    from bookings b left join leads l on l.lead_id = b.lead_id
)"""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "owner": ("owner_name",),
    "source": ("source_code", "source_name"),
    "campaign": ("campaign_id", "campaign_name"),
    "unit_type": ("unit_type",),
}


@dataclass(frozen=True)
class Selection:
    """`first`, `last`: local days, both included. A filter is a name or a code, in any case."""

    first: date | None = None
    last: date | None = None
    owner: str | None = None
    source: str | None = None
    campaign: str | None = None
    unit_type: str | None = None
    project: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))

    @property
    def filters(self) -> Mapping[str, str]:
        """The filters that are set, by name."""
        return {name: value for name in FILTERS if (value := getattr(self, name)) is not None}

    def period(self, usual: Period) -> Period:
        """The days asked for; open ends are those of the usual period. ConfigError if none."""
        first, last = self.first or min(usual.first, self.last or usual.last), self.last
        last = last or usual.last
        if last < first:
            raise ConfigError(f"the period ends ({last}) before it begins ({first})")
        if last > usual.last:
            raise ConfigError(f"the period ends on {last}, but the data is as of {usual.last}")
        return Period(first, last)

    def where(self) -> tuple[str, dict[str, Any]]:
        """A SQL condition on BOOKINGS for the filters, and its values."""
        conditions, values = ["true"], {}
        for name, value in self.filters.items():
            either = " or ".join(f"lower({column}) = lower($f_{name})" for column in COLUMNS[name])
            conditions.append(f"({either})")
            values[f"f_{name}"] = value
        return " and ".join(conditions), values

    def described(self) -> tuple[str, ...]:
        """ "owner Asha Rao", for the head of the page."""
        return tuple(f"{_TITLES[name]} {value}" for name, value in self.filters.items())

    def slug(self) -> str:
        """A folder name for it, the same for the same selection."""
        said = [f"{f.name}={getattr(self, f.name)}" for f in fields(self) if getattr(self, f.name)]
        words = re.sub(r"[^a-z0-9]+", "-", "-".join(said).lower())[:40].strip("-")
        return f"{words}-{hashlib.sha256('|'.join(said).encode()).hexdigest()[:8]}"


EVERYTHING = Selection()
