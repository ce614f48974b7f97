"""Number formats of workbooks taken apart: sections, their pieces, and which is for a number.

The grammar is that of ECMA-376, part 1, 18.8.31; what a number shows by it is `number_formats`'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
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
_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|[_*](.)|\[([^\]]*)\]|(General)|(AM/PM|am/pm|A/P|a/p)|([eE][+-])'
    r"|(y+|Y+|m+|M+|d+|D+|h+|H+|s+|S+|b+|B+|g+|e+)|([0#?])|(.)",
    re.DOTALL,
)
_CURRENCIES = "$€£¥₹₨₩₽₺₫₱฿₪₦"


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


def number_of(raw: str) -> Decimal:
    try:
        number = Decimal(raw.strip())
    except ArithmeticError:
        raise Unshown(f"{raw[:40]!r} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > 308:
        raise Unshown(f"{raw[:40]!r} is no number")
    return number


@lru_cache(maxsize=4096)
def parse(code: str) -> tuple[Section, ...]:
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
                condition = (sign.group(), number_of(text[sign.end() :])) if sign else None
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


def choose(sections: tuple[Section, ...], number: Decimal) -> tuple[Section, bool]:
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
