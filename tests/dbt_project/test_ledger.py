"""The ledger: order, running balance, reversals, ageing and allocation."""

from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import Row, booking, customer, day, entry, instant, scenario

BUCKETS = (
    "not_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_120",
    "days_over_120",
    "unapplied_credit",
)


def refund(of: str, on: str, key: str = "c", **values: object) -> Row:
    """Money paid out: a payment on the side on which payments never stand."""
    row = entry(f"{of}-{key}", of, on, "payment", "0", debit_amount="500")
    return row | values


EXAMPLE = scenario(
    day("2025-11-25"),
    customers=[customer("asha")],
    ledger_entries=[
        entry("1", "asha", "2025-09-01", "invoice", "500000"),
        entry("2", "asha", "2025-09-10", "payment", "300000"),
        entry("3", "asha", "2025-09-20", "credit_note", "50000"),
        entry("4", "asha", "2025-10-01", "payment", "150000"),
    ],
)

# A peer's published cases, as data: each customer is one case, as of 30 June.
AGEING = scenario(
    day("2026-06-30"),
    customers=[customer(f"case{n}") for n in range(1, 7)] + [customer("terms", credit_days=30)],
    ledger_entries=[
        # An invoice of 100 in instalments of 30, 50 and 20; 40 are paid.
        entry("a1", "case1", "2026-01-10", "invoice", "30", due_date=day("2026-02-01")),
        entry("a2", "case1", "2026-01-10", "invoice", "50", due_date=day("2026-04-15")),
        entry("a3", "case1", "2026-01-10", "invoice", "20", due_date=day("2026-07-15")),
        entry("a4", "case1", "2026-03-01", "payment", "40"),
        entry("b1", "case2", "2026-06-01", "invoice", "100"),
        entry("b2", "case2", "2026-06-02", "payment", "99.99"),
        # An advance.
        entry("c1", "case3", "2026-05-01", "payment", "1000"),
        # An invoice and a receipt after the day.
        entry("d1", "case4", "2026-06-15", "invoice", "70", due_date=day("2026-06-30")),
        entry("d2", "case4", "2026-07-01", "invoice", "500"),
        entry("d3", "case4", "2026-07-01", "payment", "70"),
        # One debit on each side of every edge of the buckets.
        *(
            entry(f"e{n}", "case5", "2026-01-01", "invoice", str(10**n), due_date=day(due))
            for n, due in enumerate(
                (
                    "2026-06-30",
                    "2026-06-29",
                    "2026-05-31",
                    "2026-05-30",
                    "2026-05-01",
                    "2026-04-30",
                    "2026-04-01",
                    "2026-03-31",
                    "2026-03-02",
                    "2026-03-01",
                )
            )
        ),
        # A debit note and an adjustment age like an invoice; an adjustment may be a credit.
        entry("f1", "case6", "2026-06-01", "debit_note", "10"),
        entry("f2", "case6", "2026-06-02", "adjustment", "5"),
        entry("f3", "case6", "2026-06-03", "adjustment", "-12"),
        # Terms of thirty days, with the due date left out: one due on the day, one the day before.
        entry("g1", "terms", "2026-05-31", "invoice", "1"),
        entry("g2", "terms", "2026-05-30", "invoice", "2"),
    ],
)

REVERSALS = scenario(
    day("2026-03-31"),
    customers=[customer(name) for name in ("named", "mirror", "bounced", "lonely", "void", "twin")],
    ledger_entries=[
        # The contra is live and names what it undoes.
        entry("n1", "named", "2026-01-01", "invoice", "100", status="reversed"),
        entry("n2", "named", "2026-01-05", "adjustment", "-100", reference_document_id="n1"),
        entry("n3", "named", "2026-01-06", "invoice", "80"),
        # The contra names nothing, but stands on the side on which an invoice never stands.
        entry("m1", "mirror", "2026-01-01", "invoice", "60", status="reversed"),
        entry("m2", "mirror", "2026-01-03", "invoice", "0", credit_amount="60"),
        entry("m3", "mirror", "2026-01-04", "payment", "60"),
        # A bounced cheque names the invoice that it was to pay: the invoice stays.
        entry("b1", "bounced", "2026-01-01", "invoice", "100"),
        entry("b2", "bounced", "2026-01-02", "payment", "100", status="reversed")
        | {"reference_document_id": "b1"},
        entry("b3", "bounced", "2026-01-03", "debit_note", "100", reference_document_id="b2"),
        # Reversed without a contra: left out, and found.
        entry("l1", "lonely", "2026-01-01", "invoice", "40", status="reversed"),
        entry("l2", "lonely", "2026-01-02", "payment", "40"),
        entry("v1", "void", "2026-01-01", "invoice", "55", status="cancelled"),
        # Both halves are marked: two equal pairs.
        *(
            entry(f"t{n}", "twin", f"2026-01-0{n}", kind, "10", status="reversed")
            for n, kind in enumerate(["invoice", "invoice", "credit_note", "credit_note"], start=1)
        ),
    ],
)

ORDER = scenario(
    day("2026-03-31"),
    customers=[customer("order")],
    ledger_entries=[
        entry("z9", "order", "2026-01-02", "invoice", "1", ledger_code="V-1"),
        entry("z1", "order", "2026-01-02", "invoice", "2", ledger_code="V-1"),
        entry("z2", "order", "2026-01-02", "invoice", "4", ledger_code="V-0"),
        entry("z3", "order", "2026-01-02", "invoice", "8", created_at=instant("2026-01-02T09:00")),
        entry("z4", "order", "2026-01-02", "invoice", "16", created_at=instant("2026-01-02T08:00")),
        entry("z5", "order", "2026-01-01", "invoice", "32", created_at=instant("2026-01-05T08:00")),
        entry("z6", "order", "2026-01-06", "payment", "63", balance_after="0.00")
        | {"created_at": instant("2026-01-06T20:00")},
        entry("z7", "order", "2026-01-07", "payment", "0.01", balance_after="0.00"),
    ],
)

ALLOCATION = scenario(
    day("2026-03-31"),
    customers=[customer(name) for name in ("named", "papers", "plain", "over", "chain")],
    ledger_entries=[
        # The older debit waits: the payment names the younger.
        entry("n1", "named", "2026-01-01", "invoice", "100"),
        entry("n2", "named", "2026-02-01", "invoice", "100"),
        entry("n3", "named", "2026-03-01", "payment", "60", reference_document_id="V-n2"),
        # Two instalments and two payments share a document.
        entry("p1", "papers", "2026-01-01", "invoice", "70", reference_document_id="order-1"),
        entry("p2", "papers", "2026-01-02", "invoice", "30", reference_document_id="order-2"),
        entry("p3", "papers", "2026-01-03", "invoice", "50", reference_document_id="order-1"),
        entry("p4", "papers", "2026-01-04", "payment", "40", reference_document_id="order-1"),
        entry("p5", "papers", "2026-01-05", "payment", "65", reference_document_id="order-1"),
        # Oldest due first, and not oldest first.
        entry("q1", "plain", "2026-01-01", "invoice", "100", due_date=day("2026-03-15")),
        entry("q2", "plain", "2026-01-02", "invoice", "100", due_date=day("2026-02-15")),
        entry("q3", "plain", "2026-01-03", "payment", "130"),
        # More is paid than the named invoice is worth: the rest goes on.
        entry("o1", "over", "2026-01-01", "invoice", "10"),
        entry("o2", "over", "2026-01-02", "invoice", "20"),
        entry("o3", "over", "2026-01-03", "payment", "50", reference_document_id="o2"),
        # Many to many.
        *(entry(f"d{n}", "chain", f"2026-01-0{n}", "invoice", "7") for n in range(1, 6)),
        *(entry(f"e{n}", "chain", f"2026-02-0{n}", "payment", "5") for n in range(1, 7)),
    ],
)

REFUNDS = scenario(
    day("2026-03-31"),
    customers=[customer(name) for name in ("mirror", "refund", "older", "two", "same", "later")],
    ledger_entries=[
        entry(f"{name}-r", name, "2026-01-10", "payment", "500", status="reversed")
        | {"reference_document_id": "order-1" if name == "same" else None}
        for name in ("mirror", "refund", "older", "two", "same", "later")
    ]
    + [
        refund("mirror", "2026-01-12"),
        # It says what it refunds: another receipt.
        refund("refund", "2026-01-12", reference_document_id="V-other"),
        refund("older", "2026-01-09"),
        refund("two", "2026-01-12"),
        refund("two", "2026-01-13", key="again"),
        refund("same", "2026-01-12", reference_document_id="order-1"),
        refund("later", "2026-04-01"),
    ],
)

# Neither is in the customer file, and nothing of theirs counts.
STRANGERS = scenario(
    day("2026-03-31"),
    ledger_entries=[entry("s1", "undone", "2026-03-01", "invoice", "9", status="reversed")],
    bookings=[booking("s2", "waiting", "2026-03-01", "9", "pending")],
)

SCENARIOS = {
    "example": EXAMPLE,
    "ageing": AGEING,
    "reversals": REVERSALS,
    "ledger_order": ORDER,
    "allocation": ALLOCATION,
    "strangers": STRANGERS,
    "refunds": REFUNDS,
}


def summary(query: Query, tenant: str, customer_id: str) -> Row:
    (row,) = query(
        "select * from v_customer_ledger_summary where tenant_id = ? and customer_id = ?",
        tenant,
        customer_id,
    )
    return row


def buckets(query: Query, tenant: str, customer_id: str) -> dict[str, str]:
    row = summary(query, tenant, customer_id)
    assert sum(row[bucket] for bucket in BUCKETS) == row["outstanding_balance"]
    return {bucket: str(row[bucket]) for bucket in BUCKETS if row[bucket]}


def balances(query: Query, tenant: str, customer_id: str) -> dict[str, Decimal]:
    rows = query(
        "select entry_id, running_balance from ledger_entries"
        " where tenant_id = ? and customer_id = ? and is_effective order by entry_order",
        tenant,
        customer_id,
    )
    return {row["entry_id"]: row["running_balance"] for row in rows}


def allocations(query: Query, customer_id: str) -> list[tuple[str, str, int, str]]:
    rows = query(
        "select credit_entry_id, debit_entry_id, amount, method from ledger_allocations"
        " where tenant_id = 'allocation' and customer_id = ? order by all",
        customer_id,
    )
    return [
        (row["credit_entry_id"], row["debit_entry_id"], int(row["amount"]), row["method"])
        for row in rows
    ]


def test_the_account_of_one_sale(query: Query, failures: Failures) -> None:
    assert list(balances(query, "example", "asha").values()) == [500000, 200000, 150000, 0]
    row = summary(query, "example", "asha")
    assert row["outstanding_balance"] == 0
    assert row["total_paid"] + row["total_credit_notes"] == row["total_invoiced"] == 500000
    assert (row["last_payment_date"], row["last_payment_amount"]) == (day("2025-10-01"), 150000)
    assert row["total_transactions"] == 4
    assert query("select * from ledger_open_items where tenant_id = 'example'") == []
    assert failures("example") == {}


def test_instalments_age_each_by_its_own_due_date(query: Query) -> None:
    # 40 pays the first instalment and ten of the second.
    assert buckets(query, "ageing", "case1") == {"days_61_90": "40.00", "not_due": "20.00"}


def test_a_cent_stays_open(query: Query) -> None:
    assert buckets(query, "ageing", "case2") == {"days_1_30": "0.01"}


def test_an_advance_is_unapplied_credit(query: Query) -> None:
    assert buckets(query, "ageing", "case3") == {"unapplied_credit": "-1000.00"}


def test_nothing_dated_after_the_day_counts(query: Query, failures: Failures) -> None:
    assert buckets(query, "ageing", "case4") == {"not_due": "70.00"}
    assert failures("ageing") == {"ledger_after_as_of": 2}


def test_bucket_edges(query: Query) -> None:
    assert buckets(query, "ageing", "case5") == {
        "not_due": "1.00",  # due on the day itself
        "days_1_30": "110.00",  # 1 and 30 days
        "days_31_60": "11000.00",  # 31 and 60
        "days_61_90": "1100000.00",  # 61 and 90
        "days_91_120": "110000000.00",  # 91 and 120
        "days_over_120": "1000000000.00",  # 121
    }


def test_totals_go_by_type_and_not_by_sign(query: Query) -> None:
    row = summary(query, "ageing", "case6")
    assert (row["total_debit_notes"], row["total_adjustments"]) == (10, -7)
    assert (row["outstanding_balance"], row["outstanding_balance_legacy"]) == (3, 0)


def test_terms_of_the_customer_where_no_due_date_is_given(query: Query) -> None:
    assert buckets(query, "ageing", "terms") == {"not_due": "1.00", "days_1_30": "2.00"}


def test_receivables_are_the_customers_together(query: Query) -> None:
    (row,) = query("select * from receivables where tenant_id = 'ageing'")
    assert row["receivable"] + row["customer_credits"] == row["closing"]
    assert row["customer_credits"] == -1000
    assert sum(row[bucket] for bucket in BUCKETS) == row["closing"]
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'ageing'")
    assert kpi["outstanding_balance"] == row["closing"]


@pytest.mark.parametrize(
    ("customer_id", "left"),
    [
        ("named", {"n3": 80}),
        ("mirror", {"m3": -60}),
        ("bounced", {"b1": 100}),
        ("lonely", {"l2": -40}),
        ("void", {}),
        ("twin", {}),
    ],
)
def test_a_reversed_entry_and_its_contra_leave_as_a_pair(
    query: Query, customer_id: str, left: dict[str, int]
) -> None:
    assert balances(query, "reversals", customer_id) == left


def test_who_is_in_no_customer_file_is_a_customer_even_if_nothing_counts(query: Query) -> None:
    assert query(
        "select customer_id, customer_name, is_known, balance from customers"
        " where tenant_id = 'strangers' order by customer_id"
    ) == [
        {"customer_id": name, "customer_name": "Unknown", "is_known": False, "balance": Decimal(0)}
        for name in ("undone", "waiting")
    ]


@pytest.mark.parametrize(
    ("customer_id", "owes"),
    # What is left of the account if the refund counts, and nothing if it undoes the receipt.
    [("mirror", 0), ("same", 0), ("refund", 500), ("older", 500), ("two", 1000), ("later", 0)],
)
def test_a_refund_is_no_contra(query: Query, customer_id: str, owes: int) -> None:
    assert summary(query, "refunds", customer_id)["outstanding_balance"] == owes


def test_what_may_undo_a_reversed_entry_and_does_not_is_found(
    query: Query, failures: Failures
) -> None:
    found = failures("refunds")
    assert (found["ledger_mirror_uncertain"], found["ledger_reversal_unpaired"]) == (4, 4)
    (row,) = query(
        "select sample from data_checks"
        " where tenant_id = 'refunds' and check_name = 'ledger_mirror_uncertain'"
    )
    assert row["sample"] == "older-c, refund-c, two-again"


def test_a_reversal_without_its_other_half_is_found(query: Query, failures: Failures) -> None:
    assert failures("reversals")["ledger_reversal_unpaired"] == 1
    reasons = query(
        "select entry_id, exclusion_reason from ledger_entries"
        " where tenant_id = 'reversals' and not is_effective order by 1"
    )
    assert {row["entry_id"]: row["exclusion_reason"] for row in reasons} == {
        **dict.fromkeys(["n1", "m1", "b2", "l1", "t1", "t2", "t3", "t4"], "reversed"),
        **dict.fromkeys(["n2", "m2", "b3"], "reversal"),
        "v1": "cancelled",
    }


def test_order_is_date_creation_voucher_id(query: Query) -> None:
    assert balances(query, "ledger_order", "order") == {
        "z5": 32,
        "z4": 48,
        "z3": 56,
        "z2": 60,
        "z1": 62,
        "z9": 63,
        "z6": 0,
        "z7": Decimal("-0.01"),
    }


def test_an_entry_made_after_a_later_one_is_back_dated(query: Query) -> None:
    rows = query(
        "select entry_id, entered_date from ledger_entries"
        " where tenant_id = 'ledger_order' and is_back_dated"
    )
    assert rows == [{"entry_id": "z5", "entered_date": day("2026-01-05")}]


def test_an_entry_made_in_the_evening_was_made_on_the_local_day(query: Query) -> None:
    (row,) = query(
        "select entered_date from ledger_entries"
        " where tenant_id = 'ledger_order' and entry_id = 'z6'"
    )
    assert row["entered_date"] == day("2026-01-07")


def test_a_stored_balance_that_differs_is_flagged(query: Query, failures: Failures) -> None:
    assert failures("ledger_order")["ledger_balance_after_differs"] == 1
    rows = query(
        "select entry_id from ledger_entries where quality_flags = 'balance_differs'"
        " and tenant_id = 'ledger_order'"
    )
    assert [row["entry_id"] for row in rows] == ["z7"]


def test_a_named_debit_is_paid_before_an_older_one(query: Query) -> None:
    assert allocations(query, "named") == [("n3", "n2", 60, "explicit")]


def test_a_shared_document_is_paid_in_order(query: Query) -> None:
    assert allocations(query, "papers") == [
        ("p4", "p1", 40, "explicit"),
        ("p5", "p1", 30, "explicit"),
        ("p5", "p3", 35, "explicit"),
    ]


def test_what_names_nothing_pays_what_is_due_first(query: Query) -> None:
    assert allocations(query, "plain") == [
        ("q3", "q1", 30, "derived"),
        ("q3", "q2", 100, "derived"),
    ]


def test_what_a_named_debit_leaves_goes_on(query: Query) -> None:
    assert allocations(query, "over") == [("o3", "o1", 10, "derived"), ("o3", "o2", 20, "explicit")]
    assert buckets(query, "allocation", "over") == {"unapplied_credit": "-20.00"}


def test_partial_amounts_add_up(query: Query) -> None:
    rows = allocations(query, "chain")
    assert sum(amount for _, _, amount, _ in rows) == 30
    paid = {n: sum(a for _, debit, a, _ in rows if debit == f"d{n}") for n in range(1, 6)}
    assert paid == {1: 7, 2: 7, 3: 7, 4: 7, 5: 2}
    used = {n: sum(a for credit, _, a, _ in rows if credit == f"e{n}") for n in range(1, 7)}
    assert set(used.values()) == {5}
