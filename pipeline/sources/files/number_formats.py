"""What a workbook's number shows by its number format, as the text that is read for it.

A format is part of the meaning: 0.5 may show 50 %, a day, half a day's hours or "0.5 Dr". A number
is read as its sheet shows it; where that is not what its column holds, `Unshown` names the format
and the row goes to quarantine. Rounding and grouping alone change nothing: the stored digits count.
The grammar is that of ECMA-376, part 1, 18.8.31.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from pipeline.sources.files.format_grammar import (
    BUILT_IN,
    GENERAL,
    Section,
    Unshown,
    choose,
    number_of,
    parse,
)

__all__ = ["BUILT_IN", "GENERAL", "Unshown", "plain", "shown"]

NUMBERS = frozenset(("MONEY", "PERCENT", "COORDINATE", "INTEGER"))
DAYS = frozenset(("DATE", "TIMESTAMP"))
# Beyond it a double leaves out whole numbers, so an id may have become another one.
_EXACT = 2**53
# With more before the mark, fifteen digits leave less than two behind it.
_LARGE = 10**13
_LAST_DAY = 2_958_466
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock's


@lru_cache(maxsize=65_536)
def shown(
    raw: str, code: str, kind: str, currencies: tuple[str, ...] = (), *, is_1904: bool = False
) -> str:
    """The text of a number for a column of a type (`contracts.model.Type`'s name).

    `currencies` are the signs and codes of the tenant's money. Raises Unshown.
    """
    number = number_of(raw)
    if code == GENERAL:
        return plain(raw)
    sections = parse(code)
    section, negates = choose(sections, number)
    if section.is_date:
        return _as_time(raw, section, kind, is_1904=is_1904)
    if kind in NUMBERS or kind in DAYS or kind == "CLOCK":
        return _as_number(raw, section, kind, currencies, negates=negates)
    return _as_text(raw, section, negates=negates)


def plain(raw: str) -> str:
    """A number's digits: of a whole one all, of others the fifteen that Excel shows."""
    number = number_of(raw)
    value = float(number)
    if abs(value) >= _EXACT:
        raise Unshown(
            f"{_digits(number)} has more digits than a spreadsheet's number can hold: store it as"
            " text"
        )
    if number == number.to_integral_value():
        return _digits(number)
    short = Decimal(f"{value:.15g}")
    if float(short) != value and abs(value) >= _LARGE:
        short = Decimal(repr(value))
    return _digits(short)


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _as_number(
    raw: str, section: Section, kind: str, currencies: Collection[str], *, negates: bool
) -> str:
    number = number_of(raw)
    words = section.words.replace("\u00a0", " ").strip()
    for sign in sorted(currencies, key=len, reverse=True):
        words = words.replace(f"{sign}.", "").replace(sign, "").strip()
    if section.has("general", "text") and not words:
        return plain(raw)
    if number == 0 and words and set(words) <= set("-–— "):
        return "0"
    if not section.has("digit", "general", "text"):
        raise Unshown(f"it shows {section.words.strip()!r}" if words else "it shows nothing")
    if section.has("slash", "other"):
        raise Unshown("it is not shown in digits")
    if section.currency and section.currency.rstrip(".") not in currencies:
        raise Unshown(f"it is an amount in {section.currency}")
    if negates and not set(words) & set("-–−("):
        raise Unshown("it does not show the minus sign")
    if set(words) - set("-–−+() ") or (words and not negates and set(words) & set("-–−(")):
        raise Unshown(f"it shows {words!r} beside the digits")
    if _scale(section):
        raise Unshown("it shows thousands or millions of what is stored")
    percents = sum(text.count("%") for piece, text in section.pieces if piece == "percent")
    if percents and kind != "PERCENT":
        raise Unshown(f"it shows {_digits(number_of(plain(raw)) * 100**percents)} %")
    if section.has("power") and number_of(_scientific(raw, section)) != number:
        raise Unshown(f"it shows {_scientific(raw, section)}")
    return _digits(number_of(plain(raw)) * 100**percents) if percents else plain(raw)


def _scale(section: Section) -> int:
    """How many commas stand behind the last digit: each divides by a thousand."""
    kinds = [kind for kind, _ in section.pieces if kind in ("digit", "comma", "point")]
    return len(kinds) - len("".join("c" if kind == "comma" else "x" for kind in kinds).rstrip("c"))


def _scientific(raw: str, section: Section) -> str:
    places = _places(section, until="power")
    return f"{float(raw):.{places}E}"


def _places(section: Section, until: str = "") -> int:
    """Digits behind the decimal point."""
    count, behind = 0, False
    for kind, _ in section.pieces:
        if kind == until:
            break
        behind |= kind == "point"
        count += behind and kind == "digit"
    return count


def _as_text(raw: str, section: Section, *, negates: bool) -> str:
    """As the sheet shows it, grouping and rounding aside."""
    if section.has("slash", "other"):
        raise Unshown("it is not shown in digits")
    if section.has("power"):
        if number_of(_scientific(raw, section)) != number_of(raw):
            raise Unshown(f"it shows {_scientific(raw, section)}")
        return plain(raw)
    if _scale(section):
        raise Unshown("it shows thousands or millions of what is stored")
    if not section.has("digit", "general", "text"):
        text = "".join(text for kind, text in section.pieces if kind in ("literal", "currency"))
        if not text.strip():
            raise Unshown("it shows nothing")
        return text.strip()
    percents = sum(text.count("%") for kind, text in section.pieces if kind == "percent")
    number = number_of(plain(raw)) * 100**percents
    is_bare = not section.has("literal", "currency", "percent")
    if section.has("general", "text") or (is_bare and _zeros(section) < 2):
        return _digits(number)
    return _rendered(number, section, negates=negates)


def _zeros(section: Section) -> int:
    """The least number of digits before the decimal point."""
    count = 0
    for kind, text in section.pieces:
        if kind == "point":
            break
        count += kind == "digit" and text == "0"
    return count


def _rendered(number: Decimal, section: Section, *, negates: bool) -> str:
    """Digits in their places, from the right, and everything else where it stands."""
    places = _places(section)
    rounded = abs(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, fraction = format(rounded, "f").partition(".")
    point = next((at for at, (kind, _) in enumerate(section.pieces) if kind == "point"), None)
    before = section.pieces if point is None else section.pieces[:point]
    digits = list("" if whole == "0" and not _zeros(section) else whole)
    first = next((at for at, (kind, _) in enumerate(before) if kind == "digit"), -1)
    written: list[str] = []
    for at in range(len(before) - 1, -1, -1):
        kind, text = before[at]
        if kind == "digit":
            taken = digits.pop() if digits else {"0": "0", "?": " "}.get(text, "")
            written.append(taken)
            if at == first:
                written.extend(reversed(digits))
        elif kind in ("literal", "currency", "percent"):
            written.append(text[::-1])
    result = "".join(written)[::-1]
    if point is not None:
        rest = iter(fraction)
        result += "."
        for kind, text in section.pieces[point + 1 :]:
            if kind == "digit":
                result += next(rest, "")
            elif kind in ("literal", "currency", "percent"):
                result += text
    return ("-" if number < 0 and not negates else "") + result.strip()


def _as_time(raw: str, section: Section, kind: str, *, is_1904: bool) -> str:
    serial = float(number_of(raw))
    if section.has("elapsed"):
        hours, rest = divmod(round(serial * 86_400), 3600)
        if serial < 0:
            raise Unshown("it is a time below zero")
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    if kind in NUMBERS:
        raise Unshown("it shows a date or a time")
    letters = {text[0] for piece, text in section.pieces if piece == "date"}
    is_day, is_clock = {"y", "m", "d"} <= letters, bool({"h", "n", "s"} & letters)
    if not is_day and is_clock and not {"y", "m", "d"} & letters:
        milliseconds = round(serial % 1 * 86_400_000)
        if kind in DAYS:
            raise Unshown("it shows a time of day and no date")
        return (_EPOCH + timedelta(milliseconds=milliseconds)).time().isoformat()
    if not is_day and kind in DAYS:
        raise Unshown("it does not show day, month and year")
    serial += 1462 if is_1904 else 0
    if not 0 <= serial < _LAST_DAY:
        raise Unshown("no calendar of a spreadsheet has that day")
    # Excel believes in 29 February 1900.
    epoch = _EPOCH if serial >= 61 else _EPOCH + timedelta(days=1)
    moment = epoch + timedelta(milliseconds=round(serial * 86_400_000))
    if not is_clock and moment == moment.replace(hour=0, minute=0, second=0, microsecond=0):
        return date(moment.year, moment.month, moment.day).isoformat()
    return moment.isoformat(sep=" ")
