"""WeasyPrint behind its fence. Imports it in this process: fonts do not matter here."""

import base64
import hashlib
import io
import subprocess
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import OpenerDirector, Request

import pytest
from pypdf import PdfReader
from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.calendar import Period
from pipeline.reports.catalogue import find_report
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.drawing.pdf import document as pdf
from pipeline.reports.drawing.pdf import line_cache, row_borders, style_cache
from pipeline.reports.drawing.pdf.document import DataOnly, PdfFailure, render_pdf
from pipeline.reports.payload import Payload
from pipeline.reports.workers.rendering import render_files
from tests.reports.accounts import AS_OF, Move, account, booking, customer, envelope

SECRET = "file:///etc/hostname"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' width="9" height="9">{}</svg>'
)
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmM"
    "IQAAAABJRU5ErkJggg=="
)


def svg_uri(inside: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(SVG.format(inside).encode()).decode()}"


@pytest.mark.parametrize(
    "target",
    [
        SECRET,
        "http://127.0.0.1:9/x",
        "https://example.org/x",
        "FILE:///etc/hostname",
        "ftp://127.0.0.1/x",
        "//127.0.0.1/x",
    ],
)
@pytest.mark.parametrize(
    "way",
    [
        '<img src="{}">',
        '<img srcset="{} 2x" src="{}">',
        '<object data="{}"></object>',
        '<embed src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<link rel="attachment" href="{}">',
        '<a rel="attachment" href="{}">x</a>',
        "<style>@import url({});</style>",
        '<style>@import "{}";</style>',
        "<style>body {{ background: url({}) }}</style>",
        "<style>li {{ list-style-image: url({}) }}</style><ul><li>x</ul>",
        "<style>p::before {{ content: url({}) }}</style><p>x",
        "<style>@page {{ @top-left {{ content: url({}) }} }}</style>x",
        "<style>p {{ border: 9px solid; border-image-source: url({}) }}</style><p>x",
        "<style>@font-face {{ font-family: f; src: url({}) }} p {{ font-family: f }}</style><p>x",
        '<p style="background-image: url({})">x</p>',
        '<base href="{}"><img src="hostname">',
    ],
)
def test_nothing_outside_the_document_is_loaded(way: str, target: str) -> None:
    if target.startswith("//") and "base" not in way:
        target = f"file:{target}"
    html = "<html lang=en><title>t</title>" + way.replace("{{", "{").replace("}}", "}").replace(
        "{}", target
    )
    with pytest.raises(PdfFailure, match="a report may load data: only"):
        render_pdf(html, (), None)


@pytest.mark.parametrize(
    "path", ["{here}/picture.svg", "picture.svg", "../{here.name}/picture.svg"]
)
def test_relative_paths_lead_nowhere(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = f'<html lang=en><title>t</title><img src="{path.format(here=tmp_path)}"><p>x'
    without = render_pdf(page, (), None)
    (tmp_path / "picture.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
    )
    assert render_pdf(page, (), None) == without


@pytest.mark.parametrize(
    "inside",
    [
        f'<image href="{SECRET}" width="9" height="9"/>',
        f'<image xlink:href="{SECRET}" width="9" height="9"/>',
        f'<use href="{SECRET}#x"/>',
        f"<style>@import url({SECRET});</style>",
        f'<rect fill="url({SECRET}#x)" width="9" height="9"/>',
        f'<text><tspan style="font-family: x; src: url({SECRET})">x</tspan></text>',
    ],
)
@pytest.mark.parametrize("where", ["inline", "data"])
def test_a_picture_inside_the_document_loads_nothing_either(
    where: str, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = OpenerDirector.open

    def watched(self: OpenerDirector, request: Request, *args: Any, **kwargs: Any) -> Any:
        opened.append(request.full_url)
        return real(self, request, *args, **kwargs)

    monkeypatch.setattr(OpenerDirector, "open", watched)
    picture = SVG.format(inside) if where == "inline" else f'<img src="{svg_uri(inside)}">'
    with suppress(PdfFailure):
        render_pdf(f"<html lang=en><title>t</title>{picture}", (), None)
    assert [url for url in opened if not url.startswith("data:")] == []


def test_data_is_loaded() -> None:
    assert DataOnly().fetch(PIXEL).read().startswith(b"\x89PNG")
    assert b"/Subtype /Image" in render_pdf(f'<img src="{PIXEL}">', (), None)


@pytest.mark.parametrize("url", [" file:///etc/hostname", "\tdata:x", "datax:1", "", "data"])
def test_look_alikes_are_refused(url: str) -> None:
    with pytest.raises(FatalURLFetchingError):
        DataOnly().fetch(url)


def statement(name: str, color: str) -> Payload:
    rows = [
        Move(AS_OF, "invoice", Decimal("1234.50"), "Booking"),
        Move(AS_OF, "payment", Decimal(34)),
    ]
    who = account(rows, of=customer(customer_name=name), bookings=[booking()])
    content = assemble("skyline", who, Period(AS_OF, AS_OF))
    mark = envelope().branding.model_copy(update={"color": color})
    return Payload(
        schema_name="customer_statement/1", envelope=envelope(branding=mark), content=content
    )


@pytest.mark.browser  # drawn here and not by a worker: the machine needs fonts for Indian scripts
def test_what_a_worker_does_at_once_draws_what_weasyprint_does(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Our sheet for HTML, the XML parser, kept styles and lengths, one writing of each object."""
    report = find_report("customer_statement")
    payloads = [
        statement("Meera Krishnan", "#0b5fa5"),
        statement("R & D <Private> Limited", "#0b5fa5"),
        statement("मीरा", "#7a1f1f"),
        statement("ரவி குமார் · أحمد علي", "#7a1f1f"),
        statement("A name of many words that is longer than the line it has, by far 😀", "#7a1f1f"),
        statement("Meera Krishnan", "#0b5fa5"),
    ]
    # That a line says its own text is ours alone.
    monkeypatch.setattr(line_cache, "is_shaped", lambda _text: False)
    ours = [render_files(report, each.to_json(), ["pdf"])[0].data for each in payloads]
    assert len(style_cache._styles) > 50
    assert len(line_cache._lines) > 100

    def plainly(html: str, stylesheets: tuple[str, ...], variant: str, _enclosed: Any) -> bytes:
        sheets = [CSS(TEMPLATES_DIR / name) for name in stylesheets]
        identifier = hashlib.sha256(html.encode()).digest()[:16]
        document = HTML(string=html, url_fetcher=DataOnly())
        made: bytes = document.write_pdf(
            stylesheets=sheets, pdf_identifier=identifier, pdf_variant=variant
        )
        return made

    monkeypatch.setattr(pdf, "render_pdf", plainly)
    style_cache.uninstall()
    try:
        theirs = [render_files(report, each.to_json(), ["pdf"])[0].data for each in payloads]
    finally:
        style_cache.install()
    assert ours == theirs
    assert ours[0] == ours[-1]
    # Which letters this machine's fonts have is not the matter here.
    said = [one.message for one in caplog.records if one.levelname != "INFO"]
    assert [message for message in said if not message.startswith(".notdef glyph")] == []


@pytest.mark.browser
def test_a_rule_is_one_line_and_looks_as_its_pieces_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Over two pages, whose heads and last rows are ruled differently."""
    rows = "".join(f"<tr class='r{n % 3}'><td>{n}</td><td>a</td><td>b</td></tr>" for n in range(60))
    style = (
        "table { border-collapse: collapse; width: 100% } th { border-bottom: 1pt solid #123 }"
        " tr { border-bottom: .35pt solid #ccc } .r1 td:last-child { border-bottom: 2pt solid red }"
    )
    html = (
        f'<html lang="en"><head><title>t</title><style>{style}</style></head><body><table><thead>'
        f"<tr><th>x</th><th>y</th><th>z</th></tr></thead><tbody>{rows}</tbody></table></body></html>"
    )
    ours = pdf.render_pdf(html, (), None)
    monkeypatch.setattr("weasyprint.draw.draw_collapsed_borders", row_borders.plain_borders)
    theirs = pdf.render_pdf(html, (), None)
    assert len(ours) < len(theirs)
    assert len(PdfReader(io.BytesIO(ours)).pages) == 2
    pictures = [_pictures(data, tmp_path / name) for name, data in (("a", ours), ("b", theirs))]
    assert pictures[0] == pictures[1]


def _pictures(data: bytes, folder: Path) -> list[bytes]:
    folder.mkdir()
    (folder / "all.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", "100", "-aa", "no", "-aaVector", "no", "all.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True)
    return [path.read_bytes() for path in sorted(folder.glob("*.ppm"))]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ('<!doctype html>\n<html lang="en"><body><p>a<br>b &amp; &#8195;</p></body></html>', True),
        ('<html lang="en"><body><p>a<p>b</body></html>', False),
        ("<html lang=en><body></body></html>", False),
        ("<html><body>&nbsp;</body></html>", False),
        ("<html><body><P>a</P></body></html>", False),
        ("<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>", False),
        ("<html><head><base href='x'/></head></html>", False),
        ("<p>a</p>", False),
    ],
)
def test_only_well_formed_text_takes_the_short_way(text: str, short: bool) -> None:
    assert (pdf._well_formed(text) is not None) == short
