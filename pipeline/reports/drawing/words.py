"""Amounts in words: lakh and crore for Indian locales, thousand and million for the others.

English in all locales, as the labels are. "And" stands only before the smaller unit, so that an
amount reads one way: "Rupees twelve lakh five hundred and fifty paise only" is 12,00,500.50.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = (
    "",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)

# Largest first. The count of a crore is itself written in words: one lakh crore. From a crore of
# crores on they are counted apart, or "one crore one crore" could be either of two amounts.
_INDIAN = (
    (10**14, "crore crore"),
    (10**7, "crore"),
    (10**5, "lakh"),
    (10**3, "thousand"),
    (100, "hundred"),
)
_WESTERN = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
    (100, "hundred"),
)


class Unit(NamedTuple):
    one: str
    many: str
    part: str
    parts: str


UNITS: Mapping[str, Unit] = {
    "INR": Unit("rupee", "rupees", "paisa", "paise"),
    "GBP": Unit("pound", "pounds", "penny", "pence"),
    "BRL": Unit("real", "reais", "centavo", "centavos"),
    "USD": Unit("dollar", "dollars", "cent", "cents"),
    "EUR": Unit("euro", "euros", "cent", "cents"),
    "AED": Unit("dirham", "dirhams", "fils", "fils"),
    "SGD": Unit("dollar", "dollars", "cent", "cents"),
    "AUD": Unit("dollar", "dollars", "cent", "cents"),
    "CAD": Unit("dollar", "dollars", "cent", "cents"),
    "LKR": Unit("rupee", "rupees", "cent", "cents"),
    "NPR": Unit("rupee", "rupees", "paisa", "paise"),
}


def number_in_words(value: int, *, indian: bool) -> str:
    """Any whole number from zero up, in lower case, without "and"."""
    if value < 0:
        raise ValueError(f"words are for zero and above, not {value}")
    for size, name in _INDIAN if indian else _WESTERN:
        if value >= size:
            count, rest = divmod(value, size)
            words = f"{number_in_words(count, indian=indian)} {name}"
            return f"{words} {number_in_words(rest, indian=indian)}" if rest else words
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def amount_in_words(amount: Decimal, currency: str, *, indian: bool) -> str:
    """ "Rupees twelve lakh … and fifty paise only"; "Twelve pounds and fifty pence only".

    `amount` is zero or above and has at most two decimals (ValueError otherwise). A currency
    without names here is written by its code: "CHF twelve and 50/100 only".
    """
    cents = amount * 100
    if amount < 0 or cents != cents.to_integral_value():
        raise ValueError(f"an amount of zero or above with two decimals, not {amount}")
    whole, part = divmod(int(cents), 100)
    words = number_in_words(whole, indian=indian)
    unit = UNITS.get(currency)
    if unit is None:
        return f"{currency} {words}{f' and {part:02d}/100' if part else ''} only"
    text = _rupees_first(unit, whole, words) if indian else _unit_last(unit, whole, words)
    if part:
        name = unit.part if part == 1 else unit.parts
        text += f" and {number_in_words(part, indian=indian)} {name}"
    return f"{text[0].upper()}{text[1:]} only"


def _rupees_first(unit: Unit, whole: int, words: str) -> str:
    return f"{unit.one if whole == 1 else unit.many} {words}"


def _unit_last(unit: Unit, whole: int, words: str) -> str:
    return f"{words} {unit.one if whole == 1 else unit.many}"
