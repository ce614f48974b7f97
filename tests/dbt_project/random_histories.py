"""Small random tenants with what makes figures wrong: ties, nulls, deletions, reversals.

Every id is unique over all tenants, as in the source system. The amount of a reversed entry and of
what undoes it stands on no other entry of the account, so that each pair can be told from the rows.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt_project.scenario import (
    Row,
    Tables,
    booking,
    contact,
    customer,
    entry,
    instant,
    lead,
    milestone,
)

FIRST = date(2025, 11, 1)
LAST = FIRST + timedelta(days=140)
FIRST_MOMENT = instant("2025-11-01T00:00")
STATUSES = ["new", "contacted", "qualified", "negotiation", "converted", "lost"]
STEPS = [
    "lead_generated",
    "contacted",
    "contacted",
    "site_visit",
    "revisit",
    "demo",
    "proposal",
    "negotiation",
    "booking",
    "cancellation",
    "reengaged",
]


class Draw:
    """One seed's random choices, and ids that start with its tenant's name."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.random = random.Random(tenant)
        # Few days and hours: most rows tie with another.
        self.days = sorted(self.random.sample(range(141), k=12))

    def id(self, kind: str, number: int) -> str:
        return f"{self.tenant}-{kind}{number}"

    def one_of(self, kind: str, size: int) -> str:
        return self.id(kind, self.random.randrange(size))

    def day(self) -> date:
        return FIRST + timedelta(days=self.random.choice(self.days))

    def on(self) -> str:
        return self.day().isoformat()

    def moment(self) -> datetime:
        """Also in the evening, which is the next day in India."""
        return instant(f"{self.on()}T{self.random.choice(['04:00', '18:29', '18:30', '23:00'])}")

    def maybe(self, value: Any, chance: float = 0.5) -> Any:
        return value if self.random.random() < chance else None

    def amount(self) -> str:
        return self.random.choice(["10", "20", "20.25", "33.33", "0.01", "100"])

    def status(self, *names: Any) -> Any:
        return self.random.choice(names)


def busy_day(tenant: str, number: int) -> date:
    """One of the days on which things happen to the tenant: the edge that figures are wrong at."""
    days = Draw(tenant).days
    return FIRST + timedelta(days=days[number % len(days)])


def random_tables(tenant: str) -> Tables:
    """The rows of one tenant; the same for the same name."""
    draw = Draw(tenant)
    leads = draw.random.randrange(1, 9)
    return {
        "lead_sources": _sources(draw),
        "campaigns": _campaigns(draw),
        "customers": [
            customer(draw.id("k", n), status=draw.status("active", "inactive"))
            | {"credit_days": draw.maybe(draw.random.randrange(40))}
            for n in range(4)
        ],
        "leads": [_lead(draw, n) for n in range(leads)],
        "milestones": [_milestone(draw, n, leads) for n in range(draw.random.randrange(4 * leads))],
        "engagement": [_contact(draw, n, leads) for n in range(draw.random.randrange(10))],
        "bookings": [_booking(draw, n, leads) for n in range(draw.random.randrange(8))],
        "ledger_entries": _ledger(draw),
    }


def _sources(draw: Draw) -> list[Row]:
    """A code may be listed twice, under one name or two."""
    return [
        {
            "id": draw.id("s", n),
            "source_code": draw.status("web", "fair"),
            "source_name": draw.status("Website", "Fair"),
            "source_type": "website",
            "subsource_name": draw.maybe(draw.status("north", "south")),
        }
        for n in range(draw.random.randrange(4))
    ]


def _campaigns(draw: Draw) -> list[Row]:
    return [
        {
            "id": draw.id("c", n),
            "campaign_code": f"C{n}",
            "campaign_name": f"Campaign {n}",
            "campaign_type": "digital",
            "start_date": FIRST,
            "status": "active",
            "deleted_at": draw.maybe(draw.moment(), 0.15),
        }
        for n in range(3)
    ]


def _lead(draw: Draw, number: int) -> Row:
    row = lead(draw.id("l", number), "2025-11-01T00:00", draw.status(*STATUSES, "new", "contacted"))
    made = draw.moment()
    return row | {
        "created_at": made,
        "updated_at": draw.maybe(max(made, draw.moment())),
        "first_name": draw.maybe("Asha"),
        "email": draw.maybe("asha@buyers.example"),
        "source": draw.maybe(draw.status("web", "fair", "unheard of"), 0.8),
        "campaign_id": draw.maybe(draw.one_of("c", 3), 0.7),
        "converted_to_customer": draw.maybe(draw.random.random() < 0.4, 0.8),
        "probability": draw.maybe(draw.status("0", "50", "51", "90")),
        "customer_id": draw.maybe(draw.one_of("k", 4), 0.2),
        "next_action_date": draw.maybe(draw.day(), 0.3),
        "deleted_at": draw.maybe(draw.moment(), 0.1),
    }


def with_versions(tenant: str, tables: Tables) -> Tables:
    """The tables with earlier versions of some leads before each: other statuses, other actions."""
    draw = Draw(f"{tenant} versions")
    draw.days = Draw(tenant).days
    leads = []
    for row in tables["leads"]:
        days = sorted(draw.moment() for _ in range(draw.random.randrange(3)))
        landed = {"ingested_at": max([row["created_at"], *days]) + timedelta(days=1)}
        for at in days:
            earlier = {
                "status": draw.status(*STATUSES, row["status"], row["status"]),
                "next_action_date": draw.maybe(row["next_action_date"] or draw.day()),
                "updated_at": draw.maybe(max(at, row["created_at"]), 0.8),
                "ingested_at": max(at, row["created_at"])
                + timedelta(days=draw.random.randrange(3)),
                "deleted_at": None,
            }
            leads.append(row | earlier)
        newest = {"updated_at": max([row["created_at"], *days, row["updated_at"] or FIRST_MOMENT])}
        leads.append(
            row | landed | (newest if draw.random.random() < 0.8 else {"updated_at": None})
        )
    return {**tables, "leads": leads}


def _milestone(draw: Draw, number: int, leads: int) -> Row:
    values = {
        "milestone_time": draw.maybe(draw.status("09:00:00", "17:30:00")),
        "status_before": draw.maybe(draw.status("new", "Qualified"), 0.15),
        "status_after": draw.maybe(draw.status(*STATUSES), 0.3),
        "notes": draw.maybe("Called back"),
        "follow_up_required": draw.maybe(draw.random.random() < 0.6),
        "follow_up_date": draw.maybe(draw.day()),
        "created_at": draw.maybe(draw.moment(), 0.7),
    }
    return (
        milestone(draw.id("m", number), draw.one_of("l", leads), draw.status(*STEPS), draw.on())
        | values
    )


def _contact(draw: Draw, number: int, leads: int) -> Row:
    row = contact(draw.id("x", number), draw.one_of("l", leads), "2026-01-01T00:00")
    return row | {
        "engagement_date": draw.moment(),
        "engagement_type": draw.status("call_made", "email_sent", "meeting_scheduled"),
        "status": draw.maybe(draw.status("completed", "completed", "pending", "failed"), 0.9),
        "response_received": draw.maybe(True),
    }


def _booking(draw: Draw, number: int, leads: int) -> Row:
    status = draw.status("confirmed", "confirmed", "pending", "cancelled", "completed", "on_hold")
    row = booking(draw.id("b", number), draw.one_of("k", 4), draw.on(), draw.amount(), status)
    gone = status == "cancelled"
    return row | {
        "lead_id": draw.maybe(draw.one_of("l", leads), 0.7),
        "unit_type": draw.maybe(draw.status("2BHK", "Plot"), 0.7),
        "units_booked": draw.maybe(draw.random.randrange(1, 4)),
        "cancellation_date": draw.maybe(draw.day(), 0.8) if gone else None,
        "cancellation_reason": draw.maybe("Loan refused") if gone else None,
        "updated_at": draw.maybe(draw.moment()),
        "deleted_at": draw.maybe(draw.moment(), 0.1),
    }


def _ledger(draw: Draw) -> list[Row]:
    kinds = ["invoice", "invoice", "payment", "payment", "credit_note", "debit_note", "adjustment"]
    rows: list[Row] = []
    for number in range(draw.random.randrange(16)):
        kind = draw.status(*kinds)
        sign = draw.status("", "-") if kind == "adjustment" else ""
        row = entry(
            draw.id("e", number), draw.one_of("k", 4), draw.on(), kind, sign + draw.amount()
        )
        rows.append(
            row
            | {
                "ledger_code": draw.status(f"V{number}", f"V{number}", "V0"),
                "due_date": draw.maybe(draw.day(), 0.4),
                "created_at": draw.maybe(draw.moment(), 0.7),
                "reference_document_type": draw.maybe(draw.status("order", "invoice"), 0.3),
                "reference_document_id": draw.maybe(
                    draw.status(draw.one_of("e", 16), "order-1", "order-2", "V3"), 0.4
                ),
                "status": draw.status("active", "active", "active", "active", "cancelled"),
            }
        )
    for number in range(draw.random.randrange(3)):
        rows += _reversal(draw, number)
    for number in range(draw.random.randrange(3)):
        rows += _refunds(draw, number)
    return rows


def _refunds(draw: Draw, number: int) -> list[Row]:
    """A reversed receipt, and money paid out that may undo it: older, naming something, or two."""
    of, amount = draw.one_of("k", 4), f"8{number}.88"
    paper = draw.maybe("order-9", 0.3)
    undone = entry(draw.id("p", number), of, draw.on(), "payment", amount, status="reversed")
    rows = [undone | {"reference_document_id": paper}]
    for copy in range(draw.random.randrange(3)):
        key = draw.id(f"q{number}", copy)
        out = entry(key, of, draw.on(), "payment", "0", debit_amount=amount)
        named = draw.status(*[paper] * 2, None, undone["id"], draw.one_of("e", 16))
        rows.append(out | {"reference_document_id": named})
    return rows


def _reversal(draw: Draw, number: int) -> list[Row]:
    """A reversed invoice, with an adjustment that names it, a reversed credit, or nothing."""
    of, amount = draw.one_of("k", 4), f"7{number}.77"
    undone = entry(draw.id("r", number), of, draw.on(), "invoice", amount, status="reversed")
    match draw.random.randrange(3):
        case 0:
            named = {"reference_document_id": undone["id"]}
            undoes = entry(draw.id("u", number), of, draw.on(), "adjustment", f"-{amount}", **named)
            return [undone, undoes]
        case 1:
            twin = entry(draw.id("u", number), of, draw.on(), "credit_note", amount)
            return [undone, twin | {"status": "reversed"}]
        case _:
            return [undone]
