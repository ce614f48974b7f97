"""What becomes of each lead: attempts that walk through the stages, stall, are lost, return or
book.

An attempt is a lead's way from enquiry (or re-engagement) to booking or loss. All attempts are
walked at once, as arrays: one uniform draw decides how far an attempt would go, cumulative delays
when. What lies after the window has not happened. Rows are made of this in `milestones.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.demo.draws import Bools, Draws, Floats, Ints, Streams
from pipeline.demo.leads import Leads
from pipeline.demo.profile import FunnelProfile, Profile
from pipeline.demo.seasons import (
    DAY,
    HOUR,
    NEVER,
    Window,
    after_weekend,
    closing_season,
    in_daytime,
    office_time,
    visit_time,
)

# The chain of stages; demo and revisit hang beside it. Index = depth - 1.
CONTACTED, VISITED, PROPOSED, NEGOTIATED, BOOKED = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Attempts:
    """Arrays over attempts. `at[:, k]` is when depth k was reached (0 = start), NEVER if it was
    not.

    `closed` = when the attempt was lost, `cancelled` = when its booking was, NEVER if it was not;
    `pending` = booked, but the token is not cleared yet; `first_touch` = the first call or message.
    `demo_at` and `revisit_at` = NEVER where there was none; `remote` = no site visit, a demo
    instead.
    """

    lead: Ints
    number: Ints
    at: Ints
    first_touch: Ints
    demo_at: Ints
    revisit_at: Ints
    closed: Ints
    cancelled: Ints
    remote: Bools
    pending: Bools

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def depth(self) -> Ints:
        depth: Ints = (self.at[:, 1:] < NEVER).sum(axis=1)
        return depth

    @property
    def booked_at(self) -> Ints:
        return self.at[:, BOOKED]

    def until(self, end: int) -> Ints:
        """When work on the attempt stopped: loss, a while after booking, or the window's end."""
        stop = np.minimum(self.closed, end)
        return np.where(self.booked_at < NEVER, np.minimum(self.booked_at + 20 * DAY, end), stop)


def first_attempts(streams: Streams, profile: Profile, window: Window, leads: Leads) -> Attempts:
    """Every lead's first attempt, scaled so that the profile's share of leads is booked by now."""
    lead = np.arange(len(leads))
    walk = _Walk(
        streams("first attempts"), profile, window, leads, lead, leads.time, profile.signed_today
    )
    scale = 1.0
    for _ in range(4):  # capping at the step before makes it slightly sub-linear
        possible = walk.booking_mass(scale)
        scale *= profile.funnel.booked * len(leads) / max(possible, 1e-9)
    return walk.attempts(number=1, scale=scale)


def second_attempts(
    streams: Streams, profile: Profile, window: Window, leads: Leads, lead: Ints, ended: Ints
) -> Attempts:
    """The share of lost leads (index and time of loss) that come back, weeks or months later."""
    draws = streams("second attempts")
    wait = draws.spread((12, 25, 40, 70, 115, 170, 260), len(lead)) * DAY
    start = office_time(draws, ended + wait.astype(np.int64))
    back = draws.chance(profile.funnel.reengaged, len(lead)) & (start < window.end)
    return _Walk(draws, profile, window, leads, lead[back], start[back]).attempts(
        number=2, scale=1.0
    )


class _Walk:
    """Candidate times and chances of a set of attempts; which become real depends on the scale."""

    def __init__(
        self,
        draws: Draws,
        profile: Profile,
        window: Window,
        leads: Leads,
        lead: Ints,
        start: Ints,
        signs_today: int = 0,
    ) -> None:
        self.draws, self.window, self.business = draws, window, profile.business
        self.funnel, self.payers = profile.funnel, profile.payers
        self.signs_today = signs_today
        self.lead, self.start = lead, start
        self.quality = leads.quality[lead]
        self.contactable = np.minimum(profile.funnel.contacted * leads.answers[lead], 0.985)
        self.luck = draws.uniform(len(lead))
        self.first_touch = self._first_touch(profile, leads.team[lead])
        self.times = self._times(profile.funnel)

    def _first_touch(self, profile: Profile, team: Ints) -> Ints:
        n = len(self.lead)
        minutes = np.zeros(n)
        for index, one in enumerate(profile.teams):
            minutes = np.where(team == index, self.draws.spread(one.response, n), minutes)
        return self._office(self.start + (minutes * 60).astype(np.int64) + 30)

    def _times(self, funnel: FunnelProfile) -> Ints:
        """When each depth would be reached, one column a depth."""
        draws, n = self.draws, len(self.lead)
        again = draws.spread((0.1, 0.2, 0.6, 1.2, 2.5, 5, 12), n) * DAY
        at_once = draws.chance(0.62, n)
        later = self._office(self.first_touch + again.astype(np.int64))
        contacted = np.where(at_once, self.first_touch, later) + draws.below(240, n)
        visited = self._visit(contacted + self._days(funnel.to_visit), funnel.weekend_visits)
        proposed = self._office(visited + HOUR + self._days(funnel.to_proposal))
        negotiated = self._office(proposed + HOUR + self._days(funnel.to_negotiation))
        booked = self._visit(negotiated + 2 * HOUR + self._days(funnel.to_booking), 0.3)
        return np.stack([self.start, contacted, visited, proposed, negotiated, booked], axis=1)

    def _office(self, time: Ints) -> Ints:
        return office_time(self.draws, time, self.business)

    def _visit(self, time: Ints, weekend: float) -> Ints:
        at = visit_time(self.draws, time, 0.0 if self.business else weekend)
        return after_weekend(self.draws, at) if self.business else at

    def _days(self, spread: tuple[float, ...]) -> Ints:
        return (self.draws.spread(spread, len(self.lead)) * DAY).astype(np.int64)  # type: ignore[arg-type]

    def chances(self, scale: float) -> Floats:
        """The chance to reach each depth, columns 1 to 5, never above the depth before."""
        f = self.funnel
        lift = self.quality * closing_season(self.times[:, VISITED]) * scale
        step_lift = np.sqrt(np.sqrt(lift))  # spread over the four steps after contact
        chance = [self.contactable]
        for step in (f.visited, f.proposed, f.negotiated, f.closed):
            chance.append(chance[-1] * np.minimum(step * step_lift, 0.95))
        return np.stack(chance, axis=1)

    def booking_mass(self, scale: float) -> float:
        """Expected number of bookings within the window."""
        within = self.times[:, BOOKED] < self.window.end
        return float(self.chances(scale)[within, BOOKED - 1].sum())

    def attempts(self, *, number: int, scale: float) -> Attempts:
        draws, n, end = self.draws, len(self.lead), self.window.end
        goes_to = 1 + (self.luck[:, None] < self.chances(scale)).sum(axis=1)
        reached = (np.arange(6)[None, :] < goes_to[:, None]) & (self.times < end)
        at = np.where(reached, self.times, NEVER)
        self._sign_today(at, goes_to)
        depth = (at < NEVER).sum(axis=1) - 1
        stuck = depth == goes_to - 1  # it will never go further; the others only have not yet
        last = at[np.arange(n), depth]
        patience = self._days(self.funnel.to_loss) // np.where(depth == 0, 2, 1)
        lost_at = self._office(last + patience + DAY)
        closed = np.where(stuck & (depth < BOOKED) & (lost_at < end), lost_at, NEVER)
        remote = (depth >= PROPOSED) & draws.chance(0.04, n)
        demo_at, revisit_at = self._side_steps(at, depth, closed, remote)
        touched = (depth > 0) | (draws.chance(0.975, n) & (self.first_touch < end))
        cancelled, pending = self._fates(at[:, BOOKED])
        return Attempts(
            lead=self.lead,
            number=np.full(n, number, np.int64),
            at=at,
            first_touch=np.where(touched, self.first_touch, NEVER).astype(np.int64),
            demo_at=demo_at,
            revisit_at=revisit_at,
            closed=closed,
            cancelled=cancelled,
            remote=remote,
            pending=pending,
        )

    def _fates(self, booked: Ints) -> tuple[Ints, Bools]:
        """When a booking was cancelled (NEVER if not), and whether it is still pending."""
        draws, n = self.draws, len(self.lead)
        wait = self._days((5, 12, 26, 55, 105, 170, 320))
        cancelled = self._office(np.where(booked < NEVER, booked, 0) + wait + HOUR)
        given_up = (booked < NEVER) & draws.chance(self.payers.cancelled, n)
        given_up &= cancelled < self.window.end
        recent = (booked < NEVER) & (booked >= self.window.end - 12 * DAY)
        recent &= booked < self.window.last * DAY  # the last day's are the demo's news
        pending = recent & draws.chance(self.payers.pending, n) & ~given_up
        return np.where(given_up, cancelled, NEVER), pending

    def _sign_today(self, at: Ints, goes_to: Ints) -> None:
        """Bring a few signatures to the last day, so that a demo's yesterday has news: of those
        who would sign next, else of the newest negotiations, else of the newest proposals."""
        last = self.window.last * DAY
        open_ = (at[:, PROPOSED] < last - 3 * DAY) & (at[:, BOOKED] == NEVER)
        negotiating = at[:, NEGOTIATED] < last - DAY
        readiness = np.where(goes_to > BOOKED, 2, 0) + negotiating
        newest = np.where(open_, at[:, PROPOSED], 0)
        chosen = np.lexsort((newest, readiness, open_))[::-1][: self.signs_today]
        chosen = chosen[open_[chosen]]
        agreed = np.where(negotiating[chosen], at[chosen, NEGOTIATED], last - DAY + 11 * HOUR)
        at[chosen, NEGOTIATED] = agreed
        at[chosen, BOOKED] = last + (12 + 2 * np.arange(len(chosen))) * HOUR + 900

    def _side_steps(self, at: Ints, depth: Ints, closed: Ints, remote: Bools) -> tuple[Ints, Ints]:
        """Demos and second visits, between the first visit and the next stage (or the loss)."""
        draws, n = self.draws, len(self.lead)
        visited = np.where(at[:, VISITED] < NEVER, at[:, VISITED], 0)
        rows = np.arange(n)
        following = at[rows, np.minimum(depth, VISITED + 1).clip(VISITED)]
        following = np.where(depth > VISITED, following, np.minimum(closed, self.window.end))
        room = following - visited - 6 * HOUR
        demo = (depth >= VISITED) & (draws.chance(self.funnel.demo, n) | remote) & (room > 0)
        demo_share = draws.between(0.02, 0.25, n)
        demo_at = visited + HOUR + (room * demo_share).astype(np.int64).clip(0, 6 * DAY)
        demo_at = np.where(remote, visited, in_daytime(draws, demo_at))
        demo &= demo_at < following
        again = np.where(depth > VISITED, 0.5, 0.22)
        revisit = (depth >= VISITED) & draws.chance(again, n) & (room > 3 * DAY) & ~remote
        gap = (room * draws.between(0.35, 0.8, n)).astype(np.int64).clip(0, 25 * DAY)
        revisit_at = self._visit(visited + gap, 0.5)
        revisit &= revisit_at < following
        return (
            np.where(demo, demo_at, NEVER).astype(np.int64),
            np.where(revisit, revisit_at, NEVER).astype(np.int64),
        )
