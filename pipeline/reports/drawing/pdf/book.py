"""A book of PDFs: an index in front that knows where each begins, and a bookmark for each."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pikepdf

from pipeline.reports.drawing.pdf.join import join


def page_count(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def lay_out_front(counts: Sequence[int], lay_out: Callable[[Sequence[int]], bytes]) -> bytes:
    """The pages in front, laid out with the first page of each part, of `counts` pages."""
    front, before = b"", 0
    # The page numbers depend on how long the index is, and (by a digit) the other way round.
    for _ in range(4):
        front = lay_out(first_pages(counts, before))
        length = page_count(front)
        if length == before:
            break
        before = length
    return front


def first_pages(counts: Sequence[int], before: int) -> list[int]:
    """The number of the first page of each part, with `before` pages in front of all."""
    return [before + 1 + sum(counts[:number]) for number in range(len(counts))]


def bind_book(
    front: bytes, parts: Sequence[bytes], title: str, bookmarks: Sequence[tuple[str, int]]
) -> bytes:
    """One file of all; `bookmarks`: a name and the number of its page."""
    with join([front, *parts]) as book:
        with book.open_outline() as outline:
            outline.root.clear()
            outline.root.append(pikepdf.OutlineItem(title, 0))
            for label, page in bookmarks:
                outline.root.append(pikepdf.OutlineItem(label, page - 1))
        out = io.BytesIO()
        book.save(
            out,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()
