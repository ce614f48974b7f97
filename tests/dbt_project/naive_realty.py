"""Plans, interest and accounts of bookings once more, from the specification: slowly, day by day.

Written without a look at the SQL: amounts are whole paisa, rates are fractions, and what was open
on a day is added up anew for every day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

from tests.dbt_project.scenario import Row, Tables

DAY = timedelta(days=1)
NONE = "(none)"
BUCKETS = ((30, "days_1_30"), (60, "days_31_60"), (90, "days_61_90"), (120, "days_91_120"))
NOT_OF_A_PLAN = {"interest", "tds", "waiver", "withdrawal", "forfeiture", "refund"}


def paisa(amount: object) -> int:
    return int(Decimal(str(amount or 0)) * 100)


def rounded(amount: Fraction) -> int:
    """To the paisa, half up; nothing here is below zero."""
    return int(amount + Fraction(1, 2))


@dataclass
class Line:
    """A ledger entry that counts: above zero a debit, below zero a credit."""

    row: Row
    place: int
    left: int = 0
    booking: str = NONE
    document: str | None = None
    usable: int = 0

    @property
    def amount(self) -> int:
        return paisa(self.row["debit_amount"]) - paisa(self.row["credit_amount"])

    @property
    def purpose(self) -> str:
        kind = self.row["transaction_type"]
        return self.row.get("purpose") or (
            "instalment" if kind in ("invoice", "payment") else "other"
        )

    @property
    def value_date(self) -> date:
        found: date = self.row.get("value_date") or self.row["ledger_date"]
        return found

    @property
    def settles_by(self) -> str:
        if self.purpose == "tds":
            return "tds"
        return "cash" if self.row["transaction_type"] == "payment" else "other"

    @property
    def in_plan(self) -> bool:
        return self.amount > 0 and self.document is not None and self.purpose not in NOT_OF_A_PLAN


@dataclass
class Plan:
    """An instalment with what the ledger has of it and what settles it, by day."""

    row: Row
    booking: Row
    tds: int
    in_ledger: int = 0
    # By the place of the credit: when its money came, what it is, how much of it.
    given: dict[int, tuple[date, str, int]] = field(default_factory=dict)

    @property
    def receipts(self) -> list[tuple[date, str, int]]:
        return [
            receipt
            for _, receipt in sorted(self.given.items(), key=lambda each: (each[1][0], each[0]))
        ]

    @property
    def total(self) -> int:
        return paisa(self.row["amount"]) + paisa(self.row.get("tax_amount"))

    def came(self, day: date, *kinds: str) -> int:
        found = sum(a for on, kind, a in self.receipts if on <= day and kind in kinds)
        return found

    def open_cash(self, day: date) -> int:
        still = max(0, self.in_ledger - self.came(day, "cash", "tds", "other"))
        return still - max(0, min(still, self.tds - self.came(day, "tds")))

    def open_tds(self, day: date) -> int:
        still = max(0, self.in_ledger - self.came(day, "cash", "tds", "other"))
        return max(0, min(still, self.tds - self.came(day, "tds")))


class Books:
    """One tenant's books on one day."""

    def __init__(self, tables: Tables, as_of: date, rules: Mapping[str, Any] | None = None) -> None:
        self.as_of, rules = as_of, rules or {}
        self.tables = {name: list(rows) for name, rows in tables.items()}
        interest = rules.get("interest", {})
        self.grace = interest.get("grace_days", 0)
        self.grace_moves = interest.get("grace") == "end_of_grace"
        self.bookings = {
            row["id"]: row for row in self.tables["bookings"] if row["booking_date"] <= as_of
        }
        self.units = {row["id"]: row for row in self.tables.get("units", ())}
        self.plans = {
            row["id"]: Plan(row, self.bookings[row["booking_id"]], self._tds(row))
            for row in self.tables["instalments"]
            if row["booking_id"] in self.bookings
        }
        self.lines = self._lines()
        self.pieces: list[tuple[Line, Line, int]] = []
        self._say_what_lines_are_about()
        self._allocate()
        self._settle()

    # What holds of a booking

    def ended(self, booking: Row) -> date | None:
        """The day of its cancellation, or on which another took it over."""
        if booking["status"] == "cancelled":
            day: date = max(booking["booking_date"], booking["cancellation_date"])
            return day
        heirs = [
            row["booking_date"]
            for row in self.bookings.values()
            if row.get("transferred_from") == booking["id"]
        ]
        return max(min(heirs), booking["booking_date"]) if heirs else None

    def is_live(self, booking: Row) -> bool:
        ended = self.ended(booking)
        return booking["status"] != "pending" and (ended is None or ended > self.as_of)

    def _tds(self, row: Row) -> int:
        booking = self.bookings[row["booking_id"]]
        value, stamp = paisa(booking["booking_amount"]), paisa(booking.get("stamp_value"))
        if row.get("kind") == "deposit" or max(value, stamp) < 5_000_000_00:
            return 0
        share = Fraction(paisa(row["amount"]), 100) * max(Fraction(1), Fraction(stamp, value))
        return rounded(share)

    # The ledger

    def _lines(self) -> list[Line]:
        counted = [
            row
            for row in self.tables["ledger_entries"]
            if (row.get("status") or "active") == "active" and row["ledger_date"] <= self.as_of
        ]
        counted.sort(key=lambda row: (row["ledger_date"], row["ledger_code"], row["id"]))
        lines = [Line(row, place) for place, row in enumerate(counted)]
        return [line for line in lines if line.amount]

    def _document(self, plan: Plan) -> str:
        voucher = plan.row.get("demand_voucher")
        return f"voucher {voucher}" if voucher else f"instalment {plan.row['id']}"

    def _say_what_lines_are_about(self) -> None:
        by_customer: dict[str, list[str]] = defaultdict(list)
        for booking in self.bookings.values():
            by_customer[booking["customer_id"]].append(booking["id"])
        documents: dict[tuple[str, str], list[Plan]] = defaultdict(list)
        for plan in self.plans.values():
            documents[plan.booking["customer_id"], self._document(plan)].append(plan)
        self.documents = documents
        for line in self.lines:
            self._direct(line, documents)
        for line in self.lines:
            self._by_name(line, by_customer)
        for key, plans in documents.items():
            left = sum(plan.tds for plan in plans)
            for line in self.lines:
                ours = (line.row["customer_id"], line.document) == key
                if ours and line.settles_by == "tds" and line.amount < 0:
                    line.usable = min(-line.amount, left)
                    left -= line.usable

    def _direct(self, line: Line, documents: dict[tuple[str, str], list[Plan]]) -> None:
        line.usable = abs(line.amount)
        customer, named = line.row["customer_id"], line.row.get("reference_document_id")
        own = self.bookings.get(line.row.get("booking_id", ""))
        plan = self.plans.get(named or "")
        if (
            plan
            and line.row.get("reference_document_type") == "instalment"
            and plan.booking["customer_id"] == customer
        ):
            line.document, line.booking = self._document(plan), plan.booking["id"]
        else:
            voucher = named
            if line.amount > 0:
                voucher = None if line.purpose in NOT_OF_A_PLAN else line.row["ledger_code"]
            plans = documents.get((customer, f"voucher {voucher}"))
            if plans:
                line.document = f"voucher {voucher}"
                line.booking = min(plan.booking["id"] for plan in plans)
        if own and own["customer_id"] == customer:
            line.booking = own["id"]

    def _by_name(self, line: Line, by_customer: dict[str, list[str]]) -> None:
        customer, named = line.row["customer_id"], line.row.get("reference_document_id")
        debit = self._named_debit(line)
        if debit and line.amount < 0 and line.document is None:
            line.document = debit.document
        if line.booking == NONE and debit:
            line.booking = debit.booking
        if line.booking == NONE and line.row.get("reference_document_type") == "booking":
            ours = [key for key in by_customer[customer] if key == named]
            line.booking = ours[0] if ours else NONE
        if line.booking == NONE and len(by_customer[customer]) == 1:
            line.booking = by_customer[customer][0]

    def _named_debit(self, line: Line) -> Line | None:
        named = line.row.get("reference_document_id")
        for other in self.lines:
            same = other.row["customer_id"] == line.row["customer_id"] and other.amount > 0
            if named and same and named in (other.row["id"], other.row["ledger_code"]):
                return other
        return None

    def _allocate(self) -> None:
        for line in self.lines:
            line.left = line.usable
        debits = sorted(
            (line for line in self.lines if line.amount > 0),
            key=lambda line: (line.row.get("due_date") or line.row["ledger_date"], line.place),
        )
        credits_ = [line for line in self.lines if line.amount < 0]
        for credit in credits_:
            named = self._named_debit(credit)
            self._pay(credit, [named] if named else [])
        for credit in credits_:
            mine = self._paper(credit)
            if mine:
                self._pay(credit, [debit for debit in debits if self._paper(debit) == mine])
        for credit in credits_:
            self._pay(credit, [debit for debit in debits if debit.booking == credit.booking])
        for credit in credits_:
            if credit.booking == NONE:
                self._pay(credit, debits)

    def _paper(self, line: Line) -> tuple[str, str] | None:
        customer, named = line.row["customer_id"], line.row.get("reference_document_id")
        if line.document:
            return customer, line.document
        kind = line.row.get("reference_document_type") or ""
        return (customer, f"{kind} {named}") if named else None

    def _pay(self, credit: Line, debits: list[Line]) -> None:
        for debit in debits:
            used = min(credit.left, debit.left)
            if used and debit.row["customer_id"] == credit.row["customer_id"]:
                credit.left -= used
                debit.left -= used
                self.pieces.append((credit, debit, used))

    def _settle(self) -> None:
        """Give each document's pieces to its instalments."""
        for (customer, document), plans in self.documents.items():
            plans.sort(
                key=lambda plan: (
                    plan.row.get("due_date") or date.max,
                    plan.row["number"],
                    plan.row["id"],
                )
            )
            debits = [
                line
                for line in self.lines
                if line.in_plan
                and line.document == document
                and line.row["customer_id"] == customer
            ]
            billed = sum(line.amount for line in debits)
            for plan in plans:
                plan.in_ledger = max(0, min(plan.total, billed))
                billed -= plan.total
            ids = {id(line) for line in debits}
            came: dict[int, list[Any]] = {}
            for credit, debit, amount in self.pieces:
                if id(debit) in ids and credit.value_date <= self.as_of:
                    came.setdefault(id(credit), [credit, 0])[1] += amount
            ordered = sorted(came.values(), key=lambda each: (each[0].value_date, each[0].place))
            self._deal(plans, ordered)

    def _deal(self, plans: list[Plan], came: list[list[Any]]) -> None:
        """In their order: money, certificates, notes that name one; what has no room then last."""
        room = {}
        for plan in plans:
            money = min(plan.total - plan.tds, plan.in_ledger)
            tds = max(0, min(plan.tds, plan.in_ledger - money))
            room[id(plan)] = [money, tds, tds]
        left = []
        for credit, amount in came:
            kind, whole = credit.settles_by, amount
            named = self.plans.get(credit.row.get("reference_document_id") or "")
            used = 0
            if len(plans) == 1:
                used = self._give(plans[0], credit, amount)
            elif kind == "other" and named in plans:
                used = self._give(named, credit, amount)
            else:
                for lane in (2,) if kind == "tds" else (0, 1):
                    for plan in plans:
                        part = min(amount, room[id(plan)][lane])
                        room[id(plan)][lane] -= part
                        amount -= part
                        used += self._give(plan, credit, part)
            left.append((credit, whole - used))
        for credit, amount in left:
            for plan in plans:
                amount -= self._give(plan, credit, amount)

    def _give(self, plan: Plan, credit: Line, amount: int) -> int:
        """No instalment gets more than the ledger has of it."""
        used = min(amount, plan.in_ledger - sum(given for *_, given in plan.receipts))
        if used > 0:
            before = plan.given.get(credit.place, (None, None, 0))[2]
            plan.given[credit.place] = (credit.value_date, credit.settles_by, before + used)
        return max(used, 0)

    # What is asked

    def state(self, plan: Plan) -> str:
        row, today, booking = plan.row, self.as_of, plan.booking
        ended = self.ended(booking)
        if row.get("waived_on") and row["waived_on"] <= today:
            return "waived"
        if ended and ended <= today:
            return "withdrawn" if booking["status"] == "cancelled" else "transferred"
        if row.get("demand_date") and row["demand_date"] <= today:
            if not plan.in_ledger:
                return "demanded"
            if plan.open_cash(today) + plan.open_tds(today) == 0:
                return "paid"
            if plan.open_cash(today) == 0:
                return "tds_awaited"
            return "overdue" if row["due_date"] < today else "demanded"
        stages = {stage["id"]: stage for stage in self.tables.get("stages", ())}
        built = stages.get(row.get("stage_id", ""), {}).get("completed_date")
        return "unbilled" if built and built <= today else "planned"

    def asked(self, plan: Plan) -> bool:
        return self.state(plan) in ("paid", "tds_awaited", "overdue", "demanded")

    def bucket(self, plan: Plan) -> str | None:
        if not self.asked(plan) or not plan.open_cash(self.as_of):
            return None
        late = (self.as_of - plan.row["due_date"]).days
        if late <= 0:
            return "not_due"
        return next((name for last, name in BUCKETS if late <= last), "days_over_120")

    def rate(self, plan: Plan, day: date) -> Fraction | None:
        if plan.booking.get("interest_percent") is not None:
            return Fraction(Decimal(str(plan.booking["interest_percent"])))
        project = self.units.get(plan.booking.get("unit_id", ""), {}).get("project_id")
        rows = [row for row in self.tables["interest_rates"] if row["valid_from"] <= day]
        own = [row for row in rows if project and row.get("project_id") == project]
        every = own or [row for row in rows if not row.get("project_id")]
        if not every:
            return None
        newest = max(every, key=lambda row: (row["valid_from"], row["id"]))
        return Fraction(Decimal(str(newest["rate_percent"])))

    def interest(self, plan: Plan) -> list[tuple[date, date, int, Fraction, int]]:
        """Lines: first day, last day, base, rate, interest."""
        row = plan.row
        if not row.get("demand_date") or row["demand_date"] > self.as_of or not plan.in_ledger:
            return []
        grace_end = row["due_date"] + self.grace * DAY
        ends = (self.as_of, row.get("waived_on"), self.ended(plan.booking))
        end = min(day for day in ends if day)
        if end <= grace_end or plan.open_cash(grace_end) == 0:
            return []
        start = grace_end if self.grace_moves else row["due_date"]
        if plan.booking.get("transferred_from"):
            start = max(start, plan.booking["booking_date"])
        days = []
        day = start + DAY
        while day <= end:
            base, rate = plan.open_cash(day - DAY), self.rate(plan, day)
            days.append((base, rate, day))
            day += DAY
        lines = []
        for (base, rate), same in groupby(days, key=lambda each: each[:2]):
            spell = list(same)
            if base and rate is not None:
                amount = rounded(Fraction(base) * rate * len(spell) / 36500)
                lines.append((spell[0][2], spell[-1][2], base, rate, amount))
        return lines

    @cached_property
    def accounts(self) -> dict[tuple[str, str], dict[str, int]]:
        """(customer, booking) -> the parts of the balance, and interest."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for booking in self.bookings.values():
            found[booking["customer_id"], booking["id"]]["balance"] += 0
        rest: dict[tuple[str, str], int] = defaultdict(int)
        for line in self.lines:
            key = (line.row["customer_id"], line.booking)
            found[key]["balance"] += line.amount
            pieces = [
                (other, amount)
                for credit, debit, amount in self.pieces
                for me, other in ((credit, debit), (debit, credit))
                if me is line and credit.value_date <= self.as_of
            ]
            left = abs(line.amount) - sum(amount for _, amount in pieces)
            if line.amount < 0:
                found[key]["unapplied_credit"] -= left
                for debit, amount in pieces:
                    # The money counts where the debit is that it pays.
                    found[key]["balance"] += amount
                    found[debit.row["customer_id"], debit.booking]["balance"] -= amount
            elif line.purpose == "interest":
                found[key]["open_interest"] += left
                found[key]["interest_billed"] += line.amount
            else:
                rest[key] += left
        for plan in self.plans.values():
            key = (plan.booking["customer_id"], plan.booking["id"])
            lines = self.interest(plan)
            found[key]["interest_accrued"] += sum(line[-1] for line in lines)
            if self.state(plan) == "waived":
                found[key]["interest_dropped"] += sum(line[-1] for line in lines)
            if self.state(plan) in ("planned", "unbilled"):
                found[key]["to_be_demanded"] += plan.total
            if self.asked(plan):
                cash, tds = plan.open_cash(self.as_of), plan.open_tds(self.as_of)
                late = cash and plan.row["due_date"] < self.as_of
                found[key]["demanded"] += plan.total
                found[key]["overdue" if late else "not_due"] += cash
                found[key]["open_tds"] += tds
                rest[key] -= cash + tds
        for key, amount in rest.items():
            found[key]["open_other"] = amount
        return found

    def received_base(self, booking: Row, day: date | None = None) -> int:
        """Cash and TDS of its instalments less the tax within, with its predecessors'."""
        total = 0
        for plan in self.plans.values():
            if plan.booking is not booking or (plan.row.get("kind") or "instalment") != (
                "instalment"
            ):
                continue
            day_ = day or self.as_of
            cash, net = plan.came(day_, "cash"), plan.total - plan.tds
            tax = paisa(plan.row.get("tax_amount"))
            within = rounded(Fraction(min(cash, net) * tax, net)) if net else 0
            total += cash + plan.came(day_, "tds") - within
        earlier = self.bookings.get(booking.get("transferred_from") or "")
        return total + (self.received_base(earlier, day) if earlier else 0)

    def awaited(self) -> Iterator[tuple[str, date, int, int, date]]:
        """Instalment, day of the payment, deducted, awaited, certificate due."""
        for key, plan in self.plans.items():
            open_tds = plan.open_tds(self.as_of) if self.asked(plan) else 0
            net, had = plan.total - plan.tds, plan.came(self.as_of, "tds")
            if not open_tds or not net:
                continue
            most, so_far = open_tds + had, 0
            for day, kind, amount in plan.receipts:
                if kind != "cash":
                    continue
                share = min(rounded(Fraction(amount * plan.tds, net)), most - so_far)
                so_far += share
                missing = min(share, max(0, so_far - had))
                if missing > 0:
                    month_end = (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
                    yield key, day, share, missing, month_end + 45 * DAY
