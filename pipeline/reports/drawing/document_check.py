"""What a document made with a tenant's templates may hold: parsed as a browser parses it.

A template's source says little of what it prints, so the finished document is held against lists of
elements, attributes and addresses. Scripts and comments must be the product's own, which are those
of the same page without the tenant's templates. What may be in a template is `overrides`'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import tinyhtml5  # type: ignore[import-untyped]

from pipeline.core.errors import MilepostError

_HTML = "{http://www.w3.org/1999/xhtml}"
_PREFIXES = {
    "{http://www.w3.org/1999/xlink}": "xlink:",
    "{http://www.w3.org/XML/1998/namespace}": "xml:",
    "{http://www.w3.org/2000/xmlns/}": "xmlns:",
}
_SVG = "{http://www.w3.org/2000/svg}"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    """
    a abbr address article aside b bdi bdo blockquote body br button caption cite code col colgroup
    dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6
    head header hgroup hr html i img input ins kbd label legend li main mark meta meter nav
    noscript ol optgroup option output p pre progress q s samp script search section select
    small span strong style sub summary sup table tbody td tfoot th thead time title tr u ul var
    wbr center
    """
)
_DRAWING = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan title desc defs clippath
    lineargradient radialgradient stop symbol use marker mask pattern a style
    """
)
_ATTRIBUTES = _words(
    """
    abbr accept-charset align alt autocomplete bgcolor border cellpadding cellspacing charset
    checked class color cols colspan content cx cy d datetime dir disabled download dx dy
    enctype face fill fill-opacity fill-rule clip-path clip-rule focusable font-family font-size
    font-style font-weight for fx fy gradienttransform gradientunits headers height hidden high
    href hreflang id inputmode lang letter-spacing label list low marker-end marker-mid marker-start
    markerheight markerunits markerwidth mask max maxlength method min minlength multiple
    name nowrap offset open opacity optimum orient pathlength patterncontentunits
    patterntransform patternunits pattern placeholder points preserveaspectratio r readonly refx
    refy rel required reversed role rotate rowspan rules rx ry scope selected shape-rendering
    size span spellcheck src start step stop-color stop-opacity stroke stroke-dasharray
    stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
    style summary tabindex target text-anchor dominant-baseline text-rendering title transform
    translate type valign value version viewbox vector-effect visibility width x x1 x2 xml:lang
    xml:space xmlns xmlns:xlink xlink:href y y1 y2 pointer-events display overflow direction
    paint-order baseline-shift alignment-baseline writing-mode unicode-bidi word-spacing
    text-decoration color-interpolation
    """
)
_ADDRESSES = ("href", "xlink:href", "src")
_LINK = re.compile(r"(?:#|https://|mailto:|tel:)", re.IGNORECASE)
_PICTURE = re.compile(r"(?:data:image/(?:png|jpeg|gif|webp|svg\+xml)[;,]|cid:)", re.IGNORECASE)
# What loads or runs something from a style sheet; an escape could spell it otherwise.
_STYLE = re.compile(
    r"\\|@import|expression\s*\(|behavior\s*:|-moz-binding|image-set\s*\(|\bimage\s*\(|\bsrc\s*\("
    r"|\burl\s*\(\s*+[\"']?+(?!#|data:image/|data:font/|data:application/font)",
    re.IGNORECASE,
)
_TEXTS = ("alt", "title", "content", "value", "placeholder", "aria-label")
_TARGETS = ("", "_self")


@dataclass(frozen=True)
class _Own:
    """The product's own scripts, style sheets and comments of a page."""

    scripts: frozenset[str]
    styles: frozenset[str]
    comments: frozenset[str]


class RefusedDocument(MilepostError):
    """A tenant's template printed what a report may not hold."""


def check_document(text: str, without_overrides: Callable[[], str]) -> None:
    """Raise RefusedDocument naming the first thing in `text` that a report may not hold.

    `without_overrides` gives the product's own page of the same content.
    """
    tree = tinyhtml5.parse(text)
    own = _own(tinyhtml5.parse(without_overrides()))
    for problem in (*_problems(tree, own), *_tags(text), *_noscript(text, tree)):
        raise RefusedDocument(
            f"the document would hold {problem}. A report is complete in itself: it loads and runs"
            " nothing; pictures go in as data:, links lead to https:, mailto:, tel: or #"
        )


def _own(tree: Any) -> _Own:
    texts: dict[str, set[str]] = {"script": set(), "style": set(), "comment": set()}
    for element in tree.iter():
        name = _name(element)
        if name in texts:
            texts[name].add(element.text or "")
    return _Own(*(frozenset(texts[name]) for name in ("script", "style", "comment")))


def _problems(tree: Any, own: _Own) -> Iterator[str]:
    for element in tree.iter():
        name, text = _name(element), element.text or ""
        if name == "comment":
            # Some mail programs read elements out of them.
            if text not in own.comments:
                yield "a comment"
            continue
        if name == "script":
            if text not in own.scripts or set(element.attrib) - {"type", "id"}:
                yield "a script"
            continue
        if name == "style" and text not in own.styles and _STYLE.search(text):
            yield f"a style sheet with {_STYLE.search(text)[0]!r}"  # type: ignore[index]
        drawing = str(element.tag).startswith(_SVG)
        if not drawing and not str(element.tag).startswith(_HTML):
            yield f"<{name}>"
        attributes = {_attribute(key): value for key, value in element.attrib.items()}
        yield from _tag(name, attributes, _DRAWING if drawing else _ELEMENTS)


def _noscript(text: str, tree: Any) -> Iterator[str]:
    """With scripts, a browser reads on at the first end tag, be it in an attribute or a comment."""
    if text.lower().count("</noscript") != sum(_name(one) == "noscript" for one in tree.iter()):
        yield "an end of <noscript> where none is"


class _Tags(HTMLParser):
    """Every start tag that is written, be it where one parser of two would leave it out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag.lower(), {name.lower(): value or "" for name, value in attrs}))


def _tags(text: str) -> Iterator[str]:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    for name, attributes in parser.found:
        yield from _tag(name, attributes, _ELEMENTS | _DRAWING)


def _tag(name: str, attributes: dict[str, str], allowed: frozenset[str]) -> Iterator[str]:
    if name not in allowed:
        yield f"<{name}>"
    for key, value in attributes.items():
        if key not in _ATTRIBUTES and not key.startswith(("aria-", "data-")):
            yield f"{key}= in <{name}>"
        elif key in _ADDRESSES:
            yield from _address(name, key, value)
        elif key == "style" and (found := _STYLE.search(value)):
            yield f"style= with {found[0]!r} in <{name}>"
        elif key == "target" and value.lower() not in _TARGETS:
            yield f"target= in <{name}>"
        elif key not in _TEXTS and "url" in value.lower() and _STYLE.search(value):
            yield f"{key}={value[:40]!r} in <{name}>"


def _address(name: str, key: str, value: str) -> Iterator[str]:
    # A browser takes tabs and line ends out of an address before it reads it.
    plain = re.sub(r"[\t\r\n]", "", value).strip()
    if name == "a" and key != "src":
        good = _LINK.match(plain)
    elif name == "img" and key == "src":
        good = _PICTURE.match(plain)
    else:
        good = re.match("#", plain)
    if not good:
        yield f"the address {plain[:60]!r} in <{name}>"


def _name(element: Any) -> str:
    if not isinstance(element.tag, str):
        return "comment"
    return element.tag.rpartition("}")[2].lower()


def _attribute(key: Any) -> str:
    space, brace, name = str(key).rpartition("}")
    full = f"{_PREFIXES.get(space + brace, '')}{name}".lower()
    return "xmlns" if full == "xmlns:xmlns" else full
