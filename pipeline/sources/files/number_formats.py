"""What a workbook's number shows by its number format, as the text that is read for it.

A format is part of the meaning: 0.5 may show 50 %, a day, half a day's hours or "0.5 Dr". A number
is read as its sheet shows it; where that is not what its column holds, `Unshown` names the format
and the row goes to quarantine. Rounding and grouping alone change nothing: the stored digits count.
The grammar is that of ECMA-376, part 1, 18.8.31.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

GENERAL = "General"
# The formats that files name by number alone.
_MONEY = '_({0}* #,##0{1}_);_({0}* (#,##0{1});_({0}* "-"{2}_)'
BUILT_IN: dict[int, str] = {
    **dict(enumerate((GENERAL, "0", "0.00", "#,##0", "#,##0.00"))),
    **dict(enumerate(("0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??"), 9)),
    **dict(enumerate(("m/d/yyyy", "d-mmm-yy", "d-mmm", "mmm-yy"), 14)),
    **dict(enumerate(("h:mm AM/PM", "h:mm:ss AM/PM", "h:mm", "h:mm:ss", "m/d/yyyy h:mm"), 18)),
    **dict(enumerate(("#,##0;(#,##0)",) * 2 + ("#,##0.00;(#,##0.00)",) * 2, 37)),
    # The currency of 42 and 44 is that of the country that Excel is set to.
    41: _MONEY.format("", "", ""),
    42: _MONEY.format("", "", ""),
    43: _MONEY.format("", ".00", "??"),
    44: _MONEY.format("", ".00", "??"),
    **dict(enumerate(("mm:ss", "[h]:mm:ss", "mmss.0", "##0.0E+0", "@"), 45)),
}
NUMBERS = frozenset(("MONEY", "PERCENT", "COORDINATE", "INTEGER"))
DAYS = frozenset(("DATE", "TIMESTAMP"))
_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|[_*](.)|\[([^\]]*)\]|(General)|(AM/PM|am/pm|A/P|a/p)|([eE][+-])'
    r"|(y+|Y+|m+|M+|d+|D+|h+|H+|s+|S+|b+|B+|g+|e+)|([0#?])|(.)",
    re.DOTALL,
)
_CURRENCIES = "$€£¥₹₨₩₽₺₫₱฿₪₦"
# Beyond it a double leaves out whole numbers, so an id may have become another one.
_EXACT = 2**53
# With more before the mark, fifteen digits leave less than two behind it.
_LARGE = 10**13
_LAST_DAY = 2_958_466
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock's


class Unshown(Exception):
    """What the cell shows cannot be read as what its column holds."""


@dataclass(frozen=True)
class Section:
    """One of a format's sections: its pieces in order, each a kind and a text."""

    pieces: tuple[tuple[str, str], ...]
    condition: tuple[str, Decimal] | None = None

    def has(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.pieces)

    @property
    def words(self) -> str:
        """What it writes besides digits and currencies."""
        return "".join(text for kind, text in self.pieces if kind == "literal")

    @property
    def currency(self) -> str:
        return "".join(text for kind, text in self.pieces if kind == "currency").strip()

    @property
    def is_date(self) -> bool:
        return self.has("date", "elapsed")


def shown(
    raw: str, code: str, kind: str, currencies: Collection[str] = (), *, is_1904: bool = False
) -> str:
    """The text of a number for a column of a type (`contracts.model.Type`'s name).

    `currencies` are the signs and codes of the tenant's money. Raises Unshown.
    """
    number = _number(raw)
    if code == GENERAL:
        return plain(raw)
    sections = _parse(code)
    section, negates = _choose(sections, number)
    if section.is_date:
        return _as_time(raw, section, kind, is_1904=is_1904)
    if kind in NUMBERS or kind in DAYS or kind == "CLOCK":
        return _as_number(raw, section, kind, currencies, negates=negates)
    return _as_text(raw, section, negates=negates)


def plain(raw: str) -> str:
    """A number's digits: of a whole one all, of others the fifteen that Excel shows."""
    number = _number(raw)
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


def _number(raw: str) -> Decimal:
    try:
        number = Decimal(raw.strip())
    except ArithmeticError:
        raise Unshown(f"{raw[:40]!r} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > 308:
        raise Unshown(f"{raw[:40]!r} is no number")
    return number


@lru_cache(maxsize=4096)
def _parse(code: str) -> tuple[Section, ...]:
    """The sections of a format, at most the three for numbers."""
    sections: list[Section] = []
    pieces: list[tuple[str, str]] = []
    condition = None
    for match in _TOKEN.finditer(code[:500]):
        quoted, escaped, width, bracket, general, half, power, time, digit, other = match.groups()
        if other == ";":
            sections.append(Section(tuple(pieces), condition))
            pieces, condition = [], None
        elif bracket is not None:
            kind, text = _bracket(bracket)
            if kind == "condition":
                sign = re.match(r"[<>=]+", text)
                condition = (sign.group(), _number(text[sign.end() :])) if sign else None
            elif kind:
                pieces.append((kind, text))
        elif width is None:
            pieces.append(_piece(quoted, escaped, general, half, power, time, digit, other))
    sections.append(Section(tuple(pieces), condition))
    return tuple(map(_settled, sections[:3]))


def _bracket(text: str) -> tuple[str, str]:
    if text.startswith("$"):
        return "currency", text[1:].partition("-")[0]
    if text[:1] in ("<", ">", "="):
        return "condition", text
    if re.fullmatch(r"[hH]+|[mM]+|[sS]+", text):
        return "elapsed", text.lower()
    # Colours say nothing that is read; numerals of other scripts do.
    return ("other", text) if text.lower().startswith("dbnum") else ("", "")


def _piece(
    quoted: str | None,
    escaped: str | None,
    general: str | None,
    half: str | None,
    power: str | None,
    time: str | None,
    digit: str | None,
    other: str | None,
) -> tuple[str, str]:
    for kind, text in (("digit", digit), ("power", power), ("half", half), ("general", general)):
        if text is not None:
            return kind, text
    if time is not None:
        return "date", time.lower()
    literal = quoted if quoted is not None else escaped
    if literal is not None:
        is_sign = literal.strip() != "" and set(literal.strip()) <= set(_CURRENCIES)
        return ("currency" if is_sign else "literal"), literal
    other = other or ""
    if other in _CURRENCIES:
        return "currency", other
    names = {".": "point", ",": "comma", "%": "percent", "/": "slash", "@": "text"}
    return names.get(other, "literal"), other


def _settled(section: Section) -> Section:
    """Letters are dates only where no digits are, and an m beside hours or seconds is a minute."""
    if section.has("digit") and not section.has("elapsed") and not _is_time_of(section):
        plain_ = tuple(("literal", t) if k == "date" else (k, t) for k, t in section.pieces)
        return Section(plain_, section.condition)
    pieces = list(section.pieces)
    times = [place for place, (kind, _) in enumerate(pieces) if kind in ("date", "elapsed")]
    for place, at in enumerate(times):
        text = pieces[at][1]
        before = pieces[times[place - 1]][1][0] if place else ""
        after = pieces[times[place + 1]][1][0] if place + 1 < len(times) else ""
        if text[0] == "m" and (before == "h" or after == "s"):
            pieces[at] = (pieces[at][0], "n" * len(text))
    return Section(tuple(pieces), section.condition)


def _is_time_of(section: Section) -> bool:
    """Seconds with tenths: mm:ss.0."""
    letters = [text[0] for kind, text in section.pieces if kind == "date"]
    digits = [text for kind, text in section.pieces if kind == "digit"]
    return "s" in letters and set(digits) == {"0"}


def _choose(sections: tuple[Section, ...], number: Decimal) -> tuple[Section, bool]:
    """The section for a number, and whether it writes the sign of a negative one itself."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(section.condition, number):
                return section, number < 0 and len(sections) > 1 and section is not sections[0]
        raise Unshown("no part of the number format is for it")
    if len(sections) == 3 and number == 0:
        return sections[2], False
    if len(sections) > 1 and number < 0:
        return sections[1], True
    return sections[0], False


def _holds(condition: tuple[str, Decimal], number: Decimal) -> bool:
    sign, bound = condition
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }.get(sign, False)


def _as_number(
    raw: str, section: Section, kind: str, currencies: Collection[str], *, negates: bool
) -> str:
    number = _number(raw)
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
        raise Unshown(f"it shows {_digits(_number(plain(raw)) * 100**percents)} %")
    if section.has("power") and _number(_scientific(raw, section)) != number:
        raise Unshown(f"it shows {_scientific(raw, section)}")
    return _digits(_number(plain(raw)) * 100**percents) if percents else plain(raw)


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
        if _number(_scientific(raw, section)) != _number(raw):
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
    number = _number(plain(raw)) * 100**percents
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
    serial = float(_number(raw))
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
