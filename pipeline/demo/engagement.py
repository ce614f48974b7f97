"""Calls, messages, mails, meetings, proposals and quotes: who was touched when, how, and who
answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo.draws import Bools, Draws, Ints, Streams, gather
from pipeline.demo.journey import NEGOTIATED, PROPOSED, VISITED, Attempts
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window
from pipeline.demo.tables import blank, integers, times

TYPES = (
    "call_made",
    "message_sent",
    "email_sent",
    "meeting_scheduled",
    "proposal_sent",
    "quote_sent",
)
CHANNELS = ("phone", "whatsapp", "sms", "email", "in_person", "video")
CALL, MESSAGE, MAIL, MEETING, PROPOSAL, QUOTE = range(6)
# Which channel each type uses how often, in the order of CHANNELS.
_CHANNEL_WEIGHTS = (
    (0.93, 0.05, 0, 0, 0, 0.02),
    (0, 0.78, 0.22, 0, 0, 0),
    (0, 0, 0, 1, 0, 0),
    (0.06, 0, 0, 0, 0.74, 0.2),
    (0, 0.34, 0, 0.66, 0, 0),
    (0, 0.4, 0, 0.6, 0, 0),
)
# Chance of an answer of an interested lead, by type.
_ANSWERS = np.array([0.58, 0.44, 0.2, 0.72, 0.5, 0.56])
_FAILS = np.array([0.2, 0.03, 0.04, 0.12, 0.02, 0.02])
_ANSWER_MINUTES = (1, 5, 18, 75, 420, 1500, 7000)
_SUBJECTS = (
    (
        "Introductory call",
        "Follow-up call",
        "Call back as asked",
        "Price and availability",
        "Loan eligibility",
    ),
    (
        "Brochure and location",
        "Availability update",
        "Floor plan",
        "This month's offer",
        "Thank you for your time",
    ),
    ("Brochure", "Project update", "Payment plan", "Price list", "Offer ends this week"),
    ("Site visit", "Meeting at the office", "Video walk-through", "Meeting with the family"),
    ("Proposal", "Proposal, revised unit"),
    ("Cost sheet", "Revised cost sheet", "Final offer"),
)


@dataclass(frozen=True)
class Engagement:
    """Arrays over engagements in order of time; `first` = the first touch of an attempt."""

    lead: Ints
    kind: Ints
    time: Ints
    status: Ints
    keen: Bools
    first: Bools

    def __len__(self) -> int:
        return len(self.lead)


def make_engagement(
    streams: Streams, profile: Profile, window: Window, attempts: tuple[Attempts, ...]
) -> Engagement:
    """The touches that the stages imply, and further ones up to the profile's number per lead."""
    draws = streams("engagement")
    rows = [part for one in attempts for part in _implied(draws, window, one)]
    wanted = round(profile.engagements_per_lead * profile.leads) - sum(len(r[0]) for r in rows)
    rows += _further(draws, window, attempts, wanted)
    lead, kind, time, keen, first = (np.concatenate(part) for part in zip(*rows, strict=True))
    order = np.lexsort((kind, lead, time))
    lead, kind, time, keen, first = (part[order] for part in (lead, kind, time, keen, first))
    status = _statuses(draws, window, kind, time, keen, first)
    return Engagement(lead, kind, time, status, keen, first)


_Rows = tuple[Ints, Ints, Ints, Bools, Bools]


def _implied(draws: Draws, window: Window, one: Attempts) -> list[_Rows]:
    """First touch, the visit's appointment, the proposal and the quote themselves."""
    appointment = one.at[:, VISITED] - (draws.between(0.1, 2.5, len(one)) * DAY).astype(np.int64)
    appointment = np.maximum(appointment, np.minimum(one.at[:, 1], NEVER - 1) + HOUR // 2)
    appointment = np.where(one.at[:, VISITED] < NEVER, appointment, NEVER)
    quoted = one.at[:, NEGOTIATED]
    steps = (
        (CALL, one.first_touch, True),
        (MEETING, appointment, False),
        (PROPOSAL, one.at[:, PROPOSED], False),
        (QUOTE, np.where(quoted < NEVER, quoted + HOUR, NEVER), False),
    )
    rows = []
    for kind, time, first in steps:
        here = np.flatnonzero(time < window.end)
        keen = one.depth[here] > 0
        rows.append(
            (one.lead[here], np.full(len(here), kind), time[here], keen, np.full(len(here), first))
        )
    return rows


def _further(
    draws: Draws, window: Window, attempts: tuple[Attempts, ...], wanted: int
) -> list[_Rows]:
    """`wanted` calls, messages, mails and meetings, denser at the start of an attempt."""
    weights = [
        np.where(one.first_touch < NEVER, 1.0 + 1.3 * np.minimum(one.depth, 4), 0.0)
        for one in attempts
    ]
    total = sum(float(weight.sum()) for weight in weights)
    rows = []
    for one, weight in zip(attempts, weights, strict=True):
        count = np.floor(weight * max(0, wanted) / max(total, 1e-9) + draws.uniform(len(one)))
        which = np.repeat(np.arange(len(one)), count.astype(np.int64))
        u = draws.uniform(len(which))
        begin = one.first_touch[which] + 120
        room = np.maximum(one.until(window.end)[which] - begin, 2 * HOUR)
        time = begin + (u * u * room).astype(np.int64)
        clock = np.where(time % DAY < 9 * HOUR, 9 * HOUR, np.minimum(time % DAY, 20 * HOUR))
        time = np.maximum(time - time % DAY + clock + draws.below(HOUR, len(which)), begin)
        kind = draws.pick((0.5, 0.33, 0.13, 0.04), len(which))
        met = one.depth[which] >= VISITED
        kind = np.where((kind == MEETING) & ~met, MESSAGE, kind)
        kept = time < window.end
        which, time, kind = which[kept], time[kept], kind[kept]
        rows.append((one.lead[which], kind, time, one.depth[which] > 0, np.zeros(len(which), bool)))
    return rows


def _statuses(
    draws: Draws, window: Window, kind: Ints, time: Ints, keen: Bools, first: Bools
) -> Ints:
    """0 completed, 1 pending, 2 failed: calls to people who never answer mostly fail."""
    n = len(kind)
    fails = np.where(~keen & (kind == CALL), 0.72, _FAILS[kind])
    fails = np.where(first & keen, 0.06, fails)
    failed = draws.chance(fails, n)
    recent = (time >= window.end - 4 * DAY) & ~first
    pending = recent & draws.chance(np.where(kind == MEETING, 0.5, 0.15), n)
    return np.where(pending, 1, np.where(failed, 2, 0))


def last_completed(engagement: Engagement, leads: int) -> Ints:
    """Per lead the time of the last completed engagement, 0 if none."""
    last = np.zeros(leads, np.int64)
    done = engagement.status == 0
    np.maximum.at(last, engagement.lead[done], engagement.time[done])
    return last


def engagement_table(
    streams: Streams,
    window: Window,
    engagement: Engagement,
    lead_ids: pl.Series,
    owner_of_lead: pl.Series,
) -> pl.DataFrame:
    draws, n = streams("engagement table"), len(engagement)
    kind, time, done = engagement.kind, engagement.time, engagement.status == 0
    wait = (draws.spread(_ANSWER_MINUTES, n) * 60).astype(np.int64)
    wait = np.where(np.isin(kind, (CALL, MEETING)), 0, wait)
    chance = _ANSWERS[kind] * np.where(engagement.keen, 1.0, 0.25)
    answered = done & draws.chance(chance, n) & (time + wait < window.end)
    talk = draws.spread((15, 35, 70, 140, 290, 560, 1900), n)
    met = draws.spread((600, 1200, 1800, 2700, 3600, 5400, 8100), n)
    seconds = np.where(kind == MEETING, met, talk).astype(np.int64)
    lasts = done & np.isin(kind, (CALL, MEETING))
    created = np.minimum(time + np.where(kind == MEETING, 0, seconds % 240) + 20, window.end - 1)
    return pl.DataFrame(
        {
            "id": streams("engagement ids").ids(n),
            "lead_id": lead_ids.gather(engagement.lead),
            "engagement_type": gather(TYPES, kind),
            "engagement_date": times(time),
            "engagement_channel": gather(CHANNELS, _channels(streams, kind)),
            "subject": _subjects(streams, engagement),
            "status": gather(("completed", "pending", "failed"), engagement.status),
            "response_received": answered,
            "response_date": blank(times(time + wait), ~answered),
            "assigned_to": owner_of_lead.gather(engagement.lead),
            "duration_seconds": integers(np.where(lasts, seconds, -1)),
            "created_at": times(created),
        }
    )


def _channels(streams: Streams, kind: Ints) -> Ints:
    draws, channel = streams("channels"), np.zeros(len(kind), np.int64)
    for index, weights in enumerate(_CHANNEL_WEIGHTS):
        here = np.flatnonzero(kind == index)
        channel[here] = draws.pick(weights, len(here))
    return channel


def _subjects(streams: Streams, engagement: Engagement) -> pl.Series:
    """What it was about; the first subject of calls is for the first call alone."""
    draws, kind = streams("subjects"), engagement.kind
    sizes = np.array([len(pool) for pool in _SUBJECTS])
    known = (kind == CALL).astype(np.int64)
    subject = known + draws.below(sizes[kind] - known, len(kind))
    subject = np.where(engagement.first, 0, subject) + (np.cumsum(sizes) - sizes)[kind]
    return gather([text for pool in _SUBJECTS for text in pool], subject)
