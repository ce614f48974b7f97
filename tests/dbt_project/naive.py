"""The rules of the figures once more, slowly and in plain Python, one tenant and one day at a time.

Written from the definitions and not from the models: loops over rows, no windows, no history.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.dbt_project.naive_ledger import accounts
from tests.dbt_project.naive_records import Record
from tests.dbt_project.scenario import Row, Tables

RANKS = {
    "lead_generated": 0,
    "contacted": 1,
    "site_visit": 2,
    "revisit": 2,
    "demo": 3,
    "proposal": 4,
    "negotiation": 5,
    "booking": 6,
}
STAGES = [stage for stage in RANKS if stage != "revisit"]
PROOF = {"qualified", "negotiation", "converted"}
DAY = timedelta(days=1)


@dataclass
class Life:
    """What is known of one lead on the day."""

    row: Row
    lead_date: date
    steps: list[Row]
    bookings: list[Row]
    record: Record
    qualified: date | None = None
    converted: date | None = None
    lost: date | None = None
    reached: set[int] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    @property
    def live(self) -> bool:
        return any(made["live"] for made in self.bookings)

    @property
    def open_to_work(self) -> bool:
        """Neither lost nor sold, or taken up again after the sale was undone."""
        if self.lost:
            return False
        if not self.converted:
            return True
        sold = [b["booking_date"] for b in self.bookings]
        sold += [m["milestone_date"] for m in self.steps if m["milestone_type"] == "booking"]
        again = [m["milestone_date"] for m in self.steps if m["milestone_type"] == "reengaged"]
        return bool(sold and again and not self.live and max(again) > max(sold))


class Tenant:
    """One tenant's rows as of a day, in a zone."""

    def __init__(self, tables: Tables, as_of: date, zone: str) -> None:
        self.as_of, self.zone = as_of, ZoneInfo(zone)
        self.tables = {
            name: [row for row in rows if not row.get("deleted_at")]
            for name, rows in tables.items()
        }
        versions: dict[str, list[Row]] = defaultdict(list)
        for row in tables["leads"]:
            versions[row["id"]].append(row)
        self.versions = versions
        newest = [rows[-1] for rows in versions.values()]
        self.tables["leads"] = [row for row in newest if not row.get("deleted_at")]
        gone = {row["id"] for row in newest if row.get("deleted_at")}
        for name in ("milestones", "engagement"):
            self.tables[name] = [row for row in self.tables[name] if row["lead_id"] not in gone]
        self.bookings = [self._as_of(row) for row in self.tables["bookings"]]
        self.bookings = [b for b in self.bookings if b["booking_date"] <= as_of]
        self.lives = list(self._lives())

    def local(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _as_of(self, row: Row) -> Row:
        gone = None
        if row["status"] == "cancelled":
            changed = row.get("updated_at")
            said = row.get("cancellation_date") or (self.local(changed) if changed else None)
            gone = max(row["booking_date"], said or row["booking_date"])
        counts = row["status"] != "pending"
        is_gone = gone is not None and gone <= self.as_of
        return row | {"gross": counts, "live": counts and not is_gone, "gone": is_gone}

    def _lives(self) -> Iterator[Life]:
        for row in self.tables["leads"]:
            steps = sorted(
                (
                    m
                    for m in self.tables["milestones"]
                    if m["lead_id"] == row["id"] and m["milestone_date"] <= self.as_of
                ),
                key=_place,
            )
            generated = [
                m["milestone_date"] for m in steps if m["milestone_type"] == "lead_generated"
            ]
            came = min([self.local(row["created_at"]), *generated])
            if came > self.as_of:
                continue
            made = [b for b in self.bookings if b.get("lead_id") == row["id"] and b["gross"]]
            record = Record(self.versions[row["id"]], self.as_of, self.zone)
            life = Life(row, came, steps, made, record)
            self._judge(life)
            yield life

    def _judge(self, life: Life) -> None:
        """When it qualified, converted or was lost, and how far its first attempt came."""
        qualified = [m["milestone_date"] for m in life.steps if _shows(m, PROOF)]
        converted = [b["booking_date"] for b in life.bookings]
        converted += [
            m["milestone_date"]
            for m in life.steps
            if m["milestone_type"] == "booking" or _after(m) == "converted"
        ]
        if by_record := life.record.first("converted"):
            converted.append(by_record)
        if by_record := life.record.first(*PROOF):
            qualified.append(by_record)
        sold_later, _ = self._later(life)
        guesses = PROOF - {"converted"} if sold_later else PROOF
        if not converted and not sold_later:
            guess = life.record.first("converted", guessed=True)
            converted = [guess] if guess else []
        if not qualified and (guess := life.record.first(*sorted(guesses), guessed=True)):
            qualified = [guess]
        life.converted = min(converted, default=None)
        life.qualified = min(qualified + converted, default=None)
        if life.record.status == "lost":
            life.lost = self._lost(life)
        life.reached.add(0)
        for step in life.steps:
            if step["milestone_type"] == "reengaged":
                break
            if step["milestone_type"] in RANKS:
                life.reached.add(RANKS[step["milestone_type"]])
                life.touched.add(step["milestone_type"])

    def _later(self, life: Life) -> tuple[bool, bool]:
        """Whether a sale or a loss is dated after the day: a record without a date may tell it."""
        of_lead = [
            m
            for m in self.tables["milestones"]
            if m["lead_id"] == life.row["id"] and m["milestone_date"] > self.as_of
        ]
        booked = any(
            b.get("lead_id") == life.row["id"]
            and b["booking_date"] > self.as_of
            and b["status"] != "pending"
            for b in self.tables["bookings"]
        )
        sold = booked or any(
            m["milestone_type"] == "booking" or _after(m) == "converted" for m in of_lead
        )
        return sold, any(_after(m) == "lost" for m in of_lead)

    def _lost(self, life: Life) -> date | None:
        """The first proof of the loss since somebody last took the lead up again."""
        every = [m["milestone_date"] for m in life.steps if _after(m) == "lost"]
        since, again = life.steps, None
        for place, step in enumerate(life.steps):
            if step["milestone_type"] == "reengaged":
                since, again = life.steps[place:], step["milestone_date"]
        found = [m["milestone_date"] for m in since if _after(m) == "lost"]
        by_record = life.record.lost()
        if by_record and (again is None or by_record >= again):
            found.append(by_record)
        _, lost_later = self._later(life)
        guess = by_record or (None if lost_later else life.record.lost(guessed=True))
        return min(found) if found else max(every, default=guess)

    def funnel(self) -> dict[date, dict[str, int]]:
        """Lead month -> the counts of its cohort."""
        months: dict[date, list[Life]] = defaultdict(list)
        for life in self.lives:
            months[life.lead_date.replace(day=1)].append(life)
        return {month: self._cohort(lives) for month, lives in months.items()}

    def _cohort(self, lives: list[Life]) -> dict[str, int]:
        counts = {
            "total_leads": len(lives),
            "qualified_leads": sum(life.qualified is not None for life in lives),
            "converted_leads": sum(life.converted is not None for life in lives),
            "converted_leads_net": sum(life.live for life in lives),
        }
        for status in ("new", "contacted", "qualified", "negotiation", "converted", "lost"):
            counts[f"leads_{status}"] = sum(life.record.status == status for life in lives)
        for stage in STAGES:
            counts[f"reached_{stage}"] = sum(
                any(rank >= RANKS[stage] for rank in life.reached) for life in lives
            )
            counts[f"touched_{stage}"] = sum(stage in life.touched for life in lives)
        return counts

    def kpis(self) -> dict[str, object]:
        """The eleven figures of the day."""
        month = self.as_of.replace(day=1)
        gross = [b for b in self.bookings if b["gross"]]
        balances = accounts(self.tables, self.as_of)
        active = {r["id"] for r in self.tables["customers"] if r.get("status") in (None, "active")}
        busy = {b["customer_id"] for b in gross if b["live"]}
        busy |= {key for key, aged in balances.items() if aged.get("outstanding_balance")}
        converted = sum(life.converted is not None for life in self.lives)
        return {
            "total_leads": len(self.lives),
            "new_leads": sum(life.lead_date >= month for life in self.lives),
            "qualified_leads": sum(life.qualified is not None for life in self.lives),
            "converted_leads": converted,
            "conversion_rate": converted / len(self.lives) if self.lives else None,
            "active_customers": len(active & busy),
            "total_bookings": len(gross),
            "booked_amount": sum((Decimal(b["booking_amount"]) for b in gross), Decimal(0)),
            "outstanding_balance": sum(
                (aged.get("outstanding_balance", Decimal(0)) for aged in balances.values()),
                Decimal(0),
            ),
            "engagement_this_month": sum(
                month <= self.local(c["engagement_date"]) <= self.as_of for c in self._completed()
            ),
            "pending_follow_ups": sum(self._pending(life) for life in self.lives),
            "bookings_cancelled": sum(b["gone"] for b in gross),
        }

    def _completed(self) -> list[Row]:
        rows = self.tables["engagement"]
        return [row for row in rows if row.get("status") in (None, "completed")]

    def _pending(self, life: Life) -> int:
        """Follow-ups that nobody has seen to; the record's next action if there is no other."""
        if not life.open_to_work:
            return 0
        contacts = [
            self.local(c["engagement_date"])
            for c in self._completed()
            if c["lead_id"] == life.row["id"] and self.local(c["engagement_date"]) <= self.as_of
        ]
        count = 0
        for place, step in enumerate(life.steps):
            due, on = step.get("follow_up_date"), step["milestone_date"]
            asked = step.get("follow_up_required")
            if not (asked or (asked is None and due)) or max(due or on, on) > self.as_of:
                continue
            later = [m["milestone_date"] for m in life.steps[place + 1 :]]
            if any(day >= (due - DAY if due else on) for day in later):
                continue
            # Talking on the day of the visit is no answer to what the visit asked for.
            since = due - DAY if due and due <= on else max(on + DAY, (due or on) - DAY)
            count += not any(day >= since for day in contacts)
        return int(count or self._next_action_pends(life))

    def _next_action_pends(self, life: Life) -> bool:
        """What was done before the record asked for it answers nothing."""
        if (asked := life.record.next_action()) is None:
            return False
        due, version = asked
        if max(due, version.on) > self.as_of:
            return False
        calls = [
            c["engagement_date"]
            for c in self._completed()
            if c["lead_id"] == life.row["id"] and self.local(c["engagement_date"]) <= self.as_of
        ]
        called = any(
            self.local(at) >= max(due - DAY, version.on) and (not version.at or at > version.at)
            for at in calls
        )
        days = [m["milestone_date"] for m in life.steps]
        return not called and not any(day >= due - DAY and day > version.on for day in days)


def _place(row: Row) -> tuple[object, ...]:
    kind = row["milestone_type"]
    rank = RANKS.get(kind, -1 if kind == "reengaged" else 99)
    return (
        row["milestone_date"],
        row.get("milestone_time") or "99",
        rank,
        _or_last(row.get("created_at")),
        row["id"],
    )


def _or_last(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "9999"


def _after(row: Row) -> str:
    return (row.get("status_after") or "").lower()


def _shows(row: Row, statuses: set[str]) -> bool:
    told = {_after(row), (row.get("status_before") or "").lower()}
    return RANKS.get(row["milestone_type"], 0) >= RANKS["site_visit"] or bool(told & statuses)
