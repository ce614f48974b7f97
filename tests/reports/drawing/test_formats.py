import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reports.drawing.formats import formats

INDIA = formats("en_IN", "INR")
BRAZIL = formats("pt_BR", "BRL")
BRITAIN = formats("en_GB", "GBP")
DAY = date(2025, 9, 8)
AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=2)


@pytest.mark.parametrize(
    ("locale", "currency", "money"),
    [
        ("en_IN", "INR", "₹1,23,45,678.50"),
        ("hi_IN", "INR", "₹1,23,45,678.50"),
        # By country or currency, not by the language's pattern.
        ("kn_IN", "INR", "₹1,23,45,678.50"),
        ("ur_IN", "INR", "₹1,23,45,678.50"),
        ("en_GB", "INR", "₹1,23,45,678.50"),
        ("en_IN", "GBP", "£1,23,45,678.50"),
        ("pt_BR", "BRL", "R$ 12.345.678,50"),
        ("en_GB", "GBP", "£12,345,678.50"),
        ("de_DE", "EUR", "12.345.678,50 €"),
    ],
)
def test_money_is_grouped_the_tenants_way(locale: str, currency: str, money: str) -> None:
    written = formats(locale, currency).money(Decimal("12345678.50")).replace("\xa0", " ")
    assert written == money
    assert formats(locale, currency).money(Decimal("-12345678.50"))[0] == "−"


@given(AMOUNTS)
def test_indian_grouping_is_three_then_twos(amount: Decimal) -> None:
    text = INDIA.amount(amount)
    assert re.fullmatch(r"−?(\d{1,2}(,\d\d)*,\d{3}|\d{1,3})\.\d\d", text)
    assert Decimal(text.replace(",", "").replace("−", "-")) == amount


@given(AMOUNTS)
def test_amounts_read_back_in_other_locales(amount: Decimal) -> None:
    assert Decimal(BRITAIN.amount(amount).replace(",", "").replace("−", "-")) == amount
    brazilian = BRAZIL.amount(amount).replace(".", "").replace(",", ".").replace("−", "-")
    assert Decimal(brazilian) == amount


@pytest.mark.parametrize(
    ("amount", "india", "brazil", "britain"),
    [
        ("0", "₹0", "R$ 0", "£0"),
        ("-18.29", "−₹18.29", "−R$ 18,29", "−£18.29"),
        ("45678", "₹45,678", "R$ 45,7 mil", "£45.7k"),
        ("1230000", "₹12.3 L", "R$ 1,23 mi", "£1.23m"),
        ("24000000", "₹2.4 Cr", "R$ 24 mi", "£24m"),
        ("9999999", "₹1 Cr", "R$ 10 mi", "£10m"),
        ("12345678901", "₹1,235 Cr", "R$ 12,3 bi", "£12.3bn"),
    ],
)
def test_short_money(amount: str, india: str, brazil: str, britain: str) -> None:
    written = [each.short_money(Decimal(amount)) for each in (INDIA, BRAZIL, BRITAIN)]
    assert [text.replace("\xa0", " ") for text in written] == [india, brazil, britain]


@given(st.decimals(min_value=0, max_value=10**13, places=2))
def test_short_money_is_within_half_a_percent(amount: Decimal) -> None:
    text = INDIA.short_money(amount).removeprefix("₹").replace(",", "")
    number, _, unit = text.partition("\xa0")
    value = Decimal(number) * {"": 1, "L": 10**5, "Cr": 10**7}[unit]
    assert abs(value - amount) <= max(amount / 200, Decimal("0.5"))


@pytest.mark.parametrize(
    ("amount", "text"), [("1234.5", "1,234.50 Dr"), ("-1234.5", "1,234.50 Cr"), ("0", "0.00")]
)
def test_balance_has_a_side(amount: str, text: str) -> None:
    assert INDIA.balance(Decimal(amount)).replace("\xa0", " ") == text


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    assert INDIA.money(None) == INDIA.percent(None) == INDIA.number(None) == INDIA.date(None) == "–"
    assert INDIA.blank_money(Decimal("0.00")) == INDIA.blank_money(None) == ""


def test_ratios_and_changes() -> None:
    assert INDIA.percent(Decimal("0.10525"), 3) == "10.525%"
    assert BRAZIL.percent(0.1234) == "12,3%"
    assert INDIA.percent(Decimal("0.00005"), 2) == "0.01%"  # half up, not to the even digit
    assert [INDIA.signed(n) for n in (12, -3, 0)] == ["+12", "−3", "0"]


def test_dates_are_written_as_the_locale_writes_them() -> None:
    assert [each.date(DAY) for each in (INDIA, BRITAIN, BRAZIL)] == [
        "8 Sep 2025",
        "8 Sep 2025",
        "08/09/2025",
    ]
    assert INDIA.ledger_date(DAY) == "08 Sep 2025"
    assert INDIA.long_date(DAY) == "8 September 2025"
    assert [INDIA.day_month(DAY), BRAZIL.day_month(DAY)] == ["8 Sep", "08/09"]
    assert [INDIA.month(DAY), BRAZIL.month(DAY)] == ["Sep 2025", "09/2025"]


def test_a_moment_is_told_in_the_tenants_time() -> None:
    instant = datetime(2025, 9, 17, 20, 10, tzinfo=UTC)
    assert INDIA.moment(instant, "Asia/Kolkata") == "18 Sep 2025, 01:40"
