"""Charts that carry their numbers: one Altair specification each, for SVG, PNG and the page.

Two shapes serve every report: `columns` (small panels above one shared axis of days or months) and
`bars` (a name, a figure and a thin bar to a row, so that a long name never meets its bar). Numbers
arrive as text that the report has formatted; here they are only placed. The theme is in this file
and nowhere else, the fonts are the repository's, and nothing is fetched: the same chart gives the
same bytes in any process. What a chart shows and how its figures read is the report's business.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import altair as alt

from pipeline.reports.drawing.colour import WHITE, contrast_ratio, mix
from pipeline.reports.drawing.vega import TEXT_SIZE, Chart, fitting, text_length

# Quoted: a family name with a bare number in it is not valid CSS, and its text would not be drawn.
FONT = "'Source Sans 3'"
INK = "#1b2530"
MUTED = "#5a6672"
RULE = "#d3d9df"
TRACK = "#eceff2"
BAD = "#b3261e"

THEME = {
    "background": "transparent",
    "font": FONT,
    "padding": 2,
    "aria": False,
    "view": {"stroke": None},
    "text": {"fontSize": TEXT_SIZE, "font": FONT},
    "axis": {"labelFontSize": TEXT_SIZE, "labelFont": FONT},
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": TEXT_SIZE + 1,
        "fontWeight": 600,
        "color": INK,
        "offset": 16,
        "font": FONT,
    },
}

Role = Literal["brand", "soft", "bad", "muted"]


@dataclass(frozen=True)
class Panel:
    """One row of columns: a heading, and per label a height and the text that stands on it."""

    title: str
    values: Sequence[float]
    texts: Sequence[str]
    roles: Sequence[Role] = ()
    height: int = 72


@dataclass(frozen=True)
class Row:
    """One bar: its name at the left, its figure at the right, the bar below both."""

    name: str
    value: float
    text: str
    role: Role = "brand"


def columns(
    panels: Sequence[Panel], labels: Sequence[str], brand: str, alt_text: str, *, width: int
) -> Chart:
    """Panels of columns above one another, with `labels` (lines parted by \\n) below the last.

    `brand` must be readable on white. Each panel has its own scale, from zero.
    """
    drawn, data = [], {}
    for index, panel in enumerate(panels):
        name = f"panel{index}"
        data[name] = _column_rows(panel, brand)
        drawn.append(_column_panel(name, panel, labels, width, last=panel is panels[-1]))
    return _chart(alt.vconcat(*drawn, spacing=18), data, alt_text, width)


def bars(rows: Sequence[Row], brand: str, alt_text: str, *, width: int = 360) -> Chart:
    """A bar to a row, in the order given, all from one zero; negative values run to its left."""
    data = [
        {"row": index, "name": fitting(row.name, width - text_length(row.text) - 12)}
        | {"value": row.value, "text": row.text, "fill": _fill(row.role, brand)}
        for index, row in enumerate(rows)
    ]
    low, high = _domain([row.value for row in rows])
    scale = alt.Scale(domain=[low, high], nice=False)
    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    )
    track = base.mark_bar(height=5, yOffset=11, color=TRACK).encode(
        x=alt.X("low:Q", scale=scale, axis=None), x2="high:Q"
    )
    track = track.transform_calculate(low=str(low), high=str(high))
    bar = base.mark_bar(height=5, yOffset=11).encode(
        x=alt.X("value:Q", scale=scale, axis=None), color=alt.Color("fill:N", scale=None)
    )
    name = base.mark_text(align="left", x=0, color=INK).encode(text="name:N")
    text = base.mark_text(align="right", x=width, fontWeight=600, color=INK).encode(text="text:N")
    drawn = alt.layer(track, bar, name, text).properties(width=width, height=38 * len(rows))
    return _chart(drawn, {"rows": data}, alt_text, width)


def _column_rows(panel: Panel, brand: str) -> list[dict[str, Any]]:
    roles = panel.roles or ["brand"] * len(panel.values)
    columns = zip(panel.values, panel.texts, roles, strict=True)
    return [
        {"at": index, "value": value, "text": text, "fill": _fill(role, brand)}
        for index, (value, text, role) in enumerate(columns)
    ]


def _column_panel(
    name: str, panel: Panel, labels: Sequence[str], width: int, *, last: bool
) -> alt.LayerChart | alt.FacetChart:
    low, high = _domain(panel.values)
    # Below the zero line, room for the text that hangs under a negative column.
    scale = alt.Scale(domain=[low - (high - low) * 0.3 if low < 0 else low, high], nice=False)
    base = alt.Chart(alt.NamedData(name)).encode(x=_label_axis(labels, shown=last))
    y = alt.Y("value:Q", axis=None, scale=scale)
    column = base.mark_bar(width=alt.RelativeBandSize(0.68)).encode(
        y=y, color=alt.Color("fill:N", scale=None)
    )
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color=RULE).encode(y=y)
    size = _column_text_size(panel.texts, width / len(labels))
    above = base.mark_text(dy=-7, color=INK, fontSize=size).encode(y=y, text="text:N")
    below = base.mark_text(dy=8, color=INK, fontSize=size).encode(y=y, text="text:N")
    layers = [
        zero,
        column,
        above.transform_filter("datum.value >= 0"),
        below.transform_filter("datum.value < 0"),
    ]
    return alt.layer(*layers).properties(
        width=width, height=panel.height, title=alt.TitleParams(panel.title)
    )


def _label_axis(labels: Sequence[str], *, shown: bool) -> alt.X:
    if not shown:
        return alt.X("at:O", axis=None)
    names = "[" + ",".join(_expression_text(label) for label in labels) + "]"
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelAngle=0,
        labelPadding=6,
        labelOverlap=False,
        labelColor=MUTED,
        labelExpr=f"split({names}[datum.value], '\\n')",
    )
    return alt.X("at:O", axis=axis)


def _expression_text(text: str) -> str:
    """A Vega expression literal; what could end the literal is left out."""
    clean = re.sub(r"[\\\"']", "", text).replace("\n", "\\n")
    return f'"{clean}"'


def _chart(
    drawn: alt.VConcatChart | alt.LayerChart | alt.FacetChart,
    data: dict[str, list[dict[str, Any]]],
    alt_text: str,
    width: int,
) -> Chart:
    """The specification with theme and data put in last: Altair copies whatever it holds, often."""
    spec = drawn.to_dict(validate=False)
    datasets = {**data, "zero": [{"value": 0}]}
    return Chart({**spec, "config": THEME, "datasets": datasets}, alt_text, width)


def _domain(values: Sequence[float]) -> tuple[float, float]:
    """From the lowest value or zero to the highest or zero; never empty, so that zeros draw."""
    low, high = min(0.0, *values), max(0.0, *values)
    return (low, high) if high > low else (0.0, 1.0)


@cache
def tint(brand: str) -> str:
    """The lightest tint of the brand colour that still has 3:1, as WCAG asks of graphics."""
    shares = (share / 50 for share in range(30, 0, -1))
    tints = (mix(brand, WHITE, share) for share in shares)
    return next((color for color in tints if contrast_ratio(color, WHITE) >= 3.0), brand)


def _fill(role: Role, brand: str) -> str:
    return {"brand": brand, "soft": tint(brand), "bad": BAD, "muted": MUTED}[role]


def _column_text_size(texts: Sequence[str], step: float) -> float:
    """The theme's size, or what keeps the widest text from its neighbours."""
    widest = max(map(text_length, texts), default=0.0)
    return min(TEXT_SIZE, round(TEXT_SIZE * (step - 4) / widest, 1)) if widest else TEXT_SIZE
