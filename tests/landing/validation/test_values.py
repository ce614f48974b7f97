"""What each type reads, to the last digit, and what it does not."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import Type
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.values import read_values

INDIA = Dialect(ZoneInfo("Asia/Kolkata"))
LONDON = Dialect(ZoneInfo("Europe/London"))
EUROPEAN = Dialect(ZoneInfo("Europe/Berlin"), "DD.MM.YYYY", ",")

amounts = st.decimals(
    min_value=Decimal("-9999999999999999.99"), max_value=Decimal("9999999999999999.99"), places=2
)
instants = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2075, 1, 1))
zones = st.sampled_from(
    ["Asia/Kolkata", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]
)


def read(kind: Type, *texts: str | None, dialect: Dialect = INDIA) -> list[Any]:
    return read_values(kind, pl.Series("x", texts, dtype=pl.String), dialect).to_list()


@given(st.lists(amounts, min_size=1))
def test_money_is_exact_to_sixteen_digits_and_two_decimals(values: list[Decimal]) -> None:
    assert read(Type.MONEY, *map(str, values)) == values


@given(amounts, st.integers(0, 9), st.integers(0, 9))
def test_money_may_carry_zeros_at_both_ends(value: Decimal, before: int, behind: int) -> None:
    sign, digits = ("-", str(-value)) if value < 0 else ("", str(value))
    assert read(Type.MONEY, f"{sign}{'0' * before}{digits}{'0' * behind}") == [value]


@given(amounts)
def test_money_with_a_decimal_comma(value: Decimal) -> None:
    assert read(Type.MONEY, str(value).replace(".", ","), dialect=EUROPEAN) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "1.005",
        "12,50",
        "1,234.50",
        "1e5",
        "₹5",
        "5-",
        "0x10",
        "nan",
        "inf",
        "1 000",
        "--1",
        ".",
        "10000000000000000",
        "٣",
        "1_000",
    ],
)
def test_what_is_no_money(text: str) -> None:
    assert read(Type.MONEY, text, "1") == [None, 1]


def test_a_decimal_comma_leaves_no_room_for_a_point() -> None:
    assert read(Type.MONEY, "1.5", "1.234,50", "1,50", dialect=EUROPEAN) == [
        None,
        None,
        Decimal("1.50"),
    ]


def test_shares_and_places_are_rounded_to_their_column() -> None:
    assert read(Type.PERCENT, "12.34567", ".5", "100000", "5%") == [
        Decimal("12.3457"),
        Decimal("0.5"),
        None,
        None,
    ]
    assert read(Type.COORDINATE, "12.97160001", "-180.0000000") == [
        Decimal("12.9716000"),
        Decimal(-180),
    ]


def test_whole_numbers() -> None:
    texts = ["7", "+7", "-3", "3.0", "3.", "3.5", "1,000", "2147483647", "2147483648", "1e3"]
    assert read(Type.INTEGER, *texts) == [7, 7, -3, 3, 3, None, None, 2147483647, None, None]


def test_yes_and_no() -> None:
    yes, no = ["true", "T", "Yes", "y", "1"], ["FALSE", "f", "no", "N", "0"]
    assert read(Type.BOOLEAN, *yes, *no, "2", "on") == [True] * 5 + [False] * 5 + [None] * 2


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2075, 1, 1)))
def test_dates_in_every_spelling(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    spellings = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%Y-%m-%d} 00:00:00", str(serial)]
    assert read(Type.DATE, *spellings, f"{serial}.0") == [day] * 5
    configured = [f"{day:%d.%m.%Y}", f"{day:%d.%m.%Y} 00:00", f"{day:%Y-%m-%d}"]
    assert read(Type.DATE, *configured, dialect=EUROPEAN) == [day] * 3


def test_what_is_no_date() -> None:
    texts = ["31/12/2024", "2024-13-01", "2024-02-30", "2024-01-05 10:00", "yesterday", "1.5"]
    assert read(Type.DATE, *texts, "2024-02-29") == [None] * 6 + [date(2024, 2, 29)]


def test_clock_times() -> None:
    texts = ["9:05", "09:05:07", "23:59:59.999", "24:00", "12:60", "2 PM"]
    assert read(Type.CLOCK, *texts) == ["09:05:00", "09:05:07", "23:59:59", None, None, None]


def test_json() -> None:
    texts = ['{"a": [1, null]}', "3", "{a:1}", "[1,]", "NaN", "[" * 100_000]
    assert read(Type.JSON, *texts) == ['{"a": [1, null]}', "3", None, None, None, None]


@given(st.lists(st.tuples(instants, st.integers(-14 * 60, 14 * 60)), min_size=1), st.booleans())
def test_instants_with_an_offset_are_exact_to_the_microsecond(
    cases: list[tuple[datetime, int]], whole: bool
) -> None:
    texts, expected = [], []
    for each, minutes in cases:
        naive = each.replace(microsecond=0) if whole else each
        offset = timedelta(minutes=minutes)
        sign = "-" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        spelt = naive.isoformat(timespec="seconds" if whole else "microseconds")
        texts.append(f"{spelt}{sign}{hours:02d}:{rest:02d}")
        expected.append((naive - offset).replace(tzinfo=UTC))
    assert read(Type.TIMESTAMP, *texts) == expected


@given(instants, zones, st.sampled_from("T "), st.booleans())
def test_instants_without_an_offset_are_local(
    naive: datetime, zone: str, separator: str, whole: bool
) -> None:
    naive = naive.replace(microsecond=0) if whole else naive
    # Python's fold=0 says the same: the first of two, and after the gap what it skips.
    expected = naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    text = naive.isoformat(separator)
    assert read(Type.TIMESTAMP, text, dialect=Dialect(ZoneInfo(zone))) == [expected]


def test_an_hour_that_comes_twice_is_the_first_and_one_that_does_not_come_is_the_next() -> None:
    texts = ["2026-10-25 01:30:00", "2026-03-29T01:30:00", "2026-03-29T01:30:00.000001"]
    assert read(Type.TIMESTAMP, *texts, dialect=LONDON) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
    ]
    # Midnight itself did not come in São Paulo on 4 November 2018.
    sao_paulo = Dialect(ZoneInfo("America/Sao_Paulo"))
    assert read(Type.TIMESTAMP, "2018-11-04", dialect=sao_paulo) == [
        datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    ]


def test_rarer_spellings_of_instants() -> None:
    half_past_four = datetime(2024, 1, 5, 4, 30, tzinfo=UTC)
    texts = [
        "2024-01-05T10:00:00+05:30",
        "2024-01-05T10:00:00+0530",
        "2024-01-05 10:00:00 +05:30",
        "2024-01-05T04:30:00Z",
        "2024-01-05T04:30Z",
        "2024-01-05 10:00",
        "2024-01-05 10:00:00.000000999",
        "45296.4166666667",
    ]
    assert read(Type.TIMESTAMP, *texts) == [half_past_four] * len(texts)
    assert read(Type.TIMESTAMP, "05.01.2024 10:00", dialect=EUROPEAN) == [
        datetime(2024, 1, 5, 9, 0, tzinfo=UTC)
    ]


def test_what_is_no_instant() -> None:
    texts = ["05/01/2024 10:00", "2024-01-05T25:00:00", "2024-01-05T10:00:00+99", "soon"]
    assert read(Type.TIMESTAMP, *texts) == [None] * 4


@given(st.lists(st.times().map(time.isoformat), min_size=1), st.randoms())
def test_a_value_reads_the_same_in_any_company(clocks: list[str], random: Random) -> None:
    texts = [f"2024-01-05T{clock}" for clock in clocks] + ["2024-01-05T10:00:00Z", "bad", None]
    alone = [read(Type.TIMESTAMP, text)[0] for text in texts]
    order = list(range(len(texts)))
    random.shuffle(order)
    together = read(Type.TIMESTAMP, *(texts[place] for place in order))
    assert together == [alone[place] for place in order]


_spelled = st.builds(
    lambda at, form, zone: at.strftime(form) + zone,
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2150, 1, 1)),
    st.sampled_from(
        [
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S.%f",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%dT%H",
            "%Y-%m-%dT%H%M%S",
            "%Y-%m-%d",
            "%d.%m.%Y %H:%M:%S",
        ]
    ),
    st.sampled_from(["", "", "", "Z", "+05:30", "-03", "+0530", " +01:00", "z", "+25:00", "x"]),
)


@given(st.lists(_spelled, min_size=1, max_size=4), zones)
def test_what_else_stands_in_a_column_does_not_change_how_a_time_is_read(
    texts: list[str], zone: str
) -> None:
    dialect = Dialect(ZoneInfo(zone))
    together = read(Type.TIMESTAMP, *texts, dialect=dialect)
    # A text that is no time keeps a column off the quick ways.
    beside = [read(Type.TIMESTAMP, text, "no time", None, dialect=dialect)[0] for text in texts]
    assert together == beside
    assert [read(Type.TIMESTAMP, text, dialect=dialect)[0] for text in texts] == beside
