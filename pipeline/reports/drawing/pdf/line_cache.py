"""Lines of text that a worker has shaped before: their measures, and how they are drawn.

A page has a hundred lines, and two statements have most of them in common: labels, dates, kinds.
WeasyPrint shapes each with Pango once or twice to lay it out, and again to draw it, which is a
third of the time of a page. Only plain lines are kept: text that fits without a break, in one font,
unjustified. All else goes WeasyPrint's way. Installed by `style_cache`, on the same terms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weasyprint.draw import text as drawing
from weasyprint.text import line_break
from weasyprint.text.line_break import Layout

from pipeline.reports.drawing.pdf.shaping import Ink, ShapedLine, shape

_MOST_LINES = 20_000
# Characters at which Pango breaks, aligns or hyphenates; lines with them are WeasyPrint's.
_SPECIAL = frozenset("\n\r\t\f\x00\x85\xad\u200b\u2028\u2029")
# The scripts of India and South-East Asia. Those written from the right are read back as they are.
_SHAPED = (("\u0900", "\u109f"), ("\u1780", "\u17ff"))

_Style = Any
plain_split: Callable[..., Any] = line_break.split_first_line
plain_draw: Callable[..., None] = drawing.draw_text
plain_strut: Callable[..., tuple[float, float]] = line_break.strut
_lines: dict[tuple[int, str], ShapedLine | None] = {}


def forget() -> None:
    """Drop every line."""
    _lines.clear()


def strut(style: _Style) -> tuple[float, float]:
    """Line height and baseline, which WeasyPrint looks up by sixteen properties written out."""
    kept = style.__dict__.get("strut")
    if kept is None:
        kept = style.strut = plain_strut(style)
    return kept  # type: ignore[no-any-return]


def split_first_line(
    text: str,
    style: _Style,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """WeasyPrint's `split_first_line`, from memory where the whole text fits."""
    if not justification_spacing:
        line = _line(text, style)
        if line and (max_width is None or line.width <= max_width):
            return (
                _measured(text, max_width, line),
                *(line.length, None, line.width, line.height, line.baseline),
            )
    return plain_split(
        text, style, context, max_width, justification_spacing, is_line_start, minimum
    )


def draw_text(
    stream: Any, textbox: Any, offset_x: float, text_overflow: str, block_ellipsis: Any
) -> None:
    """WeasyPrint's `draw_text`, from memory where the line is there.

    A glyph has one text in a PDF, and a sign of many scripts is drawn with the glyph of another:
    such a line says its text itself, so that it is copied, searched and read out as it is written.
    """
    said = text_overflow == "clip" and block_ellipsis == "none" and is_shaped(textbox.text)
    if said:
        text = textbox.text.encode("utf-16-be").hex().upper()
        stream.stream.append(f"/Span <</ActualText <FEFF{text}>>> BDC")
    _draw(stream, textbox, offset_x, text_overflow, block_ellipsis)
    if said:
        stream.stream.append("EMC")


def is_shaped(text: str) -> bool:
    """Whether it has signs of a script whose glyphs are chosen by their neighbours."""
    return any(first <= char <= last for char in text for first, last in _SHAPED)


def _draw(
    stream: Any, textbox: Any, offset_x: float, text_overflow: str, block_ellipsis: Any
) -> None:
    style, layout = textbox.style, textbox.pango_layout
    line = _lines.get((id(style), layout.text))
    drawable = (
        line is not None
        and line.ink is not None
        and not layout.justification_spacing
        and text_overflow == "clip"
        and block_ellipsis == "none"
        and style["text_decoration_line"] == "none"
        and style["visibility"] == "visible"
    )
    if not (drawable and line and line.ink and _write(stream, textbox, line.ink)):
        plain_draw(stream, textbox, offset_x, text_overflow, block_ellipsis)


def _line(text: str, style: _Style) -> ShapedLine | None:
    key = (id(style), text)
    if key in _lines:
        return _lines[key]
    if len(_lines) >= _MOST_LINES:
        _lines.clear()
    made = shape(text, style) if _is_plain(text, style) else None
    if made:
        _lines[key] = made
    return made


def _is_plain(text: str, style: _Style) -> bool:
    return bool(
        text.strip()
        and style["font_language_override"] == "normal"
        and style["letter_spacing"] == "normal"
        and not style["word_spacing"]
        and style["font_size"] > 0
        and style["text_decoration_line"] == "none"
        and not _SPECIAL.intersection(text)
    )


def _measured(text: str, max_width: float | None, line: ShapedLine) -> Layout:
    """What WeasyPrint keeps of a layout until it draws."""
    layout = Layout.__new__(Layout)
    layout.__dict__.update(
        justification_spacing=0,
        max_width=max_width,
        text=text,
        first_line_direction=line.direction,
        ascent=None,
        underline_position=None,
        strikethrough_position=None,
    )
    return layout


def _write(stream: Any, textbox: Any, ink: Ink) -> bool:
    """Draw it; False if the document has other widths or text for a glyph, from elsewhere."""
    font = stream._fonts.get(ink.font)
    if font is None:
        font, _ = stream.add_font(ink.sample[1])
    if font.bitmap or font.svg or font.png or font.colr:
        return False
    widths, texts = font.widths, font.to_unicode
    if any(widths.get(glyph.number, glyph.width) != glyph.width for glyph in ink.glyphs):
        return False
    for glyph in ink.glyphs:
        widths.setdefault(glyph.number, glyph.width)
        texts.setdefault(glyph.number, glyph.text)
    x, y = textbox.position_x, textbox.position_y + textbox.baseline
    stream.set_color(textbox.style["color"])
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, -1, x, y)
    stream.set_font_size(font.hash, ink.size)
    stream.show_text(ink.shown)
    stream.end_text()
    return True
