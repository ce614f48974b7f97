"""Cases at the edge: grace, leap days, bounced cheques, certificates too early and too large.

One customer with one booking of 10 lakh (below the threshold of TDS) and one instalment of one
lakh, due 10 April 2026, as of 30 June, if a case says nothing else.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import Row, Scenario, booking, customer, day, entry

AS_OF = day("2026-06-30")
RATES = [
    {"id": "r0", "valid_from": day("2025-06-15"), "rate_percent": "10.90"},
    {"id": "r1", "valid_from": day("2025-08-15"), "rate_percent": "10.85"},
    {"id": "r2", "valid_from": day("2025-12-15"), "rate_percent": "10.80"},
]
Rows = dict[str, list[Row]]
One = Callable[[str, str, str], Row]


def of(key: str) -> dict[str, str]:
    return {"reference_document_type": "instalment", "reference_document_id": f"{key}/1"}


def flat(key: str, *receipts: tuple[str, str], due: str = "2026-04-10", **values: Any) -> Rows:
    """A customer, a booking, an instalment with its invoice, and receipts (day, amount)."""
    demand = values.pop("demand", min(due, "2026-03-20"))
    amount = values.pop("amount", "100000")
    deal = booking(key, f"c{key}", "2025-06-01", "1000000", **values.pop("deal", {}))
    plan = {
        "id": f"{key}/1",
        "booking_id": key,
        "number": 1,
        "label": "Slab",
        "amount": amount,
        "demand_date": day(demand),
        "due_date": day(due),
    }
    invoice = entry(
        f"{key}-inv", f"c{key}", demand, "invoice", amount, due_date=day(due), **of(key)
    )
    paid = [
        entry(f"{key}-p{place}", f"c{key}", on, "payment", amount, **of(key))
        for place, (on, amount) in enumerate(receipts)
    ]
    return {
        "customers": [customer(f"c{key}")],
        "bookings": [deal],
        "instalments": [plan | values.pop("plan", {})],
        "ledger_entries": [invoice, *paid, *values.pop("entries", [])],
        "interest_rates": RATES,
    }


def together(*told: Rows) -> Rows:
    """The tables of several flats; the rates are the same ones."""
    found: Rows = {}
    for rows in told:
        for table, each in rows.items():
            found.setdefault(table, []).extend(row for row in each if row not in found[table])
    return found


LAKH = "100000"
IN_TIME = together(
    flat("on_due_date", ("2026-04-10", LAKH)),
    flat("day_late", ("2026-04-11", LAKH)),
    flat("rate_change", ("2025-12-15", LAKH), due="2025-12-13"),
    flat("prepaid", ("2026-03-01", "40000"), ("2026-04-20", "60000")),
    flat("two_on_a_day", ("2026-04-15", "30000"), ("2026-04-15", "20000"), ("2026-04-30", "50000")),
    flat(
        "bounced",
        entries=[
            entry("bounced-p", "cbounced", "2026-04-05", "payment", LAKH, **of("bounced"))
            | {"status": "reversed"}
        ],
    ),
    flat("own_rate", ("2026-04-20", LAKH), deal={"interest_percent": "18"}),
    # Money that was entered on the due date and credited two days later.
    flat(
        "credited_late",
        entries=[
            entry("cl-p", "ccredited_late", "2026-04-10", "payment", LAKH, **of("credited_late"))
            | {"value_date": day("2026-04-12")}
        ],
    ),
    flat(
        "waived_early",
        plan={"waived_on": day("2026-04-30")},
        entries=[
            entry("we", "cwaived_early", "2026-04-30", "credit_note", LAKH, **of("waived_early"))
            | {"purpose": "waiver"}
        ],
    ),
    # Waived, and nobody posted the credit note: it ends there all the same.
    flat("waived_unposted", plan={"waived_on": day("2026-04-30")}),
    {
        **flat("no_invoice"),
        "ledger_entries": [],
    },
    flat("before_rates", due="2025-06-10", demand="2025-06-01"),
)
AFTER_GRACE = together(
    flat("on_day_7", ("2026-04-17", LAKH)), flat("on_day_8", ("2026-04-18", LAKH))
)
GRACE = {"interest": {"grace_days": 7}}
LARGE = {"booking_amount": "7500000"}


def certificate(key: str, on: str, amount: str, name: str = "tds") -> Row:
    row = entry(f"{key}-{name}", f"c{key}", on, "adjustment", f"-{amount}", **of(key))
    return row | {"purpose": "tds"}


def large(key: str, *receipts: tuple[str, str], **values: Any) -> Rows:
    """A booking above the threshold: of one lakh 1,000 are to be deducted."""
    rows = flat(key, *receipts, **values)
    rows["bookings"][0] |= LARGE
    return rows


TDS = together(
    large("certificate_first", entries=[certificate("certificate_first", "2026-04-01", "1000")]),
    large(
        "too_large",
        ("2026-04-05", "99000"),
        entries=[certificate("too_large", "2026-04-01", "3000")],
    ),
    large("deducts_nothing", ("2026-04-05", LAKH)),
    large("one_rupee_short", ("2026-04-05", "98999")),
    large(
        "two_payments",
        ("2026-04-05", "33000"),
        ("2026-04-08", "66000"),
        entries=[certificate("two_payments", "2026-05-20", "500")],
    ),
    flat("stamp", ("2026-04-05", "98750"), deal={"stamp_value": "1250000"}),
    {**flat("deposit", ("2026-04-05", LAKH), plan={"kind": "deposit"})},
)
for row in TDS["bookings"]:
    if row["id"] == "stamp":
        row |= {"booking_amount": "4000000", "stamp_value": "5000000"}
    if row["id"] == "deposit":
        row |= LARGE


def shared_voucher() -> Rows:
    """Two instalments of one lakh on one invoice, of which 1,000 each are TDS."""
    rows = large("shared", ("2026-04-05", "150000"))
    first = rows["instalments"][0] | {"demand_voucher": "INV-1"}
    second = first | {"id": "shared/2", "number": 2, "due_date": day("2026-04-12")}
    invoice = rows["ledger_entries"][0]
    invoice |= {"debit_amount": "200000", "ledger_code": "INV-1", "reference_document_id": None}
    rows["ledger_entries"][1] |= {"reference_document_id": "INV-1"}
    return rows | {"instalments": [first, second]}


def several_flats() -> Rows:
    """One customer with two flats and a payment of each, and one that names neither."""
    told = together(flat("f1"), flat("f2", due="2026-05-10"))
    for table in ("bookings", "ledger_entries"):
        told[table] = [row | {"customer_id": "c"} for row in told[table]]
    told["customers"] = [customer("c")]
    paid = [
        entry("x1", "c", "2026-06-01", "payment", "70000", booking_id="f2"),
        entry("x2", "c", "2026-06-02", "payment", "60000", booking_id="f2"),
        entry("x3", "c", "2026-06-03", "payment", "40000"),
    ]
    return told | {"ledger_entries": told["ledger_entries"] + paid}


def unit(key: str, status: str, **values: Any) -> Row:
    return {"id": key, "project_id": "p", "unit_number": key.upper(), "status": status} | values


def findings() -> Rows:
    """Something wrong of every kind that the rest has not."""
    cancelled = {"status": "cancelled", "cancellation_date": day("2026-01-10")}
    told = together(
        # Invoiced in the fiscal year before last and never withdrawn: 30 November has passed.
        flat(
            "tax_gone",
            ("2025-03-20", "105000"),
            due="2025-03-20",
            demand="2025-03-10",
            plan={"amount": "100000", "tax_amount": "5000"},
            amount="105000",
        ),
        flat("refund", ("2026-01-05", LAKH), due="2026-01-05"),
        flat("wrong_invoice", amount="100000", plan={"amount": "90000"}),
        flat("early", plan={"stage_id": "late", "due_date": day("2026-03-01")}),
        flat("fast", ("2026-04-01", "150000"), amount="150000", deal={"unit_id": "twice"}),
        flat("slow", deal={"unit_id": "twice"}),
        flat("overcharged", ("2026-04-10", LAKH)),
        flat("old"),
        flat("new", deal={"transferred_from": "old"}),
    )
    for row in told["bookings"]:
        if row["id"] in ("tax_gone", "refund"):
            row |= cancelled | {"cancellation_refund_amount": "1"}
        if row["id"] == "tax_gone":
            row["booking_date"] = day("2025-01-01")
        if row["id"] == "new":
            row |= {"booking_date": day("2026-04-20"), "customer_id": "cnew"}
        if row["id"] == "fast":
            row |= {"channel_partner_id": "cp", "brokerage_percent": "2"}
    told["ledger_entries"] += [
        entry("over", "covercharged", "2026-05-01", "debit_note", "10", purpose="interest"),
        entry("j1", "cold", "2026-04-20", "adjustment", "-100000", purpose="transfer", **of("old")),
        entry("j2", "cnew", "2026-04-20", "adjustment", "90000", purpose="transfer"),
    ]
    return told | {
        "projects": [{"id": "p", "project_name": "P"}],
        "stages": [
            {"id": "late", "project_id": "p", "stage_name": "Roof"}
            | {"completed_date": day("2026-05-01")}
        ],
        "units": [
            unit("twice", "available"),
            unit("lost", "sold"),
            unit("held", "blocked", blocked_until=day("2026-06-29")),
            unit("last_day", "blocked", blocked_until=AS_OF),
        ],
        "booking_parties": [
            {"id": f"y{n}", "booking_id": "fast", "party_name": f"Y{n}", "share_percent": "50"}
            for n in range(3)
        ],
        "channel_partners": [{"id": "cp", "partner_name": "CP"}],
        "brokerage_entries": [
            {"id": "be", "channel_partner_id": "cp", "booking_id": "fast", "kind": "payment"}
            | {"entry_date": day("2026-06-01"), "amount": "500"}
        ],
    }


def ending_reversal() -> Rows:
    """Tax of an invoice of May 2025 can be reversed until 30 November 2026."""
    told = flat(
        "ends",
        ("2025-06-05", "105000"),
        due="2025-06-05",
        demand="2025-05-10",
        amount="105000",
        plan={"amount": "100000", "tax_amount": "5000"},
        deal={"status": "cancelled", "cancellation_date": day("2026-09-20")},
    )
    told["bookings"][0]["booking_date"] = day("2025-05-01")
    return told


SCENARIOS = {
    "edges": Scenario(AS_OF, [IN_TIME]),
    "edges_due": Scenario(day("2026-04-10"), [flat("flat")]),
    "edges_next": Scenario(day("2026-04-11"), [flat("flat")]),
    "edges_leap": Scenario(
        day("2028-03-31"), [flat("flat", ("2028-03-01", LAKH), due="2028-02-28")]
    ),
    "edges_grace": Scenario(AS_OF, [AFTER_GRACE], realty=GRACE),
    "edges_grace_end": Scenario(
        AS_OF, [AFTER_GRACE], realty={"interest": {"grace_days": 7, "grace": "end_of_grace"}}
    ),
    "edges_in_grace": Scenario(day("2026-04-17"), [flat("flat")], realty=GRACE),
    "edges_tds": Scenario(AS_OF, [TDS]),
    "edges_voucher": Scenario(AS_OF, [shared_voucher()]),
    "edges_flats": Scenario(AS_OF, [several_flats()]),
    "edges_found": Scenario(AS_OF, [findings()]),
    "edges_reversal": Scenario(day("2026-10-05"), [ending_reversal()]),
    "edges_reversed_late": Scenario(day("2026-12-01"), [ending_reversal()]),
    "edges_late": Scenario(
        AS_OF,
        [
            flat(
                "flat",
                ("2026-01-05", "5000000"),
                due="2026-01-10",
                demand="2026-01-01",
                amount="5000000",
                deal={"delivery_date": day("2026-01-31")},
            )
        ],
    ),
}


@pytest.fixture(scope="module")
def one(query: Query) -> Any:
    """`one(table, tenant, key)`: the row of the instalment, or of the booking."""

    def read(table: str, tenant: str, key: str) -> Any:
        column = "booking_id" if table.endswith("accounts") else "instalment_id"
        key = key if column == "booking_id" or "/" in key else f"{key}/1"
        (row,) = query(f"select * from {table} where tenant_id = ? and {column} = ?", tenant, key)
        return row

    return read


@pytest.mark.parametrize(
    ("tenant", "key", "lines", "interest"),
    [
        ("edges", "on_due_date", [], "0"),
        ("edges", "day_late", [(1, 100000, "10.8")], "29.59"),
        ("edges", "rate_change", [(1, 100000, "10.85"), (1, 100000, "10.8")], "59.32"),
        ("edges_grace", "on_day_7", [], "0"),
        ("edges_grace", "on_day_8", [(8, 100000, "10.8")], "236.71"),
        ("edges_grace_end", "on_day_7", [], "0"),
        ("edges_grace_end", "on_day_8", [(1, 100000, "10.8")], "29.59"),
        ("edges_leap", "flat", [(2, 100000, "10.8")], "59.18"),
        ("edges", "prepaid", [(10, 60000, "10.8")], "177.53"),
        ("edges", "two_on_a_day", [(5, 100000, "10.8"), (15, 50000, "10.8")], "369.87"),
        ("edges_due", "flat", [], "0"),
        ("edges_next", "flat", [(1, 100000, "10.8")], "29.59"),
        ("edges_in_grace", "flat", [], "0"),
        ("edges", "bounced", [(81, 100000, "10.8")], "2396.71"),
        ("edges", "own_rate", [(10, 100000, "18")], "493.15"),
        ("edges", "credited_late", [(2, 100000, "10.8")], "59.18"),
        ("edges", "waived_early", [(20, 100000, "10.8")], "591.78"),
        ("edges", "waived_unposted", [(20, 100000, "10.8")], "591.78"),
        ("edges", "no_invoice", [], "0"),
    ],
)
def test_interest(
    query: Query, one: One, tenant: str, key: str, lines: list[Any], interest: str
) -> None:
    found = query(
        "select days, open_amount, rate_percent, interest from interest_lines"
        " where tenant_id = ? and booking_id = ? order by from_date",
        tenant,
        key,
    )
    assert [(row["days"], row["open_amount"], row["rate_percent"]) for row in found] == [
        (days, base, Decimal(rate)) for days, base, rate in lines
    ]
    assert one("booking_accounts", tenant, key)["interest_accrued"] == Decimal(interest)


def test_a_waiver_drops_what_was_not_billed(one: One) -> None:
    account = one("booking_accounts", "edges", "waived_early")
    assert account["interest_dropped"] == account["interest_accrued"] == Decimal("591.78")
    assert (account["interest_unbilled"], account["balance"], account["demanded"]) == (0, 0, 0)


def test_before_the_first_rate_no_interest_is_made_up(
    query: Query, one: One, failures: Failures
) -> None:
    (first, *_) = query(
        "select * from interest_lines where tenant_id = 'edges' and booking_id = 'before_rates'"
        " order by from_date"
    )
    assert (first["from_date"], first["rate_percent"]) == (day("2025-06-15"), Decimal("10.9"))
    assert failures("edges")["interest_rate_missing"] == 1


def test_a_demand_that_the_ledger_lacks_is_a_finding_and_opens_nothing(
    one: One, failures: Failures
) -> None:
    row = one("instalments", "edges", "no_invoice")
    assert (row["state"], row["open_cash"], row["ledger_amount"]) == ("demanded", 0, 0)
    assert failures("edges")["instalment_not_in_ledger"] == 1


@pytest.mark.parametrize(
    ("key", "state", "open_cash", "open_tds", "received_tds"),
    [
        ("certificate_first", "overdue", 99000, 0, 1000),
        ("too_large", "paid", 0, 0, 1000),
        ("deducts_nothing", "paid", 0, 0, 0),
        ("one_rupee_short", "overdue", 1, 1000, 0),
        ("two_payments", "tds_awaited", 0, 500, 500),
        ("stamp", "tds_awaited", 0, 1250, 0),
        ("deposit", "paid", 0, 0, 0),
    ],
)
def test_tds(
    one: One, key: str, state: str, open_cash: int, open_tds: int, received_tds: int
) -> None:
    row = one("instalments", "edges_tds", key)
    found = (row["state"], row["open_cash"], row["open_tds"], row["received_tds"])
    assert found == (state, open_cash, open_tds, received_tds)


def test_what_a_certificate_has_too_much_stays_unapplied(one: One, failures: Failures) -> None:
    account = one("booking_accounts", "edges_tds", "too_large")
    assert (account["unapplied_credit"], account["balance"]) == (-2000, -2000)
    assert failures("edges_tds")["tds_above_expected"] == 1


def test_certificates_settle_the_oldest_deduction(query: Query) -> None:
    rows = query(
        "select * from tds_awaited where tenant_id = 'edges_tds' order by booking_id, payment_date"
    )
    assert [(row["booking_id"], row["deducted"], row["awaited"]) for row in rows] == [
        ("one_rupee_short", Decimal("999.99"), Decimal("999.99")),
        ("stamp", 1250, 1250),
        ("two_payments", Decimal("666.67"), Decimal("500.00")),
    ]


def test_money_of_a_shared_voucher_leaves_the_tds_of_each(query: Query) -> None:
    rows = query("select * from instalments where tenant_id = 'edges_voucher' order by number")
    assert [(r["state"], r["received_cash"], r["open_cash"], r["open_tds"]) for r in rows] == [
        ("tds_awaited", 99000, 0, 1000),
        ("overdue", 51000, 48000, 1000),
    ]


def test_one_flats_money_pays_no_other(query: Query, failures: Failures) -> None:
    rows = query("select * from booking_accounts where tenant_id = 'edges_flats' order by 3")
    parts = ("booking_id", "overdue", "unapplied_credit", "balance", "received_cash")
    assert [tuple(row[part] for part in parts) for row in rows] == [
        # What names no flat pays what the flats' own money leaves open.
        ("(none)", 0, 0, 0, 0),
        ("f1", 60000, 0, 60000, 40000),
        ("f2", 0, -30000, -30000, 130000),
    ]
    assert failures("edges_flats")["entry_without_booking"] == 1


def test_every_other_finding(failures: Failures) -> None:
    assert failures("edges_found") == {
        "above_ten_percent_before_agreement": 1,
        "block_expired": 1,
        "booking_without_lead": 9,
        "brokerage_paid_unearned": 1,
        "demand_before_stage": 1,
        "due_before_demand": 1,
        "instalment_differs_from_ledger": 1,
        "interest_overbilled": 1,
        # Each flat has one instalment of its ten lakh.
        "plan_is_not_value": 5,
        "refund_differs": 2,
        "refund_waits": 2,
        "shares_not_100": 1,
        "transfer_restarts_due_date": 1,
        "transfer_unbalanced": 1,
        "unit_sold_twice": 1,
        "unit_status_differs": 1,
    }


def test_of_two_bookings_on_a_unit_both_are_told(query: Query) -> None:
    (row,) = query("select * from units where tenant_id = 'edges_found' and unit_id = 'twice'")
    assert (row["booking_id"], row["live_bookings"], row["other_booking_ids"]) == (
        *("fast", 2, "slow"),
    )


def test_shares_that_are_not_100_are_equal_ones(query: Query) -> None:
    rows = query("select * from booking_parties where tenant_id = 'edges_found' order by place")
    assert [(row["has_shares"], row["share_percent"]) for row in rows] == [
        (False, Decimal("33.3333"))
    ] * 3


@pytest.mark.parametrize(
    ("tenant", "booking_id", "due", "not_reversed", "by"),
    [
        ("edges_found", "tax_gone", 100000, 5000, day("2025-11-30")),
        ("edges_reversal", "ends", 105000, 0, day("2026-11-30")),
        ("edges_reversed_late", "ends", 100000, 5000, day("2026-11-30")),
    ],
)
def test_tax_is_refunded_while_it_can_be_reversed(
    query: Query,
    failures: Failures,
    tenant: str,
    booking_id: str,
    due: int,
    not_reversed: int,
    by: date,
) -> None:
    (row,) = query(
        "select * from cancellation_settlements where tenant_id = ? and booking_id = ?",
        tenant,
        booking_id,
    )
    assert (row["refund_due_amount"], row["tax_not_reversed_amount"]) == (due, not_reversed)
    assert row["credit_notes_by"] == by
    assert ("tax_reversal_ends" in failures(tenant)) == (tenant == "edges_reversal")


def test_late_possession(one: One) -> None:
    account = one("booking_accounts", "edges_late", "flat")
    assert (account["promised_date_passed"], account["days_late"]) == (day("2026-01-31"), 150)
    assert account["late_possession_interest"] == Decimal("221917.81")
    assert account["balance"] == 0
