"""A number of a workbook is read as its sheet shows it, or it says by which format it is not."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.files.number_formats import BUILT_IN, GENERAL, Unshown, plain, shown

INDIAN = ("INR", "Rs", "₹")


@pytest.mark.parametrize(
    ("raw", "code", "kind", "text"),
    [
        ("1050", GENERAL, "MONEY", "1050"),
        ("1234.5", "#,##0.00", "MONEY", "1234.5"),
        ("1234.5", "[$₹-4009]\\ #,##,##0.00", "MONEY", "1234.5"),
        ("1234.5", '"Rs." #,##0.00', "MONEY", "1234.5"),
        ("-5", "#,##0;(#,##0)", "MONEY", "-5"),
        ("-5", "#,##0.00", "MONEY", "-5"),
        ("0", '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_)', "MONEY", "0"),
        ("0.125", "0.0%", "PERCENT", "12.5"),
        ("0.07", "0%", "PERCENT", "7"),
        ("12.5", "0.00", "PERCENT", "12.5"),
        ("0.5", "0%", "TEXT", "50%"),
        ("123", "00000", "TEXT", "00123"),
        ("123", "00000", "INTEGER", "123"),
        ("919876543210", "0", "TEXT", "919876543210"),
        ("1234567", '000"-"0000', "TEXT", "123-4567"),
        ("500", '0.00" Dr"', "TEXT", "500.00 Dr"),
        ("-500", '0.00" Dr";0.00" Cr"', "TEXT", "500.00 Cr"),
        ("1", '"Yes";;"No"', "TEXT", "Yes"),
        ("120000", "0.0E+00", "MONEY", "120000"),
        ("46115", "dd/mm/yyyy", "DATE", "2026-04-03"),
        ("46115.75", "dd/mm/yyyy hh:mm", "TIMESTAMP", "2026-04-03 18:00:00"),
        ("46115", "[$-409]d\\-mmm\\-yy;@", "DATE", "2026-04-03"),
        ("0.4375", "h:mm", "CLOCK", "10:30:00"),
        ("1.0625", "[h]:mm:ss", "TEXT", "25:30:00"),
        ("46115", GENERAL, "DATE", "46115"),
    ],
)
def test_what_the_sheet_shows_is_what_is_read(raw: str, code: str, kind: str, text: str) -> None:
    assert shown(raw, code, kind, INDIAN) == text


@pytest.mark.parametrize(
    ("raw", "code", "kind", "why"),
    [
        ("0.5", "0%", "MONEY", "50 %"),
        ("500", '0.00" Dr"', "MONEY", "Dr"),
        ("-500", '0.00" Dr";0.00" Cr"', "MONEY", "minus sign"),
        ("5", "[$$-409]#,##0.00", "MONEY", r"amount in \$"),
        ("5", "€ #,##0.00", "MONEY", "amount in €"),
        ("1234567", "0,", "MONEY", "thousands"),
        ("1.2", '0.0,,"M"', "MONEY", "M"),
        ("919876543210", "0.00E+00", "TEXT", r"9\.20E\+11"),
        ("1234567", "0.00E+00", "MONEY", r"1\.23E\+06"),
        ("5", ";;;", "MONEY", "nothing"),
        ("-5", "0.00;[Red]0.00", "MONEY", "minus sign"),
        ("1.5", "# ?/?", "MONEY", "digits"),
        ("46115", "dd/mm/yyyy", "MONEY", "a date"),
        ("46115", "mmm-yy", "DATE", "day, month and year"),
        ("46115", "d-mmm", "DATE", "day, month and year"),
        ("0.5", "h:mm", "DATE", "no date"),
        ("12345678901234567", GENERAL, "TEXT", "more digits"),
    ],
)
def test_what_cannot_be_read_as_it_is_shown_says_so(
    raw: str, code: str, kind: str, why: str
) -> None:
    with pytest.raises(Unshown, match=why):
        shown(raw, code, kind, INDIAN)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_whole_number_that_a_double_holds_is_kept_digit_by_digit(number: int) -> None:
    for raw in (str(number), repr(float(number)), f"{number}.0"):
        assert shown(raw, GENERAL, "TEXT") == str(number)


@given(st.integers(2**53, 10**30), st.sampled_from((1, -1)))
def test_a_longer_one_is_never_read_as_another(number: int, sign: int) -> None:
    with pytest.raises(Unshown):
        plain(str(sign * number))


@given(st.decimals(0, 9_999_999_999, places=2))
def test_an_amount_is_read_to_the_cent_from_the_nearest_double(amount: Decimal) -> None:
    raw = repr(float(amount))
    for code in (GENERAL, BUILT_IN[4], "[$₹-4009]#,##,##0.00"):
        assert Decimal(shown(raw, code, "MONEY", INDIAN)) == amount


@given(st.text(max_size=40), st.floats(allow_nan=False, allow_infinity=False))
def test_no_format_makes_anything_but_a_text_or_a_reason(code: str, number: float) -> None:
    for kind in ("MONEY", "TEXT", "DATE", "PERCENT", "CLOCK"):
        with contextlib.suppress(Unshown):
            assert isinstance(shown(repr(number), code, kind), str)
