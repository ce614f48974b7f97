"""Reads figures back out of what was rendered: what a reader sees, and the tables of a page."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

FIGURE = re.compile(r"[−+±]?(?:₹|£|R\$ )?\d[\d,.]*\d|[−+±]?(?:₹|£|R\$ )?\d")


class _Visible(HTMLParser):
    """What a reader sees with pictures blocked: text and alternative texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "title", "script")
        self.parts.append(dict(attributes).get("alt") or " ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title", "script")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


class _Tables(HTMLParser):
    """Tables by the id of their heading: a list of rows, each a list of (text, data-v)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[tuple[str, str | None]]]] = {}
        self._rows: list[list[tuple[str, str | None]]] = []
        self._cell: list[str] | None = None
        self._key: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "table":
            self._rows = self.tables.setdefault(values["aria-labelledby"] or "", [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell, self._key = [], values.get("data-v")

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            text = " ".join("".join(self._cell).split())
            self._rows[-1].append((text, self._key))
            self._cell = None


def visible(html: bytes) -> str:
    return " ".join(_Visible(html.decode()).parts)


def tables(html: str) -> dict[str, list[list[tuple[str, str | None]]]]:
    return _Tables(html).tables


def figures(text: str) -> set[str]:
    """Every number with its sign and currency, as it is written."""
    return set(FIGURE.findall(text.replace("\N{NO-BREAK SPACE}", " ")))


def text_of_pdf(data: bytes, folder: Path) -> str:
    """The PDF's text as Poppler reads it, in the order of its contents."""
    file = folder / "read.pdf"
    file.write_bytes(data)
    done = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True)
    return done.stdout.decode()
