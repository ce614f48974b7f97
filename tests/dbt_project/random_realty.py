"""Random books of a developer: part payments, rate changes, waivers, transfers and the like."""

import random
from datetime import date, timedelta

from tests.dbt_project.scenario import Row, booking, customer, day, entry

AS_OF = day("2026-06-30")
FIRST = day("2025-07-01")
CUSTOMERS = 3


class Draw:
    """One tenant's books, told by the seed."""

    def __init__(self, name: str) -> None:
        self.random = random.Random(name)
        self.tables: dict[str, list[Row]] = {
            "customers": [customer(f"k{n}", credit_days=0) for n in range(CUSTOMERS)],
            "bookings": [],
            "units": [],
            "projects": [{"id": p, "project_name": p.title()} for p in ("p1", "p2")],
            "stages": [],
            "instalments": [],
            "interest_rates": [],
            "ledger_entries": [],
        }
        self.count = 0

    def day(self, first: date = FIRST, span: int = 380) -> date:
        return first + timedelta(days=self.random.randrange(span))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def money(self, low: int, high: int) -> str:
        """Rupees with odd paisa."""
        return f"{self.random.randrange(low * 100, high * 100) / 100:.2f}"

    def rates(self) -> None:
        for number in range(self.random.randrange(1, 5)):
            rate = {
                "id": f"r{number}",
                "valid_from": self.day(FIRST - timedelta(days=60)),
                "rate_percent": f"{self.random.choice([9.5, 10.8, 10.85, 10.9, 12]):.4f}",
            }
            if self.chance(0.3):
                rate["project_id"] = self.random.choice(["p1", "p2"])
            self.tables["interest_rates"].append(rate)

    def post(self, of: str, on: date, kind: str, amount: int, **values: object) -> None:
        """A ledger entry of so many paisa; some are entered days after the money came."""
        self.count += 1
        text = f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"
        row = entry(f"e{self.count}", of, on.isoformat(), kind, text, **values)
        self.tables["ledger_entries"].append(row)

    def deal(self, number: int) -> None:
        """A booking with its plan, and what came of it."""
        of = f"k{self.random.randrange(CUSTOMERS)}"
        on = self.day(span=200)
        large = self.chance(0.6)
        value = self.money(6_000_000, 9_000_000) if large else self.money(900_000, 2_000_000)
        key = f"b{number}"
        made = booking(key, of, on.isoformat(), value)
        if self.chance(0.7):
            unit = {"id": f"u{number}", "unit_number": f"U{number}", "status": "available"}
            self.tables["units"].append(unit | {"project_id": self.random.choice(["p1", "p2"])})
            made["unit_id"] = f"u{number}"
        if self.chance(0.2):
            made["interest_percent"] = "11.2500"
        if self.chance(0.2):
            made["stamp_value"] = self.money(4_900_000, 9_900_000)
        if self.chance(0.5):
            made["agreement_date"] = on + timedelta(days=self.random.randrange(90))
        self.tables["bookings"].append(made)
        plans = [self.plan(made, place) for place in range(self.random.randrange(2, 6))]
        if self.chance(0.25):
            plans[0]["demand_voucher"] = plans[1]["demand_voucher"] = f"V{number}"
        self.demand(made, plans)
        for plan in plans:
            self.pay(made, plan)
        self.end(made, plans, number)

    def plan(self, made: Row, place: int) -> Row:
        on = made["booking_date"] + timedelta(days=60 * place + self.random.randrange(40))
        amount = self.money(10_000, 400_000)
        plan: Row = {
            "id": f"{made['id']}/{place}",
            "booking_id": made["id"],
            "number": place,
            "label": f"Part {place}",
            "amount": amount,
            "tax_amount": self.random.choice(["0", f"{float(amount) / 20:.2f}"]),
            "kind": self.random.choice([None, "instalment", "instalment", "charge", "deposit"]),
        }
        if on <= AS_OF + timedelta(days=20):
            due = on + timedelta(days=self.random.choice([0, 7, 15, 21]))
            plan |= {"demand_date": on, "due_date": due}
            plan["demand_voucher"] = self.random.choice([None, f"D-{plan['id']}"])
            if self.chance(0.12):
                plan["waived_on"] = due + timedelta(days=self.random.randrange(-10, 60))
        elif self.chance(0.5):
            stage = {"id": f"s-{plan['id']}", "project_id": "p1", "stage_name": "Slab"}
            done = {"completed_date": self.day(AS_OF - timedelta(days=20), 40)}
            self.tables["stages"].append(stage | (done if self.chance(0.5) else {}))
            plan["stage_id"] = stage["id"]
        self.tables["instalments"].append(plan)
        return plan

    def demand(self, made: Row, plans: list[Row]) -> None:
        """One debit a voucher; some are missing and some are wrong."""
        groups: dict[str, list[Row]] = {}
        for plan in plans:
            if plan.get("demand_date"):
                groups.setdefault(plan.get("demand_voucher") or plan["id"], []).append(plan)
        for voucher, those in groups.items():
            total = sum(paisa_of(plan) for plan in those)
            if self.chance(0.06):
                continue
            if self.chance(0.06):
                total += self.random.choice([-100, 100])
            named = {"reference_document_type": "instalment"}
            named |= {"reference_document_id": those[0]["id"]}
            self.post(
                made["customer_id"],
                those[0]["demand_date"],
                "invoice",
                total,
                due_date=those[0]["due_date"],
                **(named if not those[0].get("demand_voucher") or self.chance(0.5) else {}),
                **({"ledger_code": voucher} if those[0].get("demand_voucher") else {}),
                **self.of_booking(made, 0.8),
            )

    def of_booking(self, made: Row, share: float) -> dict[str, str]:
        return {"booking_id": made["id"]} if self.chance(share) else {}

    def pay(self, made: Row, plan: Row) -> None:
        if not plan.get("demand_date"):
            return
        left = paisa_of(plan)
        tds = paisa_of(plan) // 106 if float(made["booking_amount"]) > 5_000_000 else 0
        named = {"reference_document_type": "instalment", "reference_document_id": plan["id"]}
        for _ in range(self.random.randrange(4)):
            amount = self.random.choice([left - tds, left, self.random.randrange(1, left + 1)])
            on = plan["due_date"] + timedelta(days=self.random.randrange(-30, 120))
            late = {"value_date": on + timedelta(days=self.random.randrange(-3, 6))}
            self.post(
                made["customer_id"],
                on,
                "payment",
                max(amount, 1),
                **(named if self.chance(0.7) else {}),
                **(late if self.chance(0.3) else {}),
                **({"status": "reversed"} if self.chance(0.1) else {}),
                **self.of_booking(made, 0.7),
            )
            left = max(left - amount, 1)
        if tds and self.chance(0.5):
            on = plan["due_date"] + timedelta(days=self.random.randrange(-20, 90))
            amount = -tds * self.random.choice([1, 1, 2])
            self.post(made["customer_id"], on, "adjustment", amount, purpose="tds", **named)
        if waived := plan.get("waived_on"):
            note = {"purpose": "waiver", **named}
            self.post(made["customer_id"], waived, "credit_note", paisa_of(plan), **note)
        if self.chance(0.15):
            note = {"purpose": "interest", **self.of_booking(made, 0.9)}
            on = plan["due_date"] + timedelta(days=40)
            self.post(made["customer_id"], on, "debit_note", self.random.randrange(999_99), **note)

    def end(self, made: Row, plans: list[Row], number: int) -> None:
        """Some are cancelled, some taken over by another buyer."""
        on = made["booking_date"] + timedelta(days=self.random.randrange(60, 300))
        if self.chance(0.2):
            made |= {"status": "cancelled", "cancellation_date": on}
            if self.chance(0.5):
                note = {"purpose": "forfeiture", "booking_id": made["id"]}
                self.post(made["customer_id"], on, "debit_note", 5_000_000, **note)
        elif self.chance(0.25) and on <= AS_OF + timedelta(days=15):
            made["status"] = "transferred"
            of = f"k{self.random.randrange(CUSTOMERS)}"
            heir = booking(f"b{number}x", of, on.isoformat(), made["booking_amount"])
            self.tables["bookings"].append(
                heir | {"transferred_from": made["id"], "unit_id": made.get("unit_id")}
            )
            last = plans[-1]
            carried: Row = {
                **last,
                "id": f"{heir['id']}/0",
                "booking_id": heir["id"],
                "demand_date": on,
                "due_date": last.get("due_date") or on,
                "demand_voucher": f"T{number}",
                "waived_on": None,
            }
            self.tables["instalments"].append(carried)
            journal = {"purpose": "transfer", "booking_id": heir["id"], "ledger_code": f"T{number}"}
            self.post(
                of, on, "adjustment", paisa_of(carried), due_date=carried["due_date"], **journal
            )
            journal = {"purpose": "transfer", "booking_id": made["id"]}
            self.post(made["customer_id"], on, "adjustment", -paisa_of(carried), **journal)
            self.pay(heir, carried)


def paisa_of(plan: Row) -> int:
    return round(float(plan["amount"]) * 100) + round(float(plan["tax_amount"]) * 100)


def random_books(name: str) -> dict[str, list[Row]]:
    """The tables of one tenant, in random order."""
    draw = Draw(name)
    draw.rates()
    for number in range(draw.random.randrange(2, 6)):
        draw.deal(number)
    for rows in draw.tables.values():
        draw.random.shuffle(rows)
    return draw.tables
