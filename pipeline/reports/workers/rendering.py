"""The files of a payload, format by format, as a worker makes them.

What decides how a rendering looks is this module, the report's own package, the templates, and
what those import; `render_keys` goes by that. Reading jobs and answering them is `worker`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.drawing.pdf.known_version import is_known
from pipeline.reports.drawing.pdf.part import LONG, Part
from pipeline.reports.drawing.templating import render_template
from pipeline.reports.overrides import Overrides, knows_parts
from pipeline.reports.payload import Payload, plain, read_payload
from pipeline.reports.report import File, Report


def render_files(
    report: Report, payload_json: bytes, formats: list[str], overrides: Overrides = ()
) -> list[File]:
    """The files of each format. Raises MilepostError with a reason for people."""
    module = report.module
    payload = read_payload(payload_json, module.content)
    files = []
    for name in formats:
        files.append(File(report.file_name(name), name, _render(report, payload, name, overrides)))
        more = module.files(payload, name)
        files.extend(File(file, name, data) for file, data in sorted(more.items()))
    return files


def get_ready(report: Report) -> None:
    """Lay out an empty page: libraries loaded, fonts and style sheets read."""
    from pipeline.reports.drawing.pdf.document import render_pdf

    page = '<html lang="en"><head><title>-</title></head><body><p>-</p></body></html>'
    render_pdf(page, report.stylesheets, report.pdf_variant)


def template_context(report: Report, payload: Payload, format_: str) -> dict[str, Any]:
    """What templates see: schema, envelope, content, language, content_hash, format, and the
    report module's own additions.
    """
    return {
        **plain(payload),
        "title": report.title,
        "language": payload.envelope.language,
        "content_hash": payload.content_hash(),
        "format": format_,
        **report.module.context(payload, format_),
    }


def _render(report: Report, payload: Payload, format_: str, overrides: Overrides) -> bytes:
    if format_ == "xlsx":
        # Imported here, as the PDF's below: only a worker that needs it pays for it.
        from pipeline.reports.drawing.xlsx import write_book

        return write_book(payload, report.title, report.module.sheets(payload))
    context = template_context(report, payload, format_)

    def text_of(**more: Any) -> str:
        text = render_template(
            report.templates[format_],
            {**context, **more},
            locale=payload.envelope.locale,
            currency=payload.envelope.currency,
            overrides=overrides,
        )
        return report.module.finish(payload, format_, text)

    if format_ not in ("pdf", "archive"):
        return text_of().encode()
    # It reads the font settings of the process, and costs half a second.
    from pipeline.reports.drawing.pdf.document import ARCHIVE, Enclosure, render_pdf

    variant, enclosed = report.pdf_variant, []
    if format_ == "archive":
        variant, day = ARCHIVE, payload.envelope.as_of
        files = report.module.attachments(payload)
        enclosed = [Enclosure(name, data, day) for name, data in sorted(files.items())]
    rows = context["part"]["rows"] if "part" in context else 0
    in_parts = rows > LONG and is_known() and knows_parts(overrides, report.templates[format_])
    if not in_parts:
        return render_pdf(text_of(), report.stylesheets, variant, enclosed)
    from pipeline.reports.drawing.pdf.long_document import render_long_pdf

    def part_text(part: Part) -> str:
        return text_of(part=part.as_context())

    def page_numbers(pages: int) -> str:
        return text_of(part={**context["part"], "numbers": pages})

    return render_long_pdf(part_text, page_numbers, rows, report.stylesheets, variant, enclosed)
