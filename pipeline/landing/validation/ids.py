"""Salesforce's ids: 15 characters in which case counts, or 18 in which it does not, for one record.

The last three of the 18 say which of the first fifteen are capitals: one for each five characters,
five bits each, the first character the lowest, written A to Z and 0 to 5.
"""

from __future__ import annotations

import polars as pl

_SHORT, _LONG = 15, 18
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_PATTERN = r"^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$"


def canonical(text: pl.Series) -> pl.Series:
    """Ids of both lengths as those of 18 characters; anything else as it is."""
    unique = text.unique().drop_nulls()
    found = unique.filter(unique.str.contains(_PATTERN))
    return text.replace({each: long_id(each) for each in found})


def long_id(text: str) -> str:
    """The 18 characters of an id of 15 or 18; as it is if the last three cannot be right."""
    if len(text) == _SHORT:
        return text + _ending(text)
    bits = [_DIGITS.find(letter) for letter in text[_SHORT:].upper()]
    if -1 in bits:
        return text
    cased = "".join(
        letter.upper() if bits[place // 5] >> place % 5 & 1 else letter.lower()
        for place, letter in enumerate(text[:_SHORT])
    )
    return cased + text[_SHORT:].upper() if _ending(cased) == text[_SHORT:].upper() else text


def _ending(short: str) -> str:
    groups = (short[start : start + 5] for start in range(0, _SHORT, 5))
    return "".join(
        _DIGITS[sum(1 << place for place, each in enumerate(group) if each.isupper())]
        for group in groups
    )
