"""Collections of twelve weeks, and what the forecast before was worth, against plain fractions."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.naive_realty import DAY, Books, Plan, paisa
from tests.dbt_project.scenario import Row, Scenario, booking, customer, day, entry

AS_OF = day("2026-06-30")
WEEKS = 12
SEEDS = range(4)
NONE = "(none)"
# Fewer than thirty instalments to learn from: nothing is expected.
FLATS = (90, 90, 150, 20)


def books(seed: int) -> dict[str, list[Row]]:
    """Flats with an instalment that fell due some time ago, and one that is still to come."""
    draw = random.Random(f"forecast_{seed}")
    told: dict[str, list[Row]] = defaultdict(list)
    told["customers"] = [customer(f"k{n}", credit_days=0) for n in range(5)]
    told["interest_rates"] = []
    told["projects"] = [{"id": p, "project_name": p} for p in ("p1", "p2")]
    for n in range(4):
        stage = {"id": f"s{n}", "project_id": "p1", "stage_name": "Slab"}
        done = {"completed_date": AS_OF + draw.randrange(-120, 10) * DAY} if n < 2 else {}
        plan = {"planned_date": AS_OF + draw.randrange(-100, 60) * DAY} if n < 3 else {}
        told["stages"].append(stage | done | plan)
    for n in range(FLATS[seed]):
        _flat(draw, told, n)
    return dict(told)


def _flat(draw: random.Random, told: dict[str, list[Row]], n: int) -> None:
    of, due = f"k{draw.randrange(5)}", AS_OF + draw.randrange(-560, 50) * DAY
    made = booking(f"b{n}", of, (due - 60 * DAY).isoformat(), str(draw.choice([4e6, 6e6])))
    if draw.random() < 0.8:
        unit = {"id": f"u{n}", "unit_number": f"U{n}", "status": "available"}
        told["units"].append(unit | {"project_id": draw.choice(["p1", "p2"])})
        made["unit_id"] = f"u{n}"
    if draw.random() < 0.15:
        gone = due + draw.randrange(-20, 200) * DAY
        made |= {"status": "cancelled", "cancellation_date": gone}
    told["bookings"].append(made)
    amount = draw.randrange(1_000_00, 500_000_00)
    money = f"{amount / 100:.2f}"
    named = {"reference_document_type": "instalment", "reference_document_id": f"b{n}/1"}
    plan = {"booking_id": f"b{n}", "label": "Slab", "tax_amount": "0", "amount": money}
    first: Row = plan | {
        "id": f"b{n}/1",
        "number": 1,
        "demand_date": due - 21 * DAY,
        "due_date": due,
    }
    first["kind"] = draw.choice([None, "charge", "instalment", "deposit"])
    if draw.random() < 0.1:
        first["waived_on"] = due + draw.randrange(-5, 50) * DAY
    second = plan | {
        "id": f"b{n}/2",
        "number": 2,
        "stage_id": draw.choice(["s0", "s1", "s2", "s3"]),
    }
    second["due_days"] = draw.choice([None, 10, 15, 30])
    if draw.random() < 0.3:
        second["expected_date"] = AS_OF + draw.randrange(-100, 100) * DAY
    told["instalments"] += [first, second]
    invoice = entry(f"i{n}", of, first["demand_date"].isoformat(), "invoice", money, **named)
    told["ledger_entries"].append(invoice | {"due_date": due, "booking_id": f"b{n}"})
    for part in range(draw.randrange(3)):
        on = due + draw.randrange(-20, 130) * DAY
        paid = f"{draw.choice([amount, amount // 2, amount * 99 // 100]) / 100:.2f}"
        row = entry(f"p{n}-{part}", of, on.isoformat(), "payment", paid, **named)
        told["ledger_entries"].append(row | {"booking_id": f"b{n}"})
    if draw.random() < 0.2:
        on = due + draw.randrange(10, 90) * DAY
        note = entry(f"n{n}", of, on.isoformat(), "debit_note", "123.45", booking_id=f"b{n}")
        told["ledger_entries"].append(note | {"purpose": "interest"})
        if draw.random() < 0.5:
            later = (on + 30 * DAY).isoformat()
            told["ledger_entries"].append(
                entry(f"q{n}", of, later, "payment", "123.45", reference_document_id=f"n{n}")
                | {"booking_id": f"b{n}"}
            )


SCENARIOS = {f"forecast_{seed}": Scenario(AS_OF, [books(seed)]) for seed in SEEDS}


class Forecast:
    """As of one day, from what that day knew of receipts."""

    def __init__(self, book: Books, on: date) -> None:
        self.book, self.on = book, on
        due_days = sorted(
            row["due_days"]
            for row in book.tables["instalments"]
            if row.get("due_days") is not None and row["booking_id"] in book.bookings
        )
        middle = len(due_days) // 2
        pair = (
            due_days[middle - 1 : middle + 1] if len(due_days) % 2 == 0 else due_days[middle:][:1]
        )
        self.usual = int(Fraction(sum(pair), len(pair)) + Fraction(1, 2))
        self.stages = {row["id"]: row for row in book.tables["stages"]}
        self.learned = [plan for plan in book.plans.values() if self._fell_due(plan)]

    def _fell_due(self, plan: Plan) -> bool:
        row, due = plan.row, plan.row.get("due_date")
        if not due or row.get("kind") == "deposit" or row["demand_date"] > self.book.as_of:
            return False
        ended, waived = self.book.ended(plan.booking), row.get("waived_on")
        return (
            self.on - 455 * DAY <= due <= self.on - 91 * DAY
            and plan.booking["booking_date"] <= due
            and (ended is None or ended > due)
            and (waived is None or waived > due)
        )

    def share(self, n: int) -> Fraction:
        """How much has come within so many days."""
        if n < 0:
            return Fraction(0)
        most = {id(plan): plan.total - plan.tds for plan in self.learned}
        came = sum(
            min(plan.came(plan.row["due_date"] + min(n, 91) * DAY, "cash"), most[id(plan)])
            for plan in self.learned
        )
        return Fraction(came, sum(most.values()))

    def items(self) -> Iterator[tuple[str, str, int, date | None, str]]:
        """Item, kind, amount, due on, project."""
        for key, plan in self.book.plans.items():
            row, ended = plan.row, self.book.ended(plan.booking)
            gone = [day for day in (ended, row.get("waived_on")) if day and day <= self.on]
            if gone or plan.booking["booking_date"] > self.on:
                continue
            project = self.book.units.get(plan.booking.get("unit_id", ""), {}).get(
                "project_id", NONE
            )
            if row.get("demand_date") and row["demand_date"] <= self.on:
                if amount := plan.open_cash(self.on):
                    kind = "overdue" if row["due_date"] < self.on else "demanded"
                    yield key, kind, amount, row["due_date"], project
            else:
                built = self.stages.get(row.get("stage_id", ""), {}).get("completed_date")
                kind = "unbilled" if built and built <= self.on else "planned"
                yield key, kind, plan.total - plan.tds, self._due(row), project
        for line in self.book.lines:
            if line.purpose == "interest" and line.row["ledger_date"] <= self.on:
                paid = sum(
                    amount
                    for credit, debit, amount in self.book.pieces
                    if debit is line and credit.value_date <= self.on
                )
                unit = self.book.bookings.get(line.booking, {}).get("unit_id", "")
                project = self.book.units.get(unit, {}).get("project_id", NONE)
                if line.amount > paid:
                    due = line.row.get("due_date") or line.row["ledger_date"]
                    yield line.row["id"], "interest", line.amount - paid, due, project

    def _due(self, row: Row) -> date | None:
        stage = self.stages.get(row.get("stage_id", ""), {})
        built = stage.get("completed_date")
        day = built if built and built <= self.on else stage.get("planned_date")
        if row.get("expected_date"):
            asked: date = max(row["expected_date"], self.on + DAY)
        elif day:
            asked = max(day, self.on) + 7 * DAY
        else:
            return None
        pay = row.get("due_days")
        return asked + (self.usual if pay is None else pay) * DAY

    def by(self, amount: int, due: date | None, day: date) -> Fraction:
        """What is expected of it by that day."""
        if due is None or (self.on - due).days >= 91:
            return Fraction(0)
        if due > self.on:
            return amount * self.share((day - due).days)
        now = self.share((self.on - due).days)
        gone = self.share((day - due).days) - now
        return amount * gone / (1 - now) if now < 1 else Fraction(0)

    def weeks(self) -> dict[tuple[str, int], list[Any]]:
        """(project, week) -> falling due, expected."""
        items = list(self.items())
        found: dict[tuple[str, int], list[Any]] = {
            (project, week): [0, Fraction(0)]
            for project in {item[4] for item in items}
            for week in range(1, WEEKS + 1)
        }
        for _, _, amount, due, project in items:
            before = Fraction(0)
            for week in range(1, WEEKS + 1):
                end = self.on + 7 * week * DAY
                if due and end - 7 * DAY < due <= end:
                    found[project, week][0] += amount
                if len(self.learned) >= 30:
                    now = self.by(amount, due, end)
                    found[project, week][1] += now - before
                    before = now
        return found


@pytest.fixture(scope="module", params=SEEDS)
def forecast(request: pytest.FixtureRequest) -> Any:
    name = f"forecast_{request.param}"
    return name, Books(SCENARIOS[name].batches[0], AS_OF), request.param


def rounded(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


def test_items(query: Query, forecast: Any) -> None:
    name, book, seed = forecast
    now = Forecast(book, AS_OF)
    rows = query("select * from collection_items where tenant_id = ?", name)
    found = {
        row["item_id"]: (row["kind"], paisa(row["amount"]), row["due_on"], row["is_stuck"])
        for row in rows
    }
    items = list(now.items())
    assert found == {
        key: (kind, amount, due, due is not None and (AS_OF - due).days >= 91)
        for key, kind, amount, due, _ in items
    }
    assert {kind for _, kind, *_ in items} >= {"overdue", "planned", "unbilled", "interest"}
    expects = seed != 3
    assert (len(now.learned) >= 30) == expects
    expected = {
        key: rounded(now.by(amount, due, AS_OF + 84 * DAY)) if expects else None
        for key, _, amount, due, _ in items
    }
    assert {
        row["item_id"]: None if row["expected_amount"] is None else paisa(row["expected_amount"])
        for row in rows
    } == expected


def test_weeks(query: Query, forecast: Any) -> None:
    name, book, seed = forecast
    rows = query("select * from collection_weeks where tenant_id = ?", name)
    _same(rows, Forecast(book, AS_OF).weeks(), expects=seed != 3)


def test_what_the_forecast_of_twelve_weeks_ago_was_worth(query: Query, forecast: Any) -> None:
    name, book, seed = forecast
    then = Forecast(book, AS_OF - 84 * DAY)
    rows = query("select * from collection_quality where tenant_id = ?", name)
    _same(rows, then.weeks(), expects=seed != 3)
    projects = {key: project for key, _, _, _, project in then.items()}
    received: dict[tuple[str, int], int] = defaultdict(int)
    for key, on, amount in _cash(book):
        week = -(-(on - then.on).days // 7)
        if key in projects and 1 <= week <= WEEKS:
            received[projects[key], week] += amount
    assert {
        (row["project_id"], row["week"]): paisa(row["received_amount"])
        for row in rows
        if row["received_amount"]
    } == {place: amount for place, amount in received.items() if amount}
    assert seed == 3 or received


def _cash(book: Books) -> Iterator[tuple[str, date, int]]:
    for key, plan in book.plans.items():
        for on, kind, amount in plan.receipts:
            if kind == "cash":
                yield key, on, amount
    for credit, debit, amount in book.pieces:
        if debit.purpose == "interest" and credit.settles_by == "cash":
            yield debit.row["id"], credit.value_date, amount


def _same(rows: list[Row], weeks: dict[tuple[str, int], list[Any]], *, expects: bool) -> None:
    assert {(row["project_id"], row["week"]): paisa(row["falling_due_amount"]) for row in rows} == {
        place: falling_due for place, (falling_due, _) in weeks.items()
    }
    for row in rows:
        assert row["to_date"] - row["from_date"] == timedelta(days=6)
        expected = weeks[row["project_id"], row["week"]][1]
        if not expects:
            assert row["expected_amount"] is None
        else:
            assert paisa(row["expected_amount"]) == rounded(expected)
