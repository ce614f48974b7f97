"""Lead sources, campaigns and what they spent: the frames, and which campaign a lead came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipeline.demo.draws import Draws, Ints, Streams
from pipeline.demo.profile import CampaignPlan, Profile
from pipeline.demo.seasons import DAY, HOUR, Window
from pipeline.demo.tables import column, days, money, times

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Run:
    """One occurrence of a campaign plan; days since 1970, both included; `last` None = goes on."""

    plan: CampaignPlan
    code: str
    name: str
    first: int
    last: int | None

    def last_in(self, window: Window) -> int:
        return window.last if self.last is None else min(self.last, window.last)


def campaign_runs(profile: Profile, window: Window) -> tuple[Run, ...]:
    """Every run that begins within the window, in order of its first day."""
    runs = []
    for plan in profile.campaigns:
        if plan.month is None:
            runs.append(Run(plan, f"{profile.prefix}-{plan.code}", plan.name, window.first, None))
            continue
        first_year = (_EPOCH + timedelta(days=window.first)).year
        for year in range(first_year, first_year + 3):
            first = (date(year, plan.month, 1) - _EPOCH).days
            if window.first <= first <= window.last:
                code = f"{profile.prefix}-{plan.code}-{year % 100:02d}"
                runs.append(Run(plan, code, f"{plan.name} {year}", first, first + plan.days - 1))
    return tuple(sorted(runs, key=lambda run: (run.first, run.code)))


def drawn_in(
    draws: Draws,
    profile: Profile,
    runs: tuple[Run, ...],
    window: Window,
    time: Ints,
    source: Ints,
) -> Ints:
    """The leads' times after campaigns have drawn their share of them into their own days."""
    codes = [source.code for source in profile.sources]
    day = time // DAY
    settled = np.zeros(len(time), bool)
    for plan in profile.campaigns:
        own = [run for run in runs if run.plan is plan]
        if not plan.lift or not own:
            continue
        first = np.array([run.first for run in own])
        length = np.array([run.last_in(window) for run in own]) - first + 1
        # A run that has only begun draws as many as its days so far.
        run = draws.pick(length.astype(np.float64), len(time))
        wanted = np.isin(source, [codes.index(code) for code in plan.sources])
        moved = wanted & ~settled & draws.chance(plan.lift, len(time))
        settled |= moved
        day = np.where(moved, first[run] + draws.below(length[run], len(time)), day)
    drawn: Ints = day * DAY + time % DAY
    return drawn


def attribute(
    draws: Draws, profile: Profile, runs: tuple[Run, ...], window: Window, day: Ints, source: Ints
) -> Ints:
    """The index of the run each lead came through, -1 for none. Seasonal runs take precedence."""
    codes = [source.code for source in profile.sources]
    campaign = np.full(len(day), -1, np.int64)
    seasonal_first = sorted(range(len(runs)), key=lambda i: runs[i].last is None)
    for index in seasonal_first:
        run = runs[index]
        wanted = np.isin(source, [codes.index(code) for code in run.plan.sources])
        running = (day >= run.first) & (day <= run.last_in(window))
        taken = wanted & running & (campaign < 0) & draws.chance(run.plan.pull, len(day))
        campaign[taken] = index
    return campaign


def marketing_tables(
    streams: Streams,
    profile: Profile,
    window: Window,
    runs: tuple[Run, ...],
    ids: pl.Series,
    owners: pl.Series,
) -> dict[str, pl.DataFrame]:
    """Sources, campaigns (with `ids`) and their spend."""
    return {
        "lead_sources": _sources(streams, profile, window),
        "campaigns": _campaigns(streams, runs, ids, owners, window),
        "campaign_spend": _spend(streams, runs, ids, window),
    }


def _sources(streams: Streams, profile: Profile, window: Window) -> pl.DataFrame:
    ids = streams("source ids").ids(len(profile.sources))
    created = np.full(len(profile.sources), window.begin - 30 * DAY + 11 * HOUR)
    return pl.DataFrame(
        {
            "id": ids,
            "source_code": [s.code for s in profile.sources],
            "source_name": [s.name for s in profile.sources],
            "source_type": [s.type for s in profile.sources],
            "subsource_name": column([s.subsource for s in profile.sources]),
            "channel": [s.channel for s in profile.sources],
            "is_active": [s.active for s in profile.sources],
            "description": column([None if s.active else "Given up" for s in profile.sources]),
            "created_at": times(created),
            "updated_at": times(created),
        }
    )


def _campaigns(
    streams: Streams, runs: tuple[Run, ...], ids: pl.Series, owners: pl.Series, window: Window
) -> pl.DataFrame:
    n = len(runs)
    first = np.array([run.first for run in runs], np.int64)
    created = (first - 12) * DAY + 15 * HOUR + streams("campaigns").below(4 * HOUR, n)
    done = [run.last is not None and run.last <= window.last for run in runs]
    last = [-1 if run.last is None else run.last for run in runs]
    return pl.DataFrame(
        {
            "id": ids,
            "campaign_code": [run.code for run in runs],
            "campaign_name": [run.name for run in runs],
            "campaign_type": [run.plan.type for run in runs],
            "description": [f"Through {', '.join(run.plan.sources)}" for run in runs],
            "start_date": days(first),
            "end_date": days(np.array(last, np.int64)),
            "budget": money(np.array([run.plan.budget * 100 for run in runs], np.int64)),
            "expected_roi": [run.plan.expected_roi for run in runs],
            "assigned_to": owners.gather(np.arange(n) % len(owners)),
            "status": ["completed" if ended else "active" for ended in done],
            "created_at": times(created),
            "updated_at": times(np.where(done, (np.array(last) + 1) * DAY + 10 * HOUR, created)),
        }
    )


def _spend(streams: Streams, runs: tuple[Run, ...], ids: pl.Series, window: Window) -> pl.DataFrame:
    """Weekly bills of every run whose spend is recorded."""
    draws = streams("spend")
    campaign, day, amount = [], [], []
    for index, run in enumerate(runs):
        if run.plan.burn is None:
            continue
        end = run.last if run.last is not None else window.last
        billed = np.arange(min(run.first + 6, end), end + 7, 7).clip(max=end)
        billed = np.unique(billed)
        weights = draws.between(0.6, 1.4, len(billed))
        rupees = np.round(weights / weights.sum() * run.plan.budget * run.plan.burn)
        kept = billed <= window.last
        campaign.append(np.full(int(kept.sum()), index))
        day.append(billed[kept])
        amount.append(rupees[kept].astype(np.int64) * 100)
    which, days_, paise = (np.concatenate(part) for part in (campaign, day, amount))
    created = days_ * DAY + 18 * HOUR + draws.below(HOUR, len(days_))
    return pl.DataFrame(
        {
            "id": draws.ids(len(which)),
            "campaign_id": ids.gather(which),
            "spend_date": days(days_),
            "amount": money(paise),
            "note": pl.Series(["Weekly bill"]).gather(np.zeros(len(which), np.int64)),
            "created_at": times(created),
            "updated_at": times(created),
        }
    )
