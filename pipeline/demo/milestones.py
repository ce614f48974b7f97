"""The milestone rows of all attempts: stages, visits, touches, losses, cancellations, returns.

Follow-up dates are put on later, in `follow_ups.py`, when it is known what happened next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Draws, Ints, Streams, gather
from pipeline.demo.journey import BOOKED, CONTACTED, NEGOTIATED, PROPOSED, VISITED, Attempts
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window

TYPES = (
    "lead_generated",
    "contacted",
    "site_visit",
    "revisit",
    "demo",
    "proposal",
    "negotiation",
    "booking",
    "cancellation",
    "reengaged",
)
STATUSES = ("new", "contacted", "qualified", "negotiation", "converted", "lost")
# The status a milestone of each type leads to, as an index into STATUSES.
_STATUS_OF = np.array([0, 1, 2, 2, 2, 2, 3, 4, 5, 1])
_LOST = 5
_VISITS = (2, 3)


@dataclass(frozen=True)
class Milestones:
    """Arrays over milestones in order of lead and time. `kind` indexes TYPES, statuses STATUSES (-1
    = none).
    """

    lead: Ints
    attempt: Ints
    kind: Ints
    time: Ints
    before: Ints
    after: Ints
    went_on: Bools

    def __len__(self) -> int:
        return len(self.lead)

    def last_of_lead(self) -> Bools:
        return np.append(self.lead[1:] != self.lead[:-1], True) if len(self) else np.zeros(0, bool)


def make_milestones(
    streams: Streams, profile: Profile, window: Window, attempts: tuple[Attempts, ...]
) -> Milestones:
    draws = streams("milestones")
    rows = [part for one in attempts for part in _stage_rows(draws, one)]
    wanted = round(profile.milestones_per_lead * profile.leads) - sum(len(r) for r in rows)
    rows += _touches(draws, window, attempts, wanted)
    table = pl.concat(rows).sort("lead", "time", "kind")
    after = pl.col("status").cum_max().over("lead", "attempt")
    table = table.with_columns(after=after)
    before = pl.col("after").shift(1).over("lead").fill_null(-1)
    came_back = pl.col("kind") == TYPES.index("reengaged")
    table = table.with_columns(before=pl.when(came_back).then(_LOST).otherwise(before))
    return Milestones(
        lead=table["lead"].to_numpy(),
        attempt=table["attempt"].to_numpy(),
        kind=table["kind"].to_numpy(),
        time=table["time"].to_numpy(),
        before=table["before"].to_numpy(),
        after=table["after"].to_numpy(),
        went_on=table["went_on"].to_numpy(),
    )


def _stage_rows(draws: Draws, one: Attempts) -> list[pl.DataFrame]:
    """The rows that the walk itself left."""
    depth, n = one.depth, len(one)
    start = np.where(one.number == 1, TYPES.index("lead_generated"), TYPES.index("reengaged"))
    promising = (depth > CONTACTED) & draws.chance(0.3, n) | draws.chance(0.03, n)
    called = np.where(promising, 2, _STATUS_OF[TYPES.index("contacted")])
    not_remote = np.where(one.remote, NEVER, one.at[:, VISITED])
    booked = np.where(one.pending, NEVER, one.at[:, BOOKED])
    said_no = np.where((depth == CONTACTED) & draws.chance(0.45, n), one.closed, NEVER)
    steps = (
        (start, one.at[:, 0], None, depth > 0),
        ("contacted", one.at[:, CONTACTED], called, depth > CONTACTED),
        ("site_visit", not_remote, None, depth > VISITED),
        ("demo", one.demo_at, None, depth > VISITED),
        ("revisit", one.revisit_at, None, depth > VISITED),
        ("proposal", one.at[:, PROPOSED], None, depth > PROPOSED),
        ("negotiation", one.at[:, NEGOTIATED], None, depth > NEGOTIATED),
        ("booking", booked, None, np.ones(n, bool)),
        ("cancellation", one.cancelled, None, np.zeros(n, bool)),
        ("contacted", said_no, np.full(n, _LOST), np.zeros(n, bool)),
    )
    return [_rows(one, kind, time, status, went_on) for kind, time, status, went_on in steps]


def _rows(
    one: Attempts, kind: Ints | str, time: Ints, status: Ints | None, went_on: Bools
) -> pl.DataFrame:
    kinds = np.full(len(one), TYPES.index(kind)) if isinstance(kind, str) else kind
    happened = np.flatnonzero(time < NEVER)
    after = _STATUS_OF[kinds] if status is None else status
    return pl.DataFrame(
        {
            "lead": one.lead[happened],
            "attempt": one.number[happened],
            "kind": kinds[happened],
            "time": time[happened],
            "status": after[happened],
            "went_on": went_on[happened],
        }
    )


def _touches(
    draws: Draws, window: Window, attempts: tuple[Attempts, ...], wanted: int
) -> list[pl.DataFrame]:
    """Further conversations while an attempt lasts, `wanted` of them in all."""
    spans = [_talks(one, window) for one in attempts]
    total = sum(float(weight.sum()) for _, _, weight in spans)
    rows = []
    for one, (begin, stop, weight) in zip(attempts, spans, strict=True):
        share = weight * max(0, wanted) / max(total, 1e-9)
        count = np.floor(share + draws.uniform(len(one))).astype(np.int64)
        which = np.repeat(np.arange(len(one)), count)
        room = (stop - begin)[which]
        time = begin[which] + (draws.uniform(len(which)) * room).astype(np.int64)
        time = time - time % DAY + 10 * HOUR + draws.below(9 * HOUR, len(which))
        kept = (time > begin[which]) & (time < stop[which])
        which, time = which[kept], time[kept]
        rows.append(
            pl.DataFrame(
                {
                    "lead": one.lead[which],
                    "attempt": one.number[which],
                    "kind": np.full(len(which), TYPES.index("contacted")),
                    "time": time,
                    "status": np.full(len(which), _STATUS_OF[TYPES.index("contacted")]),
                    "went_on": np.ones(len(which), bool),
                }
            )
        )
    return rows


def _talks(one: Attempts, window: Window) -> tuple[Ints, Ints, Ints]:
    """When further conversations of an attempt begin and stop, and how many there would be."""
    begin = np.minimum(one.at[:, CONTACTED], window.end)
    stop = np.minimum(one.until(window.end), one.booked_at)
    days = (stop - begin) // DAY
    talkative = np.minimum(one.depth, 3) + np.minimum(days, 60) // 10
    return begin, stop, np.where((one.depth > 0) & (days > 1), talkative, 0)


def visit_details(
    streams: Streams, profile: Profile, milestones: Milestones, project: Ints
) -> dict[str, pl.Series]:
    """Place, minutes and outcome of visits, outcome of talks; `project` is per milestone."""
    draws, n = streams("visits"), len(milestones)
    visit = np.isin(milestones.kind, _VISITS)
    latitude = np.array([p.latitude for p in profile.projects])[project]
    longitude = np.array([p.longitude for p in profile.projects])[project]
    places = [f"{p.name}, {p.locality}" for p in profile.projects]
    wander = draws.between(-0.0009, 0.0009, n), draws.between(-0.0009, 0.0009, n)
    good = np.where(milestones.went_on, 0.82, 0.22)
    u = draws.uniform(n)
    outcome = np.where(u < good, 0, np.where(u < good + (1 - good) * 0.62, 1, 2))
    outcome = np.where((milestones.kind == 1) & (milestones.after == _LOST), 2, outcome)
    answers = visit | np.isin(milestones.kind, (1, 4)) & draws.chance(0.6, n)
    extras = (
        '{"visitors": 2, "transport": "own car"}',
        '{"visitors": 4, "transport": "own car", "with_family": true}',
        '{"visitors": 1, "transport": "company cab"}',
        '{"visitors": 3, "transport": "company cab", "second_project_shown": true}',
    )
    described = visit & draws.chance(0.4, n)
    return {
        "latitude": pl.Series(latitude + wander[0]).round(6).set(pl.Series(~visit), None),
        "longitude": pl.Series(longitude + wander[1]).round(6).set(pl.Series(~visit), None),
        "place": gather(places, np.where(visit, project, -1)),
        "minutes": pl.Series((draws.spread((15, 25, 35, 50, 70, 95, 160), n)).astype(np.int64)).set(
            pl.Series(~visit), None
        ),
        "outcome": gather(("positive", "neutral", "negative"), np.where(answers, outcome, -1)),
        "metadata": draws.choice(extras, n).set(pl.Series(~described), None),
    }
