"""Ledger entries: the lines of the customers' accounts, debits and credits."""

import polars as pl

from pipeline.contracts.model import (
    Contract,
    HardRule,
    SoftRule,
    choice,
    date,
    identifier,
    money,
    text,
)

_DEBIT = pl.col("debit_amount").fill_null(0)
_CREDIT = pl.col("credit_amount").fill_null(0)

LEDGER_ENTRIES = Contract(
    entity="ledger_entries",
    source_table="sales_account_ledgers",
    about="The lines of the customers' accounts: one row an entry. A debit raises what the"
    " customer owes, a credit lowers it.",
    own_columns=(
        identifier(),
        text("customer_id", "whose account: a customers.id", required=True),
        text("ledger_code", "voucher number", required=True),
        date("ledger_date", "the day to which the entry belongs", required=True),
        choice(
            "transaction_type",
            "what it is",
            ("invoice", "payment", "credit_note", "debit_note", "adjustment"),
            required=True,
        ),
        text("reference_document_type", "kind of document that it refers to"),
        text("reference_document_id", "that document: its id, or the id or voucher of an entry"),
        money("debit_amount", "raises what the customer owes"),
        money("credit_amount", "lowers what the customer owes"),
        money(
            "balance_after",
            "running balance as the source has it; only compared, never used",
            signed=True,
        ),
        date("due_date", "when it is to be paid; else ledger_date + the customer's credit_days"),
        text("description", "what it is for"),
        text("remarks", "remarks"),
        choice(
            "status",
            "only active entries count; empty means active",
            ("active", "reversed", "cancelled"),
        ),
        text("booking_id", "the booking that it belongs to: a bookings.id"),
        choice(
            "purpose",
            "what it is for; empty means instalment for invoices and payments",
            (
                *("instalment", "charge", "deposit", "interest", "tds", "waiver"),
                *("withdrawal", "forfeiture", "refund", "transfer"),
            ),
        ),
        money("tax_amount", "GST within the amount"),
        date("value_date", "the day on which the money was credited; else ledger_date"),
    ),
    hard_rules=(
        HardRule(
            "debit_and_credit",
            "debit_amount",
            "debit and credit are both above zero: an entry is one or the other",
            (_DEBIT > 0) & (_CREDIT > 0),
        ),
    ),
    soft_rules=(
        SoftRule("zero_amount", "debit and credit are both zero", (_DEBIT == 0) & (_CREDIT == 0)),
        SoftRule(
            "debit_on_payment",
            "a payment raises what the customer owes",
            (pl.col("transaction_type") == "payment") & (_DEBIT > 0),
        ),
        SoftRule(
            "credit_on_invoice",
            "an invoice lowers what the customer owes",
            (pl.col("transaction_type") == "invoice") & (_CREDIT > 0),
        ),
        SoftRule("unknown_customer", "the customer_id is no customer of the tenant"),
        SoftRule(
            "balance_differs", "balance_after is not the running balance computed from the entries"
        ),
    ),
)
