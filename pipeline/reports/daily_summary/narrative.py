"""The daily summary in words, by rule: subject, preheader and the one sentence.

Each rule is a line of a table, worst or most telling first, and has a known answer in the tests.
The same facts always give the same words; nothing is generated. Figures are written by `formats`,
so they are the ones that stand in the tables below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pipeline.reports.drawing.formats import Formats
from pipeline.reports.figures.changes import relative

# A week that differs by less is an ordinary week.
TELLING = 0.10
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Week:
    """One flow in the last seven days and the seven before; `title` as in a sentence."""

    title: str
    now: int
    before: int


@dataclass(frozen=True)
class NarrativeFacts:
    """What the rules look at. None: could not be computed, and then nothing is said of it."""

    tenant: str
    as_of: date
    timezone: str
    marks: Sequence[str] = ()
    new_leads: int | None = 0
    new_leads_before: int | None = 0
    bookings: int | None = 0
    booked_amount: Decimal | None = _ZERO
    bookings_to_date: int | None = 0
    bookings_last_month: int | None = 0
    weeks: Sequence[Week] = ()
    follow_ups_overdue: int = 0
    oldest_follow_up_days: int | None = None
    waiting_leads: int = 0
    cancelled: int = 0
    cancelled_amount: Decimal = _ZERO
    cancellation_reason: str | None = None
    overdue: Decimal | None = _ZERO
    overdue_beyond_90: Decimal | None = _ZERO
    late_deliveries: int = 0
    failed_checks: Sequence[str] = ()
    last_lead_at: datetime | None = None
    silent_since: datetime | None = None

    @property
    def quiet(self) -> bool:
        """Nothing came in: a day to say so, and to say when something last did."""
        return self.new_leads == 0 and self.bookings == 0

    @property
    def unknown(self) -> bool:
        """The build has no figures of this day."""
        return self.new_leads is None and self.bookings is None


def subject(facts: NarrativeFacts, f: Formats) -> str:
    """The mail's subject: whose, of which day, and the news.

    `Skyline Homes · 18 Sep · 42 new leads (+12), 3 bookings ₹2.4 Cr, 7 follow-ups overdue`
    """
    if facts.silent_since:
        news = f"no new data since {_moment(facts.silent_since, facts, f)}"
    elif facts.unknown:
        news = "no figures for this day"
    else:
        news = ", ".join(_news(facts, f))
    return " · ".join([*facts.marks, facts.tenant, f.day_month(facts.as_of), news])


def preheader(facts: NarrativeFacts, f: Formats) -> str:
    """The worst item; that there is none is news too."""
    if facts.unknown and not facts.silent_since:
        return f"Figures for {_day(facts, f)} are not available; check the last refresh."
    # Without the customers' accounts nothing can be said of payments.
    what = "Nothing" if facts.overdue is not None else "No follow-up or delivery"
    return next(_worries(facts, f), f"{what} is overdue and all checks passed.")


def headline(facts: NarrativeFacts, f: Formats) -> str:
    """One sentence: how the month goes, what the week shows, what is owed."""
    if facts.silent_since:
        since = _moment(facts.silent_since, facts, f)
        return f"No data has arrived since {since}: figures for {_day(facts, f)} may be incomplete."
    if facts.unknown:
        return f"Figures for {_day(facts, f)} are not available."
    first = [_quiet(facts, f)] if facts.quiet else [*_month(facts, f), *_week(facts, f)]
    clauses = [*first, _owed(facts, f)]
    sentence = "; ".join(clause for clause in clauses if clause)
    return f"{sentence[0].upper()}{sentence[1:]}."


def counted(f: Formats, count: int, one: str, many: str | None = None) -> str:
    """A number of things: `1 booking`, `3 bookings`, `no bookings`."""
    name = one if count == 1 else many or f"{one}s"
    return f"{f.number(count) if count else 'no'} {name}"


def _news(facts: NarrativeFacts, f: Formats) -> Iterator[str]:
    if facts.quiet:
        yield "no new leads or bookings"
    else:
        yield from _leads_and_bookings(facts, f)
    if facts.follow_ups_overdue:
        yield f"{counted(f, facts.follow_ups_overdue, 'follow-up')} overdue"


def _leads_and_bookings(facts: NarrativeFacts, f: Formats) -> Iterator[str]:
    if facts.new_leads is not None:
        change = ""
        if facts.new_leads_before is not None:
            difference = facts.new_leads - facts.new_leads_before
            change = f" ({f.signed(difference) if difference else '±0'})"
        yield counted(f, facts.new_leads, "new lead") + change
    if facts.bookings is not None:
        worth = f" {f.short_money(facts.booked_amount)}" if facts.bookings else ""
        yield counted(f, facts.bookings, "booking") + worth


def _worries(facts: NarrativeFacts, f: Formats) -> Iterator[str]:
    """Worst first. What makes every other figure doubtful comes before money, money before work."""
    if "HELD" in facts.marks:
        yield "Held back: the newest data failed a check, so these are the last good figures."
    if facts.silent_since:
        since = _moment(facts.silent_since, facts, f)
        yield f"No data has arrived since {since}; check the source."
    if facts.failed_checks:
        failed = counted(f, len(facts.failed_checks), "check")
        yield f"{failed} failed: {facts.failed_checks[0]}"
    if facts.cancelled:
        because = f": {facts.cancellation_reason}" if facts.cancellation_reason else ""
        amount = f.short_money(facts.cancelled_amount)
        yield f"{counted(f, facts.cancelled, 'booking')} cancelled ({amount}){because}."
    if facts.overdue_beyond_90:
        yield f"{f.short_money(facts.overdue_beyond_90)} overdue beyond 90 days."
    if facts.waiting_leads:
        waiting = counted(f, facts.waiting_leads, "lead")
        verb = "has" if facts.waiting_leads == 1 else "have"
        yield f"{waiting} {verb} waited more than 24 hours for a first response."
    if facts.follow_ups_overdue:
        late = counted(f, facts.follow_ups_overdue, "follow-up")
        oldest = counted(f, facts.oldest_follow_up_days or 0, "day")
        yield f"{late} overdue, the oldest by {oldest}."
    if facts.late_deliveries:
        yield f"{counted(f, facts.late_deliveries, 'booking')} past the delivery date."
    if facts.overdue:
        yield f"{f.short_money(facts.overdue)} overdue."


def _month(facts: NarrativeFacts, f: Formats) -> Iterator[str]:
    now, before = facts.bookings_to_date, facts.bookings_last_month
    if now is None or before is None:
        return
    if now == before:
        yield f"bookings are level with last month to date ({f.number(now)})"
    else:
        place = "ahead of" if now > before else "behind"
        yield f"bookings are {place} last month to date ({f.signed(now - before)})"


def _week(facts: NarrativeFacts, f: Formats) -> Iterator[str]:
    """The flow that moved most, if that is telling."""
    moves = [(relative(week.now, week.before), week) for week in facts.weeks]
    telling = [(move, week) for move, week in moves if move is not None and abs(move) >= TELLING]
    if telling:
        # The first of equals, as `weeks` is ordered by what people ask for first.
        move, week = max(telling, key=lambda pair: abs(pair[0]))
        way = "up" if move > 0 else "down"
        yield f"{week.title} {way} {f.percent(abs(move), 0)} on the week before"


def _owed(facts: NarrativeFacts, f: Formats) -> str:
    if facts.overdue is None:
        return ""
    if facts.overdue_beyond_90:
        return f"{f.short_money(facts.overdue_beyond_90)} overdue beyond 90 days"
    if facts.overdue:
        return f"{f.short_money(facts.overdue)} overdue, none of it beyond 90 days"
    return "no payments overdue"


def _quiet(facts: NarrativeFacts, f: Formats) -> str:
    if not facts.last_lead_at:
        return f"no new leads or bookings on {_day(facts, f)}; no lead so far"
    last = _moment(facts.last_lead_at, facts, f)
    return f"no new leads or bookings on {_day(facts, f)}; last lead {last}"


def _day(facts: NarrativeFacts, f: Formats) -> str:
    return f"{f.weekday(facts.as_of)} {f.day_month(facts.as_of)}"


def _moment(instant: datetime, facts: NarrativeFacts, f: Formats) -> str:
    """`16:40 on 17 Sep` in the tenant's zone; with the year where it is another one."""
    local = instant.astimezone(ZoneInfo(facts.timezone))
    same_year = local.year == facts.as_of.year
    return f"{local:%H:%M} on {f.day_month(local.date()) if same_year else f.date(local.date())}"
