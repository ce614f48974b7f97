"""HTML to PDF with WeasyPrint: loads nothing, and gives the same bytes every time.

For worker processes alone: importing WeasyPrint reads the fontconfig settings of the process
(`fonts`), and is slow. A worker keeps what is costly to make: the font map and the parsed style
sheets.
"""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from typing import Any, NoReturn

from weasyprint import CSS, HTML, VERSION
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from pipeline.errors import MilepostError
from pipeline.settings import TEMPLATES_DIR

__all__ = ["VERSION", "PdfFailure", "render_pdf"]

_MISSING_SUBSETTER = "Using fontTools instead of HarfBuzz-Subset"


class PdfFailure(MilepostError):
    """A document that asks for something outside itself, or that cannot be laid out."""


class Document(HTML):  # type: ignore[misc]
    """HTML with our `html.css` for WeasyPrint's style sheet: a seventh less time a page.

    The method is not part of WeasyPrint's interface; where it is gone, its own sheet is used and
    the same is drawn, only later.
    """

    def _ua_stylesheets(self, *_: Any, **__: Any) -> list[CSS]:
        return [_stylesheet("html.css")]


class DataOnly(URLFetcher):  # type: ignore[misc]
    """Opens `data:` URIs. Anything else ends the rendering: a report never depends on the
    outside.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url[:5].lower() != "data:":
            _refuse(url)
        return super().fetch(url, headers)


def _refuse(url: str) -> NoReturn:
    raise FatalURLFetchingError(f"a report may load data: only, not {url[:200]}")


def render_pdf(html: str, stylesheets: tuple[str, ...], variant: str | None) -> bytes:
    """The PDF of `html`; `stylesheets` are names in reports_templates/.

    The dates of the PDF are those of the document's `dcterms.created` and `dcterms.modified`, its
    identifier is derived from the text. Raises PdfFailure with what was refused.
    """
    try:
        document = Document(string=html, url_fetcher=DataOnly())
        return document.write_pdf(  # type: ignore[no-any-return]
            stylesheets=[_stylesheet(name) for name in stylesheets],
            font_config=_font_configuration(),
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            pdf_variant=variant,
        )
    except FatalURLFetchingError as error:
        raise PdfFailure(str(error.__cause__ or error)) from error


@lru_cache(maxsize=1)
def _font_configuration() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=32)
def _stylesheet(name: str) -> CSS:
    text = (TEMPLATES_DIR / name).read_text(encoding="utf-8")
    return CSS(string=text, url_fetcher=DataOnly(), font_config=_font_configuration())


class _Once(logging.Filter):
    """Lets the advice about the subsetting library through once a process, not once a font."""

    seen = False

    def filter(self, record: logging.LogRecord) -> bool:
        if _MISSING_SUBSETTER not in record.getMessage():
            return True
        first, _Once.seen = not _Once.seen, True
        return first


logging.getLogger("weasyprint").addFilter(_Once())
