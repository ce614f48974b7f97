"""Follow-ups: promised after most talks, kept or missed by what happened next, a few still owed.

Whether one is pending is decided by what came after it, so this runs when all milestones and
engagements are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.demo.draws import Bools, Ints, Streams
from pipeline.demo.milestones import STATUSES, Milestones
from pipeline.demo.seasons import DAY, Window

_OPEN = tuple(STATUSES.index(name) for name in ("new", "contacted", "qualified", "negotiation"))


@dataclass(frozen=True)
class FollowUpRows:
    """Per milestone: required, and the day it is due (-1 = none or not said)."""

    required: Bools
    day: Ints


def make_follow_ups(
    streams: Streams,
    window: Window,
    milestones: Milestones,
    last_touch: Ints,
    lead_status: Ints,
) -> FollowUpRows:
    """`last_touch` = per lead the last completed engagement; `lead_status` indexes STATUSES."""
    draws, n = streams("follow-ups"), len(milestones)
    day = milestones.time // DAY
    last = milestones.last_of_lead()
    next_day = np.append(day[1:], 0)
    promised = draws.chance(np.where(np.isin(milestones.kind, (1, 2, 3, 4, 5, 6)), 0.62, 0.1), n)
    # A promise that something followed: kept to the day, a little early, or missed by some days.
    slip = draws.pick((0.2, 0.5, 0.14, 0.1, 0.06), n)
    due = np.maximum(next_day + np.array([1, 0, -1, -3, -7])[slip], day + 1)
    # Nobody promises a call in two months.
    due = np.minimum(due, day + 2 + draws.below(13, n))
    due = np.where(last, _open_promises(streams, window, milestones, last_touch), due)
    still_open = np.isin(lead_status[milestones.lead], _OPEN)
    required = promised & (~last | still_open) & (due >= day)
    unsaid = last & draws.chance(0.012, n)
    return FollowUpRows(required, np.where(required & ~unsaid, due, -1))


def _open_promises(
    streams: Streams, window: Window, milestones: Milestones, last_touch: Ints
) -> Ints:
    """The due day on the last milestone of a lead: mostly ahead, some today, some forgotten."""
    draws, n = streams("open follow-ups"), len(milestones)
    latest = np.maximum(milestones.time, last_touch[milestones.lead]) // DAY
    forgotten = latest + 2 + draws.below(7, n)
    ahead = window.last + 1 + draws.below(12, n)
    neglected = draws.chance(0.2, n) & (forgotten <= window.last)
    today = draws.chance(0.03, n) & (latest < window.last - 1)
    return np.where(neglected, forgotten, np.where(today, window.last, ahead))
