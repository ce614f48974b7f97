"""A plain line of text, shaped by Pango once: its measures, and its glyphs as a PDF shows them.

What WeasyPrint does to lay a line out and then again to draw it, for text that needs neither
breaking nor justifying. Which lines are plain, and keeping them, is `line_cache`'s.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from weasyprint.text.constants import PANGO_DIRECTION
from weasyprint.text.ffi import FROM_UNITS, ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_font_description, get_pango_font_key
from weasyprint.text.line_break import line_size

_Style = Any


class Glyph(NamedTuple):
    """A glyph of a font: its number, the text it stands for, and its width in the PDF."""

    number: int
    text: str
    width: int


class Ink(NamedTuple):
    """How a line is drawn. `sample` is the font as WeasyPrint is given it, with what keeps it."""

    font: int
    size: float
    sample: Any
    glyphs: tuple[Glyph, ...]
    shown: str


class ShapedLine(NamedTuple):
    """A line's measures in pixels (`length` in bytes). It holds its style, whose id is a key."""

    style: _Style
    length: int
    width: float
    height: float
    baseline: float
    direction: int
    ink: Ink | None


class _Prepared(NamedTuple):
    """A style's Pango context, font description and attributes."""

    context: Any
    font: Any
    attributes: Any


_samples: dict[tuple[int, float], tuple[Any, Any]] = {}
_ink_rectangle = ffi.new("PangoRectangle *")
_rectangle = ffi.new("PangoRectangle *")


def shape(text: str, style: _Style) -> ShapedLine | None:
    """The line that the whole text is; None if Pango breaks it."""
    prepared = _prepared(style)
    layout = ffi.gc(pango.pango_layout_new(prepared.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout, False)
    pango.pango_layout_set_font_description(layout, prepared.font)
    pango.pango_layout_set_attributes(layout, prepared.attributes)
    pointer, encoded = unicode_to_char_p(text)
    pango.pango_layout_set_text(layout, pointer, -1)
    first = pango.pango_layout_get_line_readonly(layout, 0)
    if pango.pango_layout_get_line_readonly(layout, 1) != ffi.NULL:
        return None
    width, height = line_size(first, style)
    baseline = pango.pango_layout_get_baseline(layout) * FROM_UNITS
    ink = _ink(layout, first, encoded, style)
    return ShapedLine(style, first.length, width, height, baseline, first.resolved_dir, ink)


def _prepared(style: _Style) -> _Prepared:
    """As WeasyPrint's `Layout.setup` does for each line, once a style."""
    kept = style.__dict__.get("prepared")
    if kept is None:
        kept = style.prepared = _Prepared(
            _context(style), get_font_description(style), _attributes(style)
        )
    return kept  # type: ignore[no-any-return]


def _context(style: _Style) -> Any:
    context = ffi.gc(
        pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
    )
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, PANGO_DIRECTION[style["direction"]])
    if style["lang"]:
        pointer, _kept = unicode_to_char_p(style["lang"])
        language = pango.pango_language_from_string(pointer)
        pango.pango_context_set_language(context, language)
    return context


def _attributes(style: _Style) -> Any:
    attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    names = (
        "kerning",
        "variant_ligatures",
        "variant_position",
        "variant_caps",
        "variant_numeric",
        "variant_alternates",
        "variant_east_asian",
        "feature_settings",
    )
    features = font_features(*(style[f"font_{name}"] for name in names))
    if features:
        written = ",".join(f"{key} {value}" for key, value in features.items()).encode()
        pango.pango_attr_list_insert(attributes, pango.pango_attr_font_features_new(written))
    return attributes


def _ink(layout: Any, first: Any, encoded: bytes, style: _Style) -> Ink | None:
    """None for what is not shown by glyphs of one font, side by side."""
    font = None
    glyphs: list[Glyph] = []
    shown = ""
    run = first.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        if font is None:
            font = item.item.analysis.font
            key, _, size = get_pango_font_key(font)
            if pango.pango_version() < 14802:
                size = style["font_size"]
        elif item.item.analysis.font != font:
            return None
        part = _run(item, encoded, font, size, glyphs)
        if part is None:
            return None
        shown += part
    if font is None:
        return None
    sample = _samples.setdefault((key, size), (layout, font))
    return Ink(key, size, sample, tuple(dict.fromkeys(glyphs)), shown)


def _run(item: Any, encoded: bytes, font: Any, size: float, glyphs: list[Glyph]) -> str | None:
    """The glyphs of a run as PDF shows them, kerned; notes each in `glyphs`."""
    string, clusters, offset = item.glyphs, item.glyphs.log_clusters, item.item.offset
    count, backwards = string.num_glyphs, item.item.analysis.level % 2
    shown = "<"
    for index, info in enumerate(string.glyphs[0:count]):
        number, place = info.glyph, info.geometry
        odd = number == pango.PANGO_GLYPH_EMPTY or number & pango.PANGO_GLYPH_UNKNOWN_FLAG
        if odd or place.x_offset or place.y_offset:
            return None
        begin = clusters[index]
        if backwards:
            end = item.item.length if index == 0 else clusters[index - 1]
        else:
            end = item.item.length if index == count - 1 else clusters[index + 1]
        width = _glyph_width(font, number, size)
        glyphs.append(Glyph(number, encoded[offset + begin : offset + end].decode(), width))
        shown += f"{number:04x}"
        kerning = width - place.width * 1000 * FROM_UNITS / size
        if kerning:
            shown += f">{int(kerning)}<"
    return shown[:-1] if shown[-1] == "<" else shown + ">"


def _glyph_width(font: Any, number: int, size: float) -> int:
    pango.pango_font_get_glyph_extents(font, number, _ink_rectangle, _rectangle)
    width: int = round(_rectangle.width * 1000 * FROM_UNITS / size)
    return width
