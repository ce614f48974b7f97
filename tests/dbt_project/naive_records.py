"""What the versions of a lead's record prove, once more, slowly and in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.dbt_project.raw_files import LANDED_AT
from tests.dbt_project.scenario import Row

DAY = timedelta(days=1)
ORDER = ("new", "contacted", "qualified", "negotiation", "converted")


@dataclass(frozen=True)
class Version:
    """A version of a record: since when it counts, and when it was made, if it says so."""

    row: Row
    on: date
    at: datetime | None
    guessed: bool = False


class Record:
    """The versions of one lead's record that count by a day, in the order in which they came."""

    def __init__(self, rows: Sequence[Row], as_of: date, zone: ZoneInfo) -> None:
        said = [_version(row, number == 0, zone) for number, row in enumerate(rows)]
        self.known = [version for version in said if version.on <= as_of]
        self.status: str = (self.known[-1] if self.known else said[0]).row["status"]

    def first(self, *statuses: str, guessed: bool = False) -> date | None:
        """The earliest day of a version with such a status that no later version takes back."""
        lowest = min(map(ORDER.index, statuses))
        found: list[date] = []
        for version in self.known:
            status = version.row["status"]
            if status in statuses:
                found += [version.on] if version.guessed == guessed else []
            elif status != "lost" and ORDER.index(status) < lowest:
                found = []
        return min(found, default=None)

    def lost(self, *, guessed: bool = False) -> date | None:
        """The earliest day of the versions at the end that all say lost."""
        found: list[Version] = []
        for version in self.known:
            found = [*found, version] if version.row["status"] == "lost" else []
        return min((version.on for version in found if version.guessed == guessed), default=None)

    def next_action(self) -> tuple[date, Version] | None:
        """The day by which to come back, and the first version that has said so since."""
        first: Version | None = None
        due: date | None = None
        for version in self.known:
            if version.row.get("next_action_date") != due:
                first, due = version, version.row.get("next_action_date")
        return (due, first) if due and first else None


def _version(row: Row, first: bool, zone: ZoneInfo) -> Version:
    made = row["created_at"].astimezone(zone).date()
    changed = row.get("updated_at")
    landed_for = row.get("ingested_at", LANDED_AT).astimezone(zone).date() - DAY
    if first and landed_for > made and (changed is None or changed <= row["created_at"]):
        # All rows of these histories are of the first delivery.
        return Version(row, made, changed or row["created_at"], guessed=True)
    if changed:
        return Version(row, changed.astimezone(zone).date(), changed)
    if first:
        return Version(row, made, row["created_at"])
    return Version(row, max(made, landed_for), None)
