"""How values look: money, numbers, percentages and dates the way a locale writes them.

`Formats(locale, currency)` is what templates and report modules use; every method takes a value or
None ("–": not known, or a ratio without a denominator) and returns text. Rounding happens here,
once, half up. Labels are English in all locales, so month names are written only in English
locales; others get their own order of digits (18/09/2025). Amounts in words are `words`'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from pipeline.reports.drawing.words import amount_in_words

ABSENT = "–"
MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"

Number = int | float | Decimal
Day = date  # the class below has a method of that name


class _Scale(NamedTuple):
    unit: Decimal
    suffix: str


_LAKHS = "#,##,##0"
_INDIAN = (_Scale(Decimal(10) ** 7, NBSP + "Cr"), _Scale(Decimal(10) ** 5, NBSP + "L"))
_ENGLISH = (
    _Scale(Decimal(10) ** 9, "bn"),
    _Scale(Decimal(10) ** 6, "m"),
    _Scale(Decimal(10) ** 3, "k"),
)
_SCALES: Mapping[str, tuple[_Scale, ...]] = {
    "pt": (
        _Scale(Decimal(10) ** 9, NBSP + "bi"),
        _Scale(Decimal(10) ** 6, NBSP + "mi"),
        _Scale(Decimal(10) ** 3, NBSP + "mil"),
    )
}


def decimal(value: Number) -> Decimal:
    """An exact Decimal of what the number shows (0.1 is 0.1)."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def round_half_up(value: Number, digits: int = 0) -> Decimal:
    return decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@lru_cache(maxsize=64)
def formats(locale: str, currency: str) -> Formats:
    """The `Formats` of a locale and currency, made once."""
    return Formats(locale, currency)


class Formats:
    """The formats of one locale (`en_IN`) and currency (`INR`)."""

    def __init__(self, locale: str, currency: str) -> None:
        self.locale = Locale.parse(locale)
        self.currency = currency
        self.symbol = get_currency_symbol(currency, self.locale)
        self._grouping = self.locale.decimal_formats[None].pattern.split(".")[0]
        # By country and currency: the patterns of Kannada and Urdu group by thousands, and whoever
        # writes in them counts in lakh and crore all the same.
        self.is_indian = (
            currency == "INR" or self.locale.territory == "IN" or self._grouping.endswith(_LAKHS)
        )
        if self.is_indian:
            self._grouping = _LAKHS
        # The standard pattern gives the sign's place only: the accounting one of en_IN groups by
        # thousands.
        self._before, self._after = _around(self.locale.currency_formats["standard"].pattern)
        self._patterns: dict[int, NumberPattern] = {}

    # money

    def amount(self, value: Number | None) -> str:
        """1,23,45,678.50 without the currency; the minus sign is a real one."""
        return self.number(value, 2)

    def money(self, value: Number | None) -> str:
        """An amount: ₹1,23,45,678.50."""
        return ABSENT if value is None else self._with_sign(value, lambda v: self._plain(v, 2))

    def whole_money(self, value: Number | None) -> str:
        """An amount without decimals: ₹1,23,45,679."""
        return ABSENT if value is None else self._with_sign(value, lambda v: self._plain(v, 0))

    def short_money(self, value: Number | None) -> str:
        """₹1.23 Cr, ₹12.3 L, ₹45,678; £8.3m; R$ 776 mil: three digits that count."""
        return ABSENT if value is None else self._with_sign(value, self._short)

    def blank_money(self, value: Number | None) -> str:
        """`amount`, but nothing for nothing: a ledger column stays empty rather than 0.00."""
        text = self.amount(value)
        return text if value else ""

    def balance(self, value: Number | None) -> str:
        """1,23,456.00 Dr: the debtor's side is positive; 0.00 has no side."""
        if value is None:
            return ABSENT
        return f"{self.amount(abs(decimal(value)))}{NBSP}{self.side(value)}".rstrip(NBSP)

    def side(self, value: Number | None) -> str:
        """Dr for what the customer owes, Cr for what is owed to the customer, nothing for zero."""
        return "" if not value else ("Dr" if value > 0 else "Cr")

    def words(self, value: Decimal) -> str:
        """The absolute amount in words, in lakh and crore where the locale counts so."""
        return amount_in_words(abs(value), self.currency, indian=self.is_indian)

    # numbers

    def number(self, value: Number | None, digits: int = 0) -> str:
        """A number: 1,23,456; −1,23,456.79."""
        if value is None:
            return ABSENT
        rounded = round_half_up(value, digits)
        return (MINUS if rounded < 0 else "") + self._plain(abs(rounded), digits)

    def signed(self, value: Number | None, digits: int = 0) -> str:
        """+12, −3, 0: a change."""
        text = self.number(value, digits)
        return f"+{text}" if value is not None and round_half_up(value, digits) > 0 else text

    def percent(self, rate: Number | None, digits: int = 1) -> str:
        """12.3 % of a fraction 0.123; the sign stands close in English, apart elsewhere."""
        return ABSENT if rate is None else self.percentage(decimal(rate) * 100, digits)

    def percentage(self, value: Number | None, digits: int = 1) -> str:
        """A percentage 12.3 as 12.3%."""
        if value is None:
            return ABSENT
        gap = NBSP if NBSP in self.locale.percent_formats[None].pattern else ""
        return f"{self.number(value, digits)}{gap}%"

    # dates

    def date(self, day: Day | None) -> str:
        """18 Sep 2025; 18/09/2025 where the labels' language is not the locale's."""
        return ABSENT if day is None else self._date(day, "medium")

    def ledger_date(self, day: Day | None) -> str:
        """`date` with a day of two digits, so that a column of them is even; nothing for None."""
        if day is None:
            return ""
        text = self.date(day)
        return f"0{text}" if text[1] == " " else text

    def long_date(self, day: Day | None) -> str:
        """A day: 18 September 2025."""
        return ABSENT if day is None else self._date(day, "long")

    def day_month(self, day: Day | None) -> str:
        """A day without its year: 18 Sep."""
        if day is None:
            return ABSENT
        pattern = "d MMM" if self._is_english else "dd/MM"
        return _short_months(format_date(day, pattern, locale=self.locale))

    def weekday(self, day: Day | None) -> str:
        """Thu: a label, so always English."""
        return ABSENT if day is None else format_date(day, "EEE", locale="en")

    def month(self, day: Day | None) -> str:
        """A month: Sep 2025."""
        if day is None:
            return ABSENT
        pattern = "MMM yyyy" if self._is_english else "MM/yyyy"
        return _short_months(format_date(day, pattern, locale=self.locale))

    def moment(self, instant: datetime | None, timezone: str) -> str:
        """18 Sep 2025, 16:40 in the tenant's time zone."""
        if instant is None:
            return ABSENT
        local = instant.astimezone(ZoneInfo(timezone))
        return f"{self.date(local.date())}, {format_time(local, 'HH:mm', locale='en')}"

    @property
    def _is_english(self) -> bool:
        return self.locale.language == "en"

    def _date(self, day: Day, length: str) -> str:
        if self._is_english:
            return _short_months(format_date(day, length, locale=self.locale))
        return format_date(day, _full_digits(self.locale), locale=self.locale)

    def _plain(self, value: Number, digits: int) -> str:
        pattern = self._patterns.get(digits)
        if pattern is None:
            fraction = f".{'0' * digits}" if digits else ""
            pattern = self._patterns[digits] = parse_pattern(self._grouping + fraction)
        return str(pattern.apply(round_half_up(value, digits), self.locale))

    def _with_sign(self, value: Number, write: Callable[[Decimal], str]) -> str:
        exact = decimal(value)
        before, after = (part.replace("¤", self.symbol) for part in (self._before, self._after))
        text = write(abs(exact))
        minus = MINUS if exact < 0 and any(digit in "123456789" for digit in text) else ""
        return f"{minus}{before}{text}{after}"

    def _short(self, value: Decimal) -> str:
        for scale in self.scales:
            scaled = _three_digits(value / scale.unit)
            if scaled >= 1:
                digits = max(0, -int(scaled.normalize().as_tuple().exponent))
                return self._plain(scaled, digits) + scale.suffix
        if value < 1000 and value != value.to_integral_value():
            return self._plain(value, 2)
        return self._plain(value, 0)

    @property
    def scales(self) -> tuple[_Scale, ...]:
        return _INDIAN if self.is_indian else _SCALES.get(self.locale.language, _ENGLISH)


def _around(pattern: str) -> tuple[str, str]:
    """What stands before and after the digits of a currency pattern."""
    digits = [i for i, char in enumerate(pattern) if char in "#0"]
    return pattern[: digits[0]], pattern[digits[-1] + 1 :]


def _three_digits(value: Decimal) -> Decimal:
    """Rounded to three significant digits, whole numbers above 999 kept whole."""
    if value == 0:
        return value
    rounded = round_half_up(value, max(0, 2 - value.adjusted()))
    # 9.995 became 10.00, which has one digit too many.
    return round_half_up(rounded, max(0, 2 - rounded.adjusted()))


def _short_months(text: str) -> str:
    # CLDR's English abbreviates September to four letters and every other month to three.
    return re.sub(r"\bSept\b", "Sep", text)


@lru_cache(maxsize=64)
def _full_digits(locale: Locale) -> str:
    """The locale's short date with two-digit days and months and the whole year."""
    pattern = locale.date_formats["short"].pattern
    parts = []
    for char, width in (("d", 2), ("M", 2), ("y", 4)):
        parts.append((pattern.index(char), char * width))
    separator = next(char for char in pattern if char in "/.-")
    return str(separator.join(text for _, text in sorted(parts)))
