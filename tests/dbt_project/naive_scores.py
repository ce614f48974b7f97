"""The scores of leads once more, day by day: where each lead stood at the end of every day.

Written from the definitions in `v_lead_scores`. No waits and no lengths: a lead that is compared
is looked up on the day on which it had waited as long.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.dbt_project.naive import RANKS, Life, Tenant

DAYS = (0, 2, 4, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 112, 140, 168, 252)
HORIZON, HISTORY = timedelta(days=90), timedelta(days=365)
Counts = dict[object, list[int]]


@dataclass(frozen=True)
class Score:
    """Of one lead: whom it is compared with, and what comes of it."""

    compared: tuple[int, int]
    source: tuple[int, int]
    everybody: tuple[int, int]
    probability: float
    band: str


class Walk:
    """Where a lead stood: (attempt, rank) and the day on which it came that far."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.came = {(1, -1): life.lead_date}
        self.gone: dict[int, date] = {}
        attempt, told_lost = 1, None
        for step in life.steps:
            kind, on = step["milestone_type"], step["milestone_date"]
            if kind == "reengaged":
                if told_lost:
                    self.gone[attempt] = told_lost
                attempt, told_lost = attempt + 1, None
                self.came[attempt, -1] = on
            elif kind in RANKS and kind not in ("lead_generated", "booking"):
                place = (attempt, RANKS[kind])
                self.came[place] = min(on, self.came.get(place, on))
            if (step.get("status_after") or "").lower() == "lost":
                told_lost = min(on, told_lost or on)

    def place(self, day: date) -> tuple[int, int] | None:
        """The furthest place by the end of the day, however the lead ended."""
        return max((place for place, on in self.came.items() if on <= day), default=None)

    def waits(self, day: date) -> bool:
        """Neither lost nor sold by the end of the day."""
        place = self.place(day)
        ends = [self.life.lost, self.life.converted, self.gone.get(place[0]) if place else None]
        return place is not None and not any(end and end <= day for end in ends)

    def books(self, day: date) -> bool:
        booked = self.life.converted
        return booked is not None and day < booked <= day + HORIZON


class Scores:
    """All scores of a tenant as of a day; of an earlier day, only by what can be told by it."""

    def __init__(self, tenant: Tenant, day: date) -> None:
        self.walks = [Walk(life) for life in tenant.lives]
        self.day, self.is_now = day, day == tenant.as_of
        self.at: Counts = defaultdict(lambda: [0, 0])
        for walk in self.walks:
            self._learn(walk)

    def _learn(self, walk: Walk) -> None:
        came = walk.life.lead_date
        told = self.day - HORIZON - HISTORY <= came <= self.day - HORIZON
        if told and not walk.waits(came):
            # Lost or sold on the day it came: it is one of all leads, and waited nowhere.
            self.at["all"][0] += 1
            booked = walk.life.converted
            self.at["all"][1] += booked is not None and booked <= came + HORIZON
        for place, came in walk.came.items():
            if came < self.day - HORIZON - HISTORY:
                continue
            for waited in DAYS:
                on = came + timedelta(days=waited)
                if on + HORIZON > self.day or walk.place(on) != place or not walk.waits(on):
                    continue
                keys: list[object] = [("stage", place[1], waited), ("any", waited)]
                if waited == 0:
                    keys.append(("source", place[1], walk.life.row.get("source")))
                    if place[0] == 1 and came == walk.life.lead_date:
                        keys.append("all")
                for key in keys:
                    self.at[key][0] += 1
                    self.at[key][1] += walk.books(on)

    def all(self) -> dict[str, Score | None]:
        """Open lead -> its score, None where the history is too short."""
        return {
            walk.life.row["id"]: self._score(walk)
            for walk in self.walks
            if (walk.life.open_to_work if self.is_now else walk.waits(self.day))
            and (place := walk.place(self.day)) is not None
            and self.day - walk.came[place] <= HISTORY
        }

    def _share(self, key: object, prior: Fraction) -> Fraction:
        leads, booked = self.at[key]
        return (booked + 20 * prior) / (leads + 20)

    def _stage(self, rank: int, waited: int, everybody: Fraction) -> Fraction:
        return self._share(("stage", rank, waited), self._share(("any", waited), everybody))

    def _score(self, walk: Walk) -> Score | None:
        leads, booked = self.at["all"]
        if booked < 10 or leads - booked < 10:
            return None
        everybody = Fraction(booked, leads)
        place = walk.place(self.day)
        assert place is not None
        rank, source = place[1], ("source", place[1], walk.life.row.get("source"))
        waited = max(d for d in DAYS if d <= (self.day - walk.came[place]).days)
        alike, came = self._stage(rank, waited, everybody), self._stage(rank, 0, everybody)
        odds = _odds(alike) * _odds(self._share(source, came)) / _odds(came)
        chance = odds / (1 + odds)
        hot, cold = chance >= 2 * everybody, chance < everybody / 2
        return Score(
            _pair(self.at["stage", rank, waited]),
            _pair(self.at[source]),
            (leads, booked),
            float(chance),
            "hot" if hot else "cold" if cold else "warm",
        )


def _odds(chance: Fraction) -> Fraction:
    return chance / (1 - chance)


def _pair(counts: list[int]) -> tuple[int, int]:
    leads, booked = counts
    return leads, booked
