"""A PDF of thousands of rows: laid out in parts, so that a worker's memory does not grow with it.

Laid out whole, a row takes 200 kB until the last page is drawn. A part ends with its last whole
page; the next begins with the row that would have come after it, so pages break as they would have.
How many pages there are is known at the end alone: the page numbers are laid out by themselves, and
laid over the pages. Templates see the part as `part`, number their rows with `data-row`, and leave
the page numbers out.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pikepdf

from pipeline.reports.drawing.pdf.document import Enclosure, lay_out, write
from pipeline.reports.drawing.pdf.join import join
from pipeline.reports.drawing.pdf.part import LONG, ROWS, Part


def render_long_pdf(
    text_of: Callable[[Part], str],
    numbers_of: Callable[[int], str],
    rows: int,
    stylesheets: tuple[str, ...],
    variant: str | None,
    enclosed: Sequence[Enclosure] = (),
) -> bytes:
    """The PDF of all rows. `text_of` gives the HTML of a part, `numbers_of` that of so many pages
    with nothing on them but their numbers.
    """
    pieces: list[bytes] = []
    start = 0
    while start < rows:
        text, document, start = _next(text_of, start, rows, stylesheets, variant)
        pieces.append(write(document, text, variant, () if pieces else enclosed))
        del document
        gc.collect()
    whole = join(pieces)
    numbers = numbers_of(len(whole.pages))
    _lay_over(whole, write(lay_out(numbers, stylesheets, None), numbers, None, ()))
    out = io.BytesIO()
    whole.save(
        out,
        deterministic_id=True,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()


def _next(
    text_of: Callable[[Part], str],
    start: int,
    rows: int,
    stylesheets: tuple[str, ...],
    variant: str | None,
) -> tuple[str, Any, int]:
    """The part from `start` on, laid out, and the row after it. It is larger than usual if no page
    of it begins with a row but its first.
    """
    size = ROWS
    while True:
        stop = rows if rows - start <= size + LONG - ROWS else start + size
        text = text_of(Part(start, stop, rows))
        document = lay_out(text, stylesheets, variant)
        if stop == rows:
            return text, document, rows
        following = _keep_whole_pages(document.pages)
        if following:
            return text, document, following
        size += ROWS


def _keep_whole_pages(pages: list[Any]) -> int | None:
    """Drop the last page, and as many before it as it takes for the first dropped to begin with a
    row: that row's number. None if there is no such page.
    """
    while len(pages) > 1:
        first = _first_row(pages.pop())
        if first is not None:
            return first
    return None


def _first_row(page: Any) -> int | None:
    """The number of the row with which the page begins, below the table's repeated head."""
    for box in _shown(page._page_box.children[0]):
        number = box.element.get("data-row") if box.element is not None else None
        if number is not None:
            return int(number)
        if hasattr(box, "text"):
            return None
    return None


def _shown(box: Any) -> Iterator[Any]:
    """The box and what is in it, in order, without the heads of tables."""
    if getattr(box, "is_header", False):
        return
    yield box
    for child in getattr(box, "children", ()):
        if hasattr(child, "element"):
            yield from _shown(child)


def _lay_over(whole: pikepdf.Pdf, numbers: bytes) -> None:
    with pikepdf.open(io.BytesIO(numbers)) as overlays:
        for page, number in zip(whole.pages, overlays.pages, strict=True):
            page.add_overlay(number, None)
