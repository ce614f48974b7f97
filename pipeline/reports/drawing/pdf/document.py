"""HTML to PDF with WeasyPrint: loads nothing, and gives the same bytes every time.

For worker processes alone: importing WeasyPrint reads the fontconfig settings of the process
(`fonts`), and is slow. A worker keeps what is costly to make: the font map, the parsed style
sheets, and what `style_cache` and
`line_cache` hold.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn
from xml.etree import ElementTree as etree

import pydyf
from cssselect2 import ElementWrapper
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.errors import MilepostError
from pipeline.reports.drawing.pdf.known_version import is_known

__all__ = [
    "ARCHIVE",
    "Enclosure",
    "PdfFailure",
    "lay_out",
    "render_pdf",
    "write",
]

ARCHIVE = "pdf/a-3a"
_USER_AGENT = TEMPLATES_DIR / "html.css"
_MISSING_SUBSETTER = "Using fontTools instead of HarfBuzz-Subset"


class PdfFailure(MilepostError):
    """A document that asks for something outside itself, or that cannot be laid out."""


class Document(HTML):  # type: ignore[misc]
    """HTML with our `html.css` for WeasyPrint's style sheet: a seventh less time a page.

    The methods are not part of WeasyPrint's interface; with a version that is not known they are
    left alone, and the same is drawn, only later. Text that is well-formed is read by the XML
    parser, at no cost; HTML's own takes a twentieth of the time of a page.
    """

    def __init__(self, text: str) -> None:
        root = _well_formed(text) if is_known() else None
        if root is None:
            super().__init__(string=text, url_fetcher=DataOnly())
            return
        self.base_url = None
        self.url_fetcher = DataOnly()
        self.media_type = "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = root
        body = text[text.find("</head>") :]
        if "<style" not in body and "<link" not in body:
            # WeasyPrint goes through all elements three times for what stands in the head.
            head = next(each for each in self.wrapper_element if each.local_name == "head")
            self.wrapper_element.query_all = head.query_all

    def _ua_stylesheets(self, *_: Any, **__: Any) -> list[CSS]:
        return [_stylesheet(_USER_AGENT.name)]


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


class Enclosure(NamedTuple):
    """A file inside a PDF: the data that the pages were made from."""

    name: str
    data: bytes
    day: date


def render_pdf(
    html: str,
    stylesheets: tuple[str, ...],
    variant: str | None,
    enclosed: Sequence[Enclosure] = (),
) -> bytes:
    """The PDF of `html`; `stylesheets` are names in reports_templates/.

    The dates of the PDF are those of the document's `dcterms.created` and `dcterms.modified`, its
    identifier is derived from the text. Raises PdfFailure with what was refused.
    """
    return write(lay_out(html, stylesheets, variant), html, variant, enclosed)


def lay_out(html: str, stylesheets: tuple[str, ...], variant: str | None) -> Any:
    """WeasyPrint's document, its pages laid out. Raises PdfFailure."""
    try:
        return Document(html).render(
            stylesheets=[_stylesheet(*stylesheets)] if stylesheets else [],
            font_config=_font_configuration(),
            pdf_variant=variant,
        )
    except FatalURLFetchingError as error:
        raise PdfFailure(str(error.__cause__ or error)) from error


def write(document: Any, html: str, variant: str | None, enclosed: Sequence[Enclosure]) -> bytes:
    """The document's pages drawn; they are gone afterwards. Raises PdfFailure."""
    try:
        made: bytes = document.write_pdf(
            finisher=_write_once if is_known() else None,
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            pdf_variant=variant,
            attachments=[_attachment(each) for each in enclosed],
        )
    except FatalURLFetchingError as error:
        raise PdfFailure(str(error.__cause__ or error)) from error
    return made


def _attachment(enclosed: Enclosure) -> Attachment:
    made = datetime.combine(enclosed.day, datetime.min.time())
    return Attachment(
        file_obj=io.BytesIO(enclosed.data),
        name=enclosed.name,
        description="The ledger of this statement",
        created=made,
        modified=made,
        relationship="Data",
    )


@lru_cache(maxsize=1)
def _font_configuration() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=32)
def _stylesheet(*names: str) -> CSS:
    """The files as one sheet: each element is matched against every sheet there is."""
    text = "\n".join((TEMPLATES_DIR / name).read_text(encoding="utf-8") for name in names)
    return CSS(string=text, url_fetcher=DataOnly(), font_config=_font_configuration())


_VOID = re.compile(r"<(br|col|hr|img|link|meta|wbr)\b([^<>]*?)/?>")


def _well_formed(text: str) -> etree.Element | None:
    """The document element if the text means the same in XML: closed, in lower case, no SVG."""
    try:
        # From the element on: an XML parser does not know HTML's document type.
        marked = _VOID.sub(r"<\1\2/>", text[text.find("<html") :])
        root = etree.fromstring(marked)  # noqa: S314 - no entities without a document type
    except etree.ParseError:
        return None
    plain = all(element.tag.islower() and element.tag[0] != "{" for element in root.iter())
    return root if plain and root.tag == "html" and root.find(".//base") is None else None


class _Written(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF with its bytes. WeasyPrint asks for them when it writes the object and
    again for the file's identifier, and compresses every stream each time.
    """

    def __init__(self, made: pydyf.Object) -> None:
        self.number, self.generation, self.free = made.number, made.generation, made.free
        self.offset = made.offset
        self._data, self._compressible = made.data, made.compressible

    @property
    def data(self) -> bytes:
        return self._data  # type: ignore[no-any-return]

    @property
    def compressible(self) -> bool:
        return self._compressible  # type: ignore[no-any-return]


def _write_once(document: Any, pdf: pydyf.PDF) -> None:
    # All is drawn: of five thousand entries the boxes alone are 400 MB.
    document.pages.clear()
    for number, made in enumerate(pdf.objects):
        if made.free != "f":
            pdf.objects[number] = _Written(made)


class _Once(logging.Filter):
    """Lets the advice about the subsetting library through once a process, not once a font."""

    seen = False

    def filter(self, record: logging.LogRecord) -> bool:
        if _MISSING_SUBSETTER not in record.getMessage():
            return True
        first, _Once.seen = not _Once.seen, True
        return first


logging.getLogger("weasyprint").addFilter(_Once())
if is_known():
    # Not above: with another version it could not even be imported.
    from pipeline.reports.drawing.pdf import style_cache

    style_cache.install()
