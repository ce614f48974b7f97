from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reports.drawing.words import amount_in_words, number_in_words

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
UNITS = {word: value for value, word in enumerate(ONES.split())}
UNITS |= {word: 10 * value for value, word in enumerate(TENS.split(), start=2)}
SIZES = {
    "hundred": 100,
    "thousand": 10**3,
    "lakh": 10**5,
    "crore": 10**7,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "quadrillion": 10**15,
}


def read(words: str) -> int:
    """The number that the words say: each size multiplies what is smaller before it."""
    parts: list[int] = []
    for word in words.replace("-", " ").split():
        if word in UNITS:
            parts.append(UNITS[word])
            continue
        size, before = SIZES[word], 0
        while parts and parts[-1] < size:
            before += parts.pop()
        # "crore crore": a size after the same size multiplies it.
        if not before:
            before = parts.pop()
        parts.append(before * size)
    return sum(parts)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Rupees zero only"),
        ("0.01", "Rupees zero and one paisa only"),
        ("1", "Rupee one only"),
        ("100", "Rupees one hundred only"),
        ("99999", "Rupees ninety-nine thousand nine hundred ninety-nine only"),
        ("100000", "Rupees one lakh only"),
        (
            "12345678.50",
            "Rupees one crore twenty-three lakh forty-five thousand six hundred seventy-eight"
            " and fifty paise only",
        ),
        ("1000000000000", "Rupees one lakh crore only"),
        ("100000000000000", "Rupees one crore crore only"),
        ("100000010000000", "Rupees one crore crore one crore only"),
    ],
)
def test_indian_amounts(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount), "INR", indian=True) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (
            "8300065.81",
            "GBP",
            "Eight million three hundred thousand sixty-five pounds and eighty-one pence only",
        ),
        ("1.01", "GBP", "One pound and one penny only"),
        ("18.29", "BRL", "Eighteen reais and twenty-nine centavos only"),
        ("12.50", "CHF", "CHF twelve and 50/100 only"),
        ("12", "CHF", "CHF twelve only"),
    ],
)
def test_plain_amounts(amount: str, currency: str, words: str) -> None:
    assert amount_in_words(Decimal(amount), currency, indian=False) == words


@given(st.integers(min_value=0, max_value=10**20), st.booleans())
def test_words_say_the_number(value: int, indian: bool) -> None:
    assert read(number_in_words(value, indian=indian)) == value


@pytest.mark.parametrize("amount", ["-1", "0.005"])
def test_refuses_what_words_cannot_say(amount: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        amount_in_words(Decimal(amount), "INR", indian=True)
