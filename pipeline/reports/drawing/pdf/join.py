"""Tagged PDFs one after another as one: pages, structure and bookmarks."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String


def join(pieces: Sequence[bytes]) -> pikepdf.Pdf:
    """The first with the pages, tags and bookmarks of the others; its title and metadata stay."""
    whole = pikepdf.open(io.BytesIO(pieces[0]))
    first = 1 + max((int(key) for key in list(_parents(whole))[::2]), default=-1)
    bookmarks: list[tuple[str, int, list[Any]]] = []
    for number, piece in enumerate(pieces[1:], 2):
        with pikepdf.open(io.BytesIO(piece)) as other:
            before = len(whole.pages)
            bookmarks += [(title, before + page, at) for title, page, at in _bookmarks(other)]
            first = _append(whole, other, str(number), first)
    _add_bookmarks(whole, bookmarks)
    return whole


def _append(whole: pikepdf.Pdf, other: pikepdf.Pdf, name: str, first: int) -> int:
    """`first`: the first key of the parent tree that is free; returns the first one after it."""
    parents = _parents(whole)
    _rename_headers(other, name)
    for page in other.pages:
        page.obj.StructParents = int(page.obj.StructParents) + first
    # Pages first: what the structure says of them is then said of the copies.
    whole.pages.extend(other.pages)
    tree = whole.copy_foreign(other.Root.StructTreeRoot)
    numbers = list(tree.ParentTree.Nums)
    after = first
    for key, value in zip(numbers[::2], numbers[1::2], strict=True):
        parents.extend([int(key) + first, value])
        after = max(after, int(key) + first + 1)
    document = whole.Root.StructTreeRoot.K[0]
    for element in tree.K[0].K:
        element.P = document
        document.K.append(element)
    return after


def _add_bookmarks(whole: pikepdf.Pdf, bookmarks: Iterable[tuple[str, int, list[Any]]]) -> None:
    with whole.open_outline() as outline:
        siblings = outline.root[0].children if outline.root else outline.root
        for title, number, where in bookmarks:
            item = pikepdf.OutlineItem(title)
            item.destination = Array([whole.pages[number].obj, *where])
            siblings.append(item)


def _parents(pdf: pikepdf.Pdf) -> Any:
    return pdf.Root.StructTreeRoot.ParentTree.Nums


def _bookmarks(pdf: pikepdf.Pdf) -> list[tuple[str, int, list[Any]]]:
    """Title, page and place of each, the nested ones in their order."""
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    found: list[tuple[str, int, list[Any]]] = []

    def walk(items: Sequence[pikepdf.OutlineItem]) -> None:
        for item in items:
            to: Any = item.destination
            found.append((item.title, numbers[to[0].objgen], list(to)[1:]))
            walk(item.children)

    with pdf.open_outline() as outline:
        walk(outline.root)
    return found


def _rename_headers(pdf: pikepdf.Pdf, name: str) -> None:
    """Cells name their headers; two parts have the same names."""
    for element in pdf.objects:
        if not isinstance(element, Dictionary) or element.get("/S") not in (Name.TH, Name.TD):
            continue
        if "/ID" in element:
            element.ID = String(f"{name}-{element.ID}")
        attributes = element.get("/A")
        if isinstance(attributes, Dictionary) and "/Headers" in attributes:
            attributes.Headers = Array([String(f"{name}-{each}") for each in attributes.Headers])
