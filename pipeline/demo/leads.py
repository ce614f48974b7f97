"""Who works here and which enquiries come in: staff, and the leads' time, source, campaign and
owner.

What becomes of a lead is `journey.py`'s; its name and address are `people.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo.draws import Draws, Floats, Ints, Streams
from pipeline.demo.marketing import Run, attribute, drawn_in
from pipeline.demo.people import person_names
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window, enquiry_times
from pipeline.demo.tables import blank, times


@dataclass(frozen=True)
class Staff:
    """The owners in team order, the head of sales last; `skill` multiplies the chance to close.

    `left_at` = since when somebody is gone, NEVER for those who work here.
    """

    table: pl.DataFrame
    ids: pl.Series
    team: Ints
    skill: Floats
    left_at: Ints


@dataclass(frozen=True)
class Leads:
    """Arrays parallel to `ids`, in order of time (seconds). `campaign` -1 = none; `project` is what
    was asked for.
    """

    ids: pl.Series
    time: Ints
    source: Ints
    campaign: Ints
    owner: Ints
    team: Ints
    project: Ints
    quality: Floats
    answers: Floats

    def __len__(self) -> int:
        return len(self.time)


def make_staff(streams: Streams, profile: Profile, window: Window) -> Staff:
    draws = streams("staff")
    team = np.concatenate(
        [np.full(t.members, i) for i, t in enumerate(profile.teams)] + [np.array([-1])]
    ).astype(np.int64)
    n = len(team)
    ids = draws.ids(n)
    names = person_names(draws, profile, n)
    full = names["first"] + " " + names["last"]
    leads_of_team = np.searchsorted(team[:-1], np.arange(len(profile.teams)))
    is_lead = np.isin(np.arange(n), leads_of_team)
    manager = np.where(team < 0, -1, np.where(is_lead, n - 1, leads_of_team[team.clip(0)]))
    left_at = np.full(n, NEVER)
    if profile.curated:  # one has left: no new leads since, the old ones still in that name
        left_at[-2] = (window.last - 75) * DAY + 18 * HOUR
    created = np.full(n, window.begin - 40 * DAY + 10 * HOUR)
    handle = (names["first"].str.to_lowercase() + "." + names["last"].str.to_lowercase()).to_list()
    seen: dict[str, int] = {}
    emails = []
    for name in handle:
        seen[name] = seen.get(name, 0) + 1
        suffix = "" if seen[name] == 1 else str(seen[name])
        emails.append(f"{name}{suffix}@{profile.face.domain}")
    table = pl.DataFrame(
        {
            "id": ids,
            "name": full,
            "email": emails,
            "team": [profile.teams[i].name if i >= 0 else "Management" for i in team],
            "manager_id": blank(ids.gather(manager.clip(0)), manager < 0),
            "is_active": left_at == NEVER,
            "created_at": times(created),
            "updated_at": times(np.where(left_at < NEVER, left_at, created)),
        }
    )
    skill = draws.between(0.7, 1.3, n) * np.array([t.skill for t in profile.teams] + [1.0])[team]
    return Staff(table, ids, team, skill, left_at)


def make_leads(
    streams: Streams, profile: Profile, window: Window, staff: Staff, runs: tuple[Run, ...]
) -> Leads:
    n = profile.leads
    draws = streams("leads")
    time = enquiry_times(draws, window, n, growth=profile.growth, business=profile.business)
    source = draws.pick([s.share for s in profile.sources], n)
    time = drawn_in(streams("drawn in"), profile, runs, window, time, source)
    order = np.argsort(time, kind="stable")
    time, source = time[order], source[order]
    campaign = attribute(streams("campaign of lead"), profile, runs, window, time // DAY, source)
    team = _teams(draws, profile, source)
    members = np.array([t.members for t in profile.teams])
    first = (np.cumsum(members) - members)[team]
    owner = first + draws.below(members[team], n)
    owner = np.where(time >= staff.left_at[owner], first, owner)
    plan_quality = np.array([run.plan.quality for run in runs] + [1.0])
    quality = np.array([s.quality for s in profile.sources])[source] * plan_quality[campaign]
    return Leads(
        ids=streams("lead ids").ids(n),
        time=time,
        source=source,
        campaign=campaign,
        owner=owner,
        team=team,
        project=draws.pick([p.share for p in profile.projects], n),
        quality=quality * staff.skill[owner] * draws.between(0.3, 1.7, n),
        answers=np.array([s.answers for s in profile.sources])[source],
    )


def _teams(draws: Draws, profile: Profile, source: Ints) -> Ints:
    """A team of its own for the sources that have one, the others by their shares."""
    codes = [s.code for s in profile.sources]
    general = [0.0 if team.sources else team.share for team in profile.teams]
    team = draws.pick(general, len(source))
    for index, special in enumerate(profile.teams):
        if special.sources:
            team[np.isin(source, [codes.index(code) for code in special.sources])] = index
    return team
