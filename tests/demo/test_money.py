"""The ledgers tie: every balance, every plan, every cancellation."""

from datetime import timedelta
from decimal import Decimal

import polars as pl

from tests.demo.conftest import Organisation

ORDER = ["customer_id", "ledger_date", "created_at", "ledger_code", "id"]


def _effective(org: Organisation) -> pl.DataFrame:
    return org.tables["ledger_entries"].filter(pl.col("status") == "active").sort(ORDER)


def test_each_balance_is_the_running_one_in_the_products_order(org: Organisation) -> None:
    balance: dict[str, Decimal] = {}
    columns = ["customer_id", "debit_amount", "credit_amount", "balance_after"]
    for customer, debit, credit, stated in _effective(org).select(columns).iter_rows():
        balance[customer] = balance.get(customer, Decimal(0)) + debit - credit
        assert stated == balance[customer]
    stored = dict(org.tables["customers"].select("id", "current_balance").iter_rows())
    assert {customer: stored[customer] for customer in balance} == balance


def test_an_entry_is_a_debit_or_a_credit_on_the_side_of_its_type(org: Organisation) -> None:
    rows = org.tables["ledger_entries"]
    assert rows.filter((pl.col("debit_amount") > 0) & (pl.col("credit_amount") > 0)).is_empty()
    assert (rows["debit_amount"] >= 0).all()
    assert (rows["credit_amount"] >= 0).all()
    debits, credits = ["invoice", "debit_note"], ["payment", "credit_note"]
    kind = pl.col("transaction_type")
    assert rows.filter(kind.is_in(debits) & (pl.col("credit_amount") > 0)).is_empty()
    assert rows.filter(kind.is_in(credits) & (pl.col("debit_amount") > 0)).is_empty()


def test_each_demand_belongs_to_a_booking_of_its_customer(org: Organisation) -> None:
    rows = org.tables["ledger_entries"]
    demands = rows.filter(pl.col("transaction_type") == "invoice")
    assert (demands["reference_document_type"] == "booking").all()
    joined = demands.join(
        org.tables["bookings"], left_on="reference_document_id", right_on="id", suffix="_booking"
    )
    assert len(joined) == len(demands)
    assert (joined["customer_id"] == joined["customer_id_booking"]).all()
    assert (joined["ledger_date"] >= joined["booking_date"]).all()
    assert (demands["due_date"] >= demands["ledger_date"]).all()
    assert (demands["due_date"] - demands["ledger_date"]).max() <= timedelta(days=30)  # type: ignore[operator]


def test_payments_name_an_invoice_of_the_same_customer_or_none(org: Organisation) -> None:
    rows = org.tables["ledger_entries"]
    payments = rows.filter(pl.col("transaction_type") == "payment")
    named = payments.filter(pl.col("reference_document_type") == "invoice")
    joined = named.join(rows, left_on="reference_document_id", right_on="id", suffix="_invoice")
    assert len(joined) == len(named)
    assert (joined["customer_id"] == joined["customer_id_invoice"]).all()
    on_account = payments["reference_document_id"].is_null().mean()
    assert 0.1 < on_account < 0.5  # type: ignore[operator]


def total(rows: pl.DataFrame, column: str) -> Decimal:
    found = rows[column].sum()
    assert isinstance(found, Decimal)
    return found


def test_a_cancelled_booking_is_unwound_and_its_refund_paid_or_owed(org: Organisation) -> None:
    rows = _effective(org)
    once = org.tables["bookings"].filter(pl.len().over("customer_id") == 1)
    cancelled = once.filter(pl.col("status") == "cancelled")
    assert len(cancelled) > 0
    for booking in cancelled.iter_rows(named=True):
        own = rows.filter(pl.col("customer_id") == booking["customer_id"])
        about = own.filter(pl.col("reference_document_id") == booking["id"])
        assert "credit_note" in set(about["transaction_type"])
        adjusted = about.filter(pl.col("transaction_type") == "adjustment")
        owed = total(own, "credit_amount") - total(own, "debit_amount")
        paid_back = total(adjusted, "debit_amount")
        assert paid_back + owed == booking["cancellation_refund_amount"]
        if booking["cancellation_date"] < org.as_of - timedelta(days=60):
            assert owed == 0


def test_reversed_rows_are_pairs(org: Organisation) -> None:
    rows = org.tables["ledger_entries"].filter(pl.col("status") == "reversed")
    contra = rows.filter(pl.col("reference_document_type") == "reversal")
    pairs = contra.join(rows, left_on="reference_document_id", right_on="id", suffix="_original")
    assert len(pairs) * 2 == len(rows) > 0
    assert (pairs["debit_amount"] == pairs["credit_amount_original"]).all()
    assert rows["balance_after"].is_null().all()


def test_some_entries_were_posted_late(org: Organisation) -> None:
    late = _effective(org).filter(
        pl.col("created_at").cum_max().shift(1).over("customer_id") > pl.col("created_at").dt.date()
    )
    entered = org.tables["ledger_entries"].filter(
        pl.col("created_at").dt.date() > pl.col("ledger_date")
    )
    assert 0 < len(entered) <= 12
    assert len(late) > 0


def test_voucher_numbers_are_unique_and_without_gaps(org: Organisation) -> None:
    codes = org.tables["ledger_entries"]["ledger_code"]
    assert codes.n_unique() == len(codes)
    parts = codes.str.split_exact("/", 3).struct.rename_fields(["p", "kind", "year", "no"])
    series = parts.struct.unnest().with_columns(pl.col("no").cast(pl.Int64))
    counted = series.group_by("kind", "year").agg(pl.col("no").max(), n=pl.len())
    assert (counted["no"] == counted["n"]).all()


def test_receivables_are_mixed_but_credible(org: Organisation) -> None:
    rows = _effective(org)
    invoiced = total(rows.filter(pl.col("transaction_type") == "invoice"), "debit_amount")
    balance = rows.group_by("customer_id").agg(
        owed=pl.col("debit_amount").sum() - pl.col("credit_amount").sum()
    )
    receivable = total(balance.filter(pl.col("owed") > 0), "owed")
    assert Decimal("0.04") < receivable / invoiced < Decimal("0.35")
    assert balance.filter(pl.col("owed") < 0).height < 0.1 * balance.height
    assert balance.filter(pl.col("owed") == 0).height > 0.2 * balance.height


def test_completed_bookings_are_delivered_and_paid(org: Organisation) -> None:
    once = org.tables["bookings"].filter(pl.len().over("customer_id") == 1)
    done = once.filter(pl.col("status") == "completed")
    assert (done["delivery_date"] <= org.as_of).all()
    owed = dict(org.tables["customers"].select("id", "current_balance").iter_rows())
    assert all(owed[customer] <= 0 for customer in done["customer_id"])
