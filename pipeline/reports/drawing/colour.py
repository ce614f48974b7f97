"""Brand colours that can be read: contrast as WCAG 2.2 defines it, and the nearest with enough.

A tenant may choose any brand colour; text, charts and focus rings use what these functions make of
it. What a report paints with the colours is the report's business.
"""

WHITE = "#ffffff"
DARK_PAPER = "#14181d"
TEXT_CONTRAST = 4.5
_STEPS = 50


def readable(color: str, paper: str, contrast: float = TEXT_CONTRAST) -> str:
    """The nearest to `color`, on the way to black or white, with `contrast` on `paper`."""
    target = "#000000" if luminance(paper) > 0.5 else WHITE
    for step in range(_STEPS + 1):
        mixed = mix(color, target, step / _STEPS)
        if contrast_ratio(mixed, paper) >= contrast:
            return mixed
    return target


def contrast_ratio(one: str, other: str) -> float:
    """1 to 21, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """Relative luminance 0 to 1 of `#rrggbb`, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(color: str, other: str, share: float) -> str:
    """`color` with `share` (0 to 1) of `other` in it."""
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
