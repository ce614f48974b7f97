"""From a chart's specification to SVG and PNG, and what text measures in them.

Vega-Lite draws, with the repository's fonts and nothing fetched; the same chart gives the same
bytes in any process. What a chart looks like is in `charts`.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import vl_convert
from PIL import Image, ImageFont

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.clean_text import clean
from pipeline.reports.drawing.chart_switch import DRAWN
from pipeline.reports.drawing.colour import WHITE

TEXT_SIZE = 12
NOT_DRAWN = "This chart could not be drawn; its figures are in the text and the tables."
_FACE_SIZE = 100
_PNG_COLOURS = 48
_LINE = "#5a6672"


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification, and the sentence that says the same to who cannot see it."""

    spec: dict[str, Any]
    alt: str
    width: int

    def svg(self) -> str:
        """For a page or a PDF. Fills keep the theme's values, which a style sheet can match."""
        alt = clean(self.alt)
        if not DRAWN.get():
            return _not_drawn(self.width, alt)
        _register_fonts()
        try:
            drawn = vl_convert.vegalite_to_svg(_cleaned(self.spec), allowed_base_urls=[])
        except (ValueError, TypeError, RuntimeError):
            # Not the report's end: its figures are in tables, and the sentence says the rest.
            return _not_drawn(self.width, alt)
        return _describe(_crop(_round_coordinates(drawn), self.width), alt)

    def png(self, scale: float = 2.0) -> bytes:
        """For mail: the same on white paper, reduced to a palette (a quarter of the bytes)."""
        paper = f'<rect x="-20" width="110%" height="100%" fill="{WHITE}"/>'
        drawn = vl_convert.svg_to_png(
            re.sub(r"(<svg[^>]*>)", rf"\1{paper}", self.svg(), count=1), scale
        )
        with Image.open(io.BytesIO(drawn)) as image:
            palette = image.convert("RGB").quantize(_PNG_COLOURS, dither=Image.Dither.NONE)
        out = io.BytesIO()
        palette.save(out, "PNG", optimize=True)
        return out.getvalue()


def _cleaned(value: Any) -> Any:
    """A specification whose texts hold nothing over which the engine ends the process."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def _not_drawn(width: int, alt: str) -> str:
    """In the chart's place: a line that says so."""
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" width="{width}" height="28"'
        f' viewBox="0 0 {width} 28" role="img" aria-label="{escape(alt)}"><text x="0" y="18"'
        f' font-family="Source Sans 3" font-size="{TEXT_SIZE}" fill="{_LINE}">{NOT_DRAWN}</text>'
        "</svg>"
    )


def sparkline(values: Sequence[float | None], *, width: int = 132, height: int = 30) -> str:
    """A line without axes or numbers, beside a figure that has them; hidden from assistive tools.

    A missing value is a gap. Drawn here: a specification for twenty points would be all overhead.
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step, span = (width - 6) / max(len(values) - 1, 1), (high - low) or 1.0
    points = [
        None
        if value is None
        else (3 + index * step, height - 4 - (value - low) / span * (height - 8))
        for index, value in enumerate(values)
    ]
    path, pen = "", "M"
    for point in points:
        path += f"{pen}{point[0]:.1f} {point[1]:.1f}" if point else ""
        pen = "L" if point else "M"
    last = points[-1] if points else None
    # Colours as attributes, for paper, where no style sheet reaches into a drawing; a page's does.
    at = f'cx="{last[0]:.1f}" cy="{last[1]:.1f}"' if last else ""
    dot = f'<circle {at} r="2.5" fill="{_LINE}"/>' if last else ""
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' aria-hidden="true" focusable="false"><path d="{path}" fill="none" stroke="{_LINE}"/>'
        f"{dot}</svg>"
    )


def text_length(text: str) -> float:
    """Width of text in the chart's size. Vega only guesses it, by a third too wide."""
    return float(_face().getlength(text)) * TEXT_SIZE / _FACE_SIZE


def fitting(text: str, width: float) -> str:
    """`text`, cut with an ellipsis to `width` pixels."""
    if text_length(text) <= width:
        return text
    cut = len(text)
    while cut and text_length(text[:cut] + "…") > width:
        cut -= 1
    return text[:cut].rstrip() + "…"


@cache
def _face() -> ImageFont.FreeTypeFont:
    path = TEMPLATES_DIR / "fonts" / "SourceSans3-Regular.ttf"
    return ImageFont.truetype(path, _FACE_SIZE, layout_engine=ImageFont.Layout.BASIC)


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(TEMPLATES_DIR / "fonts"))


def _round_coordinates(svg: str) -> str:
    """Two decimals are a hundredth of a pixel; more of them only differ between machines."""

    def rounded(match: re.Match[str]) -> str:
        return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")

    def attribute(match: re.Match[str]) -> str:
        return re.sub(r"-?\d+\.\d{3,}", rounded, match[0])

    return re.sub(r' (?:d|transform|x1|x2|y1|y2)="[^"]*"', attribute, svg)


def _crop(svg: str, width: int) -> str:
    """The drawing from its own left edge to its right one.

    Vega leaves room for texts whose width it only guesses, so that charts would stand further in
    than what is around them.
    """
    left = re.search(r'transform="translate\(([\d.]+)', svg)
    height = re.search(r' height="([\d.]+)"', svg)
    if not left or not height:
        return svg
    across = width + 2
    box = f'width="{across}" height="{height[1]}"'
    box += f' viewBox="{float(left[1]) - 1:g} 0 {across} {height[1]}"'
    return re.sub(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', box, svg, count=1)


def _describe(svg: str, alt_text: str) -> str:
    """Name the drawing for assistive technology and leave its size to the style."""
    opened = re.sub(r'^<svg([^>]*?) class="marks"', r'<svg\1 class="chart"', svg, count=1)
    # Vega gives every group a role of its own; the drawing as a whole has its name.
    opened = re.sub(r' (?:role|aria-roledescription)="[^"]*"', "", opened)
    return opened.replace("<svg", f'<svg role="img" aria-label="{escape(alt_text)}"', 1)
