"""Text without what programs that draw or write it cannot take.

Some libraries end the whole process over a control character, others raise over half of a surrogate
pair. Such characters say nothing to a reader; a mark stands in their place, so that it is seen that
something was there.
"""

import re

MARK = "\N{REPLACEMENT CHARACTER}"
# Control characters but tab and line ends; lone surrogates; code points that are no characters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_LINE_ENDS = re.compile("[\u2028\u2029]")


def clean(text: str) -> str:
    """The text with a mark for each character that is none, and ordinary line ends."""
    return _UNFIT.sub(MARK, _LINE_ENDS.sub("\n", text))
