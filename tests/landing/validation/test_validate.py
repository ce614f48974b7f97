"""Every hard rule with its reason, every soft rule with its flag, and nothing lost in between."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import CONTRACTS
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.validate import Block, Context, Validated, validate

CONTEXT = Context("skyline", Dialect(ZoneInfo("Asia/Kolkata")), datetime(2026, 4, 1, tzinfo=UTC))

GOOD = {
    "leads": {"id": "L1", "status": "new", "created_at": "2026-01-05T10:00:00"},
    "milestones": {
        "id": "M1",
        "lead_id": "L1",
        "milestone_type": "site_visit",
        "milestone_date": "2026-01-05",
    },
    "engagement": {
        "id": "E1",
        "lead_id": "L1",
        "engagement_type": "call_made",
        "engagement_date": "2026-01-05T10:00:00Z",
    },
    "bookings": {
        "id": "B1",
        "customer_id": "C1",
        "lead_id": "L1",
        "booking_code": "B-1",
        "booking_date": "2026-01-05",
        "booking_amount": "5000000",
        "status": "confirmed",
    },
    "ledger_entries": {
        "id": "E1",
        "customer_id": "C1",
        "ledger_code": "INV-1",
        "ledger_date": "2026-01-05",
        "transaction_type": "invoice",
        "debit_amount": "100.00",
    },
}


def judge(entity: str, *changes: dict[str, str | None]) -> Validated:
    """Good rows of an entity with changes, judged."""
    rows = [{**GOOD[entity], **change} for change in changes]
    columns = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in columns},
        schema=dict.fromkeys(columns, pl.String),
    )
    return validate(Block(frame), CONTRACTS[entity], CONTEXT)


def reasons(judged: Validated) -> list[list[tuple[str | None, str, str]]]:
    return [
        [tuple(reason.values()) for reason in json.loads(text)] for text in judged.bad["reasons"]
    ]


@pytest.mark.parametrize(
    ("entity", "change", "column", "rule", "message"),
    [
        ("leads", {"id": None}, "id", "required", "a value is required"),
        ("leads", {"status": "  "}, "status", "required", "a value is required"),
        ("leads", {"status": "New"}, "status", "not_in_list", "'New' is not one of new, contacted"),
        ("leads", {"probability": "101"}, "probability", "out_of_range", "'101' is outside 0 to"),
        ("leads", {"probability": "-1"}, "probability", "out_of_range", "'-1' is outside 0 to"),
        (
            "leads",
            {"converted_to_customer": "maybe"},
            "converted_to_customer",
            "unreadable",
            "'maybe' is not one of true/false",
        ),
        ("leads", {"created_at": "noon"}, "created_at", "unreadable", "'noon' is not a timestamp"),
        (
            "leads",
            {"created_at": "1969-12-31T23:59:59Z"},
            "created_at",
            "date_range",
            "before 1970",
        ),
        (
            "leads",
            {"assigned_date": "2076-04-02"},
            "assigned_date",
            "date_range",
            "more than 50 years ahead",
        ),
        ("leads", {"first_name": "As\0ha"}, "first_name", "nul", "contains a NUL character"),
        ("leads", {"tenant_id": "tidewater"}, "tenant_id", "tenant", "not the tenant of this"),
        (
            "milestones",
            {"location_latitude": "90.0000001"},
            "location_latitude",
            "out_of_range",
            "'90.0000001' is outside -90 to 90",
        ),
        (
            "milestones",
            {"location_longitude": "-181"},
            "location_longitude",
            "out_of_range",
            "'-181' is outside -180 to 180",
        ),
        ("milestones", {"metadata": "{a:1}"}, "metadata", "unreadable", "'{a:1}' is not JSON"),
        (
            "milestones",
            {"milestone_time": "26:00"},
            "milestone_time",
            "unreadable",
            "'26:00' is not a time of day",
        ),
        (
            "milestones",
            {"duration_minutes": "1.5"},
            "duration_minutes",
            "unreadable",
            "'1.5' is not a whole number",
        ),
        (
            "bookings",
            {"booking_date": "31/12/2025"},
            "booking_date",
            "unreadable",
            "'31/12/2025' is not a date (YYYY-MM-DD)",
        ),
        ("bookings", {"booking_amount": "-1"}, "booking_amount", "negative", "'-1' is negative"),
        (
            "bookings",
            {"booking_amount": "1.001"},
            "booking_amount",
            "decimals",
            "'1.001' has more than two decimals",
        ),
        (
            "bookings",
            {"booking_amount": "12345678901234567"},
            "booking_amount",
            "out_of_range",
            "'12345678901234567' is too large",
        ),
        (
            "bookings",
            {"booking_amount": "1,000"},
            "booking_amount",
            "unreadable",
            "'1,000' is not a number",
        ),
        (
            "ledger_entries",
            {"credit_amount": "0.01"},
            "debit_amount",
            "debit_and_credit",
            "debit and credit are both above zero",
        ),
    ],
)
def test_a_hard_rule_quarantines_with_column_rule_and_reason(
    entity: str, change: dict[str, str | None], column: str, rule: str, message: str
) -> None:
    judged = judge(entity, {}, change)
    assert judged.good["id"].to_list() == [GOOD[entity]["id"]]
    ((found,),) = reasons(judged)
    assert found[:2] == (column, rule)
    assert message in found[2]
    assert f"{column}: {found[2]}" == judged.bad["reason_text"][0]
    assert judged.bad["position"].to_list() == [1]


def test_all_reasons_of_a_row_are_given() -> None:
    judged = judge(
        "bookings",
        {"id": "", "booking_date": "never", "booking_amount": "-0.001", "status": "sold"},
    )
    assert [(column, rule) for column, rule, _ in reasons(judged)[0]] == [
        ("id", "required"),
        ("booking_date", "unreadable"),
        ("booking_amount", "decimals"),
        ("status", "not_in_list"),
    ]


def test_the_whole_original_row_is_kept_as_it_was() -> None:
    judged = judge("leads", {"status": " Won\t", "first_name": ' "Asha" ', "region": "South"})
    assert json.loads(judged.bad["original"][0]) == {
        "id": "L1",
        "status": " Won\t",
        "created_at": "2026-01-05T10:00:00",
        "first_name": ' "Asha" ',
        "region": "South",
    }
    assert judged.bad["record_key"].to_list() == ["L1"]


def test_a_reason_quotes_only_the_beginning_of_a_long_text() -> None:
    judged = judge("leads", {"status": "x" * 1_000_000})
    ((_, _, message),) = reasons(judged)[0]
    assert message.startswith(f"'{'x' * 80}…' is not one of")
    assert len(message) < 300


def test_bounds_belong_to_what_is_allowed() -> None:
    judged = judge(
        "leads",
        {"probability": "0", "assigned_date": "1970-01-01"},
        {"probability": "100", "assigned_date": "2076-04-01"},
    )
    assert judged.bad.is_empty()


@pytest.mark.parametrize(
    ("entity", "change", "flags"),
    [
        ("ledger_entries", {"debit_amount": "0", "credit_amount": None}, "zero_amount"),
        ("ledger_entries", {"debit_amount": None, "credit_amount": None}, "zero_amount"),
        ("ledger_entries", {"transaction_type": "payment"}, "debit_on_payment"),
        (
            "ledger_entries",
            {"debit_amount": "0.00", "credit_amount": "5"},
            "credit_on_invoice",
        ),
        ("bookings", {"status": "cancelled"}, "cancelled_without_date"),
        ("bookings", {"cancellation_date": "2026-02-01"}, "cancellation_date_without_status"),
        ("bookings", {"cancellation_refund_amount": "5000000.01"}, "refund_above_amount"),
        ("bookings", {"units_booked": "3", "unit_count": "2"}, "units_above_count"),
        ("bookings", {"lead_id": None}, "booking_without_lead"),
        (
            "bookings",
            {"lead_id": None, "status": "cancelled"},
            "cancelled_without_date,booking_without_lead",
        ),
        (
            "engagement",
            {"response_date": "2026-01-05T09:59:59Z"},
            "response_before_engagement",
        ),
        ("engagement", {"response_received": "yes"}, "response_without_date"),
        ("milestones", {"follow_up_required": "1"}, "follow_up_without_date"),
        ("bookings", {"cancellation_refund_amount": "5000000", "units_booked": "2"}, None),
    ],
)
def test_a_soft_rule_only_flags(
    entity: str, change: dict[str, str | None], flags: str | None
) -> None:
    judged = judge(entity, change)
    assert judged.bad.is_empty()
    assert judged.good["quality_flags"].to_list() == [flags]


def test_text_is_trimmed_and_empty_text_is_null() -> None:
    judged = judge("leads", {"id": "\u00a0L1 ", "first_name": "\t ", "last_name": " da Silva "})
    row = judged.good.row(0, named=True)
    assert (row["id"], row["first_name"], row["last_name"]) == ("L1", None, "da Silva")


def test_unknown_columns_are_kept_sorted_as_json_and_nulls_left_out() -> None:
    judged = judge("leads", {"zone": 'N"1', "region": "South"}, {"zone": " "}, {"zone": "2"})
    assert judged.good["extra"].to_list() == [
        '{"region":"South","zone":"N\\"1"}',
        None,
        '{"zone":"2"}',
    ]


def test_the_folders_own_tenant_id_is_no_news() -> None:
    judged = judge("leads", {"tenant_id": "skyline"}, {"tenant_id": ""})
    assert judged.good["tenant_id"].to_list() == ["skyline"] * 2
    assert judged.good["extra"].to_list() == [None] * 2


@given(
    st.lists(
        st.sampled_from(
            [
                {},
                {"debit_amount": "1.001"},
                {"credit_amount": "2"},
                {"ledger_date": "x", "status": "open"},
                {"debit_amount": "0"},
                {"balance_after": " -5.50 "},
            ]
        ),
        min_size=1,
        max_size=20,
    ),
    st.data(),
)
def test_a_row_is_judged_the_same_in_any_company(
    changes: list[dict[str, str]], data: st.DataObject
) -> None:
    rows: list[dict[str, str | None]] = [
        {**change, "id": str(place)} for place, change in enumerate(changes)
    ]
    whole = judge("ledger_entries", *rows)
    assert len(whole.good) + len(whole.bad) == len(rows)
    order = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows) - 1))
    parts = [judge("ledger_entries", *part) for part in (order[:cut], order[cut:]) if part]
    for half in ("good", "bad"):
        # How the original is spelt depends on which columns its file has.
        frames = [getattr(each, half).drop("position") for each in (whole, *parts)]
        every, *some = [frame.drop("original", strict=False) for frame in frames]
        assert sorted(pl.concat(some).rows(), key=repr) == sorted(every.rows(), key=repr)


def test_a_reason_names_the_column_as_the_source_does() -> None:
    dialect = Dialect(ZoneInfo("Asia/Kolkata"), "DD/MM/YYYY", names={"created_at": ("Created On",)})
    rows = pl.DataFrame(
        {"id": ["L1"], "status": ["new"], "Created On": ["32/01/2026"]},
    )
    context = Context("skyline", dialect, CONTEXT.now)
    [why] = validate(Block(rows), CONTRACTS["leads"], context).bad["reason_text"]
    assert why == (
        "created_at: '32/01/2026' is not a timestamp (YYYY-MM-DDTHH:MM:SS or DD/MM/YYYY HH:MM:SS,"
        " with or without a zone) (column 'Created On')"
    )
