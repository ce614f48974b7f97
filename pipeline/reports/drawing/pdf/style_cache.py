"""What a worker keeps from one document to the next: style sheets, computed styles, used lengths.

WeasyPrint works these out anew for each document: a hundred styles of a hundred properties, and
fifteen lengths for each of five hundred boxes, a quarter of the time of a page. Two statements of a
tenant have the same ones. This reaches behind WeasyPrint's interface, so it is imported for the
version it was written for alone (`known_version`), and a test holds that it draws the same bytes as
without it.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pydyf
import weasyprint.css as css
import weasyprint.draw as draw
from weasyprint.css.properties import Dimension
from weasyprint.formatting_structure import boxes
from weasyprint.layout import percent

from pipeline.reports.drawing.pdf import line_cache, row_borders

# Styles of documents whose own attributes differ (column widths) are never met again.
_MOST_STYLES = 5_000

_Style = Any
_styles: dict[Any, _Style] = {}
_plain_sheet: Callable[..., Any] = css.CSS
_plain_flow: Callable[[Any], bool] = boxes.Box.is_in_normal_flow
_plain_bytes: Callable[[Any], bytes] = pydyf._to_bytes
_plain_lengths: Callable[..., None] = percent.resolve_percentages


def install() -> None:
    """Keep styles and lengths from here on."""
    css.StyleFor = CachedStyles
    css.CSS = _sheet
    boxes.Box.is_in_normal_flow = _is_in_normal_flow
    pydyf._to_bytes = _to_bytes
    # These two give other bytes, for the same page.
    pydyf.Stream.data = property(_stream_data)
    draw.draw_collapsed_borders = row_borders.draw_collapsed_borders
    for old, new in _REPLACED:
        _replace(old, new)


def uninstall() -> None:
    """WeasyPrint as it comes but for what gives other bytes; for the test that compares."""
    css.StyleFor = CachedStyles.__mro__[1]
    css.CSS = _plain_sheet
    boxes.Box.is_in_normal_flow = _plain_flow
    pydyf._to_bytes = _plain_bytes
    for old, new in _REPLACED:
        _replace(new, old)
    _styles.clear()
    line_cache.forget()


class CachedStyles(css.StyleFor):  # type: ignore[misc]
    """Computed styles by what they follow from: the parent's and the declarations that match."""

    def set_computed_styles(
        self,
        element: Any,
        parent: Any,
        root: Any = None,
        pseudo_type: str | None = None,
        base_url: str | None = None,
        target_collector: Any = None,
    ) -> None:
        declared = self._cascaded_styles.get((element, pseudo_type), {})
        if parent in (None, root) and "overflow" in declared:
            # The page takes `overflow` over from the root or the body and resets it there, so
            # the style cannot be used twice. That of a page itself is only set, never read.
            super().set_computed_styles(
                element, parent, root, pseudo_type, base_url, target_collector
            )
            return
        styles = self._computed_styles
        above = None if parent is None else (id(styles[parent, None]), id(styles[root, None]))
        key = (above, pseudo_type, tuple(_declared(declared)))
        style = _styles.get(key)
        if style is None:
            super().set_computed_styles(
                element, parent, root, pseudo_type, base_url, target_collector
            )
            if len(_styles) >= _MOST_STYLES:
                _styles.clear()
            # The ids in the key stay theirs: the style holds on to its parent and declarations.
            _styles[key] = styles[element, pseudo_type]
            return
        styles[element, pseudo_type] = style
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])


def _declared(declared: Mapping[str, Any]) -> Any:
    for name, (value, (origin, layer, specificity)) in declared.items():
        # The language comes from an attribute, so its value is another object in each document.
        known = value if name == "lang" else id(value)
        yield name, known, origin, layer, tuple(specificity)


def _sheet(*arguments: Any, **options: Any) -> Any:
    """The style sheet of a `<style>` element. One without @-rules is all in its text, and kept."""
    text = options.get("string")
    if text is None or "@" in text:
        return _plain_sheet(*arguments, **options)
    return _kept_sheet(text, options["media_type"], options["font_config"])


@lru_cache(maxsize=64)
def _kept_sheet(text: str, media_type: str, font_config: Any) -> Any:
    return _plain_sheet(string=text, media_type=media_type, font_config=font_config)


_LENGTHS = (
    "margin_left",
    "margin_right",
    "margin_top",
    "margin_bottom",
    "padding_left",
    "padding_right",
    "padding_top",
    "padding_bottom",
    "width",
    "min_width",
    "max_width",
    "height",
    "min_height",
    "max_height",
)
_BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """Used lengths as attributes of the box: at once where no percentage is among them."""
    style = box.style
    kept = style.__dict__.get("used_lengths")
    if kept is None:
        kept = style.used_lengths = _used_lengths(style)
    if not kept:
        _plain_lengths(box, containing_block)
        return
    attributes = box.__dict__
    attributes.update(kept)
    collapse = style["border_collapse"] == "collapse"
    for name in _BORDERS:
        # Collapsed borders have been settled before, with those of the neighbours.
        if not (collapse and hasattr(box, name)):
            attributes[name] = style[name]


def _used_lengths(style: _Style) -> dict[str, Any]:
    """Empty if one of them depends on the containing block or on `box-sizing`."""
    if style["box_sizing"] != "content-box":
        return {}
    used: dict[str, Any] = {}
    for name in _LENGTHS:
        length = style[name]
        if length == "auto":
            used[name] = 0 if name.startswith("min_") else length
        elif length is None:
            used[name] = None
        elif type(length) is Dimension and length.unit == "px":
            used[name] = length.value
        else:
            return {}
    return used


def _is_in_normal_flow(box: Any) -> bool:
    """Asked two thousand times a page; nearly every box answers at once."""
    style = box.style
    if style["float"] == "none" and style["position"] in ("static", "relative"):
        return True
    return _plain_flow(box)


def _to_bytes(item: Any) -> bytes:
    """A value as PDF writes it: pydyf's, with the kinds that there are most of first."""
    kind = type(item)
    if kind is bytes:
        return item  # type: ignore[no-any-return]
    if kind is str:
        return item.encode("ascii")  # type: ignore[no-any-return]
    if kind is int:
        return b"%d" % item
    return _plain_bytes(item)


def _stream_data(stream: Any) -> bytes:
    """A stream of a PDF, deflated as usual: WeasyPrint's hardest takes three times as long, for a
    file smaller by a hundredth.
    """
    plain = b"\n".join(map(_to_bytes, stream.stream))
    extra = dict(stream.extra)
    if stream.compress:
        extra["Filter"] = "/FlateDecode"
        plain = zlib.compress(plain, 6)
    extra["Length"] = len(plain)
    return b"\n".join((pydyf.Dictionary(extra).data, b"stream", plain, b"endstream"))


def _replace(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """In every module of WeasyPrint that imported the function by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


_REPLACED: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (_plain_lengths, resolve_percentages),
    (line_cache.plain_strut, line_cache.strut),
    (line_cache.plain_split, line_cache.split_first_line),
    (line_cache.plain_draw, line_cache.draw_text),
)
