"""The rules of subject, preheader and headline, each with its known answer."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.reports.daily_summary.narrative import (
    NarrativeFacts,
    Week,
    counted,
    headline,
    preheader,
    subject,
)
from pipeline.reports.drawing.formats import formats

INDIA = formats("en_IN", "INR")
CRORE, LAKH = Decimal(10**7), Decimal(10**5)
BUSY = NarrativeFacts(
    tenant="Skyline Homes",
    as_of=date(2025, 9, 18),
    timezone="Asia/Kolkata",
    new_leads=42,
    new_leads_before=30,
    bookings=3,
    booked_amount=Decimal("2.4") * CRORE,
    bookings_to_date=14,
    bookings_last_month=12,
    weeks=(Week("new leads", 210, 205), Week("site visits", 41, 50)),
    follow_ups_overdue=7,
    oldest_follow_up_days=12,
    overdue=Decimal("80") * LAKH,
    overdue_beyond_90=Decimal("38.2") * LAKH,
)
QUIET = replace(
    BUSY, new_leads=0, bookings=0, last_lead_at=datetime(2025, 9, 17, 11, 10, tzinfo=UTC)
)
STOPPED = datetime(2025, 9, 16, 2, 35, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            BUSY,
            "Skyline Homes · 18 Sep · 42 new leads (+12), 3 bookings ₹2.4 Cr, 7 follow-ups overdue",
        ),
        (
            replace(BUSY, new_leads=1, new_leads_before=2, bookings=1, follow_ups_overdue=1),
            "Skyline Homes · 18 Sep · 1 new lead (−1), 1 booking ₹2.4 Cr, 1 follow-up overdue",
        ),
        (
            replace(BUSY, bookings=0, follow_ups_overdue=0, new_leads_before=42),
            "Skyline Homes · 18 Sep · 42 new leads (±0), no bookings",
        ),
        (
            replace(BUSY, new_leads_before=None, marks=("HELD",)),
            "HELD · Skyline Homes · 18 Sep · 42 new leads, 3 bookings ₹2.4 Cr,"
            " 7 follow-ups overdue",
        ),
        (QUIET, "Skyline Homes · 18 Sep · no new leads or bookings, 7 follow-ups overdue"),
        (
            replace(QUIET, silent_since=STOPPED),
            "Skyline Homes · 18 Sep · no new data since 08:05 on 16 Sep",
        ),
    ],
)
def test_subject(facts: NarrativeFacts, expected: str) -> None:
    assert plain(subject(facts, INDIA)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            "Bookings are ahead of last month to date (+2); site visits down 18% on the week"
            " before; ₹38.2 L overdue beyond 90 days.",
        ),
        (
            {
                "bookings_to_date": 9,
                "weeks": (Week("new leads", 60, 40),),
                "overdue_beyond_90": Decimal(0),
            },
            "Bookings are behind last month to date (−3); new leads up 50% on the week before;"
            " ₹80 L overdue, none of it beyond 90 days.",
        ),
        (
            {
                "bookings_last_month": 14,
                "weeks": (),
                "overdue": Decimal(0),
                "overdue_beyond_90": Decimal(0),
            },
            "Bookings are level with last month to date (14); no payments overdue.",
        ),
        # Below a tenth a week is ordinary; below a base of five a percentage is noise.
        (
            {"weeks": (Week("new leads", 105, 100), Week("site visits", 9, 4))},
            "Bookings are ahead of last month to date (+2); ₹38.2 L overdue beyond 90 days.",
        ),
        ({"bookings_to_date": None, "weeks": ()}, "₹38.2 L overdue beyond 90 days."),
    ],
)
def test_headline(changes: dict[str, Any], expected: str) -> None:
    assert plain(headline(replace(BUSY, **changes), INDIA)) == expected


def test_a_quiet_day_says_so_and_when_the_last_lead_came() -> None:
    assert plain(headline(QUIET, INDIA)) == (
        "No new leads or bookings on Thu 18 Sep; last lead 16:40 on 17 Sep;"
        " ₹38.2 L overdue beyond 90 days."
    )
    assert "no lead so far" in headline(replace(QUIET, last_lead_at=None), INDIA)


def test_what_is_not_known_is_not_said() -> None:
    unknown = replace(
        BUSY, new_leads=None, bookings=None, overdue=None, overdue_beyond_90=None, weeks=()
    )
    assert subject(unknown, INDIA) == "Skyline Homes · 18 Sep · no figures for this day"
    assert headline(unknown, INDIA) == "Figures for Thu 18 Sep are not available."
    assert "not available" in preheader(unknown, INDIA)
    no_ledger = replace(BUSY, overdue=None, overdue_beyond_90=None, weeks=())
    assert headline(no_ledger, INDIA) == "Bookings are ahead of last month to date (+2)."


def test_a_source_that_stopped_looks_different_from_a_quiet_day() -> None:
    stopped = replace(QUIET, silent_since=STOPPED)
    assert headline(stopped, INDIA) == (
        "No data has arrived since 08:05 on 16 Sep: figures for Thu 18 Sep may be incomplete."
    )
    assert preheader(stopped, INDIA) == (
        "No data has arrived since 08:05 on 16 Sep; check the source."
    )


WORSE_AND_WORSE: list[tuple[dict[str, Any], str]] = [
    ({"overdue": LAKH}, "₹1 L overdue."),
    ({"late_deliveries": 2}, "2 bookings past the delivery date."),
    (
        {"follow_ups_overdue": 7, "oldest_follow_up_days": 12},
        "7 follow-ups overdue, the oldest by 12 days.",
    ),
    ({"waiting_leads": 1}, "1 lead has waited more than 24 hours for a first response."),
    ({"overdue_beyond_90": LAKH * 38}, "₹38 L overdue beyond 90 days."),
    (
        {
            "cancelled": 1,
            "cancelled_amount": LAKH * 85,
            "cancellation_reason": "Loan not sanctioned",
        },
        "1 booking cancelled (₹85 L): Loan not sanctioned.",
    ),
    (
        {"failed_checks": ["The funnel is monotone.", "Another."]},
        "2 checks failed: The funnel is monotone.",
    ),
    ({"silent_since": STOPPED}, "No data has arrived since 08:05 on 16 Sep; check the source."),
    (
        {"marks": ("HELD",)},
        "Held back: the newest data failed a check, so these are the last good figures.",
    ),
]


def test_the_preheader_is_the_worst_item() -> None:
    """Each item, when added, takes the place of all that are less bad."""
    facts = NarrativeFacts(tenant="S", as_of=BUSY.as_of, timezone="Asia/Kolkata")
    assert preheader(facts, INDIA) == "Nothing is overdue and all checks passed."
    of_a_slice = preheader(replace(facts, overdue=None, overdue_beyond_90=None), INDIA)
    assert of_a_slice == "No follow-up or delivery is overdue and all checks passed."
    for changes, expected in WORSE_AND_WORSE:
        facts = replace(facts, **changes)
        assert plain(preheader(facts, INDIA)) == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "no bookings"), (1, "1 booking"), (123456, "1,23,456 bookings")]
)
def test_counted(count: int, expected: str) -> None:
    assert counted(INDIA, count, "booking") == expected


def test_another_locale_has_its_own_dates_and_money() -> None:
    brazil = formats("pt_BR", "BRL")
    facts = replace(BUSY, timezone="America/Sao_Paulo", booked_amount=Decimal("775815.63"))
    assert plain(subject(facts, brazil)).startswith("Skyline Homes · 18/09 · 42 new leads (+12)")
    assert "R$ 776 mil" in plain(subject(facts, brazil))
