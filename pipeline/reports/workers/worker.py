"""One worker process: reads jobs on standard input, writes renderings on standard output.

    python -m pipeline.reports.workers.worker [REPORT]

With the name of a report it gets ready for that one's PDFs before the first job is there.
A job is a line of JSON `{"report", "formats", "size", "megabytes", "overrides"}`, then `size`
bytes of payload.json; the answer is a line `{"files": [[name, format, size], …]}` or `{"reason":
text}`, then the files' bytes in that order. A worker sees the one payload and the templates, no
workspace, no environment of the parent, and may use so much memory. `child` starts workers, sets
their time limit and outlives them.
"""

from __future__ import annotations

import ctypes.util
import gc
import json
import os
import resource
import sys
from typing import Any, BinaryIO, NamedTuple

from pipeline.core.errors import MilepostError
from pipeline.reports.catalogue import Report, find_report
from pipeline.reports.drawing.chart_switch import DRAWN
from pipeline.reports.drawing.templating import render_template
from pipeline.reports.overrides import Overrides, knows_parts
from pipeline.reports.payload import Payload, plain, read_payload

# Rows above which a PDF is laid out in parts: beyond, memory would grow with it.
LONG = 1_200


class File(NamedTuple):
    """One file of a rendering: its name in the artefact folder, the format it belongs to."""

    name: str
    format: str
    data: bytes


def render_files(
    report: Report, payload_json: bytes, formats: list[str], overrides: Overrides = ()
) -> list[File]:
    """The files of each format. Raises MilepostError with a reason for people."""
    payload = read_payload(payload_json, report.module.Content)
    files = []
    for name in formats:
        files.append(File(report.file_name(name), name, _render(report, payload, name, overrides)))
        more = getattr(report.module, "files", None)
        extra = more(payload, name) if more else {}
        files.extend(File(file, name, data) for file, data in sorted(extra.items()))
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
    context = {
        **plain(payload),
        "title": report.title,
        "language": payload.envelope.language,
        "content_hash": payload.content_hash(),
        "format": format_,
    }
    add = getattr(report.module, "context", None)
    return {**context, **add(payload, format_)} if add else context


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
        finish = getattr(report.module, "finish", None)
        return finish(payload, format_, text) if finish else text

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
    if rows <= LONG or not knows_parts(overrides, report.templates[format_]):
        return render_pdf(text_of(), report.stylesheets, variant, enclosed)
    from pipeline.reports.drawing.pdf.long_document import Part, render_long_pdf

    def part_text(part: Part) -> str:
        return text_of(part=part.as_context())

    def page_numbers(pages: int) -> str:
        return text_of(part={**context["part"], "numbers": pages})

    return render_long_pdf(part_text, page_numbers, rows, report.stylesheets, variant, enclosed)


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until the parent closes the pipe."""
    # A layout makes and drops hundreds of thousands of objects in cycles: collected once a job,
    # with what stays warm set aside, that costs a twentieth of the time instead of a sixth.
    gc.disable()
    while line := jobs.readline():
        header = json.loads(line)
        payload = jobs.read(header["size"])
        if len(payload) < header["size"]:
            return
        _limit_memory(header["megabytes"])
        _answer(answers, *_attempt(header, payload))
        gc.collect()
        gc.freeze()


def _attempt(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[File]]:
    DRAWN.set(header.get("charts", True))
    try:
        overrides = tuple((name, text) for name, text in header.get("overrides", ()))
        files = render_files(find_report(header["report"]), payload, header["formats"], overrides)
    except MemoryError:
        return {"reason": "it needs more memory than a worker may use", "fatal": True}, []
    except SystemError as error:
        # A library that gets no memory may fail without saying why; nothing after it is sure.
        return {"reason": f"a library failed, as for want of memory ({error})", "fatal": True}, []
    except RecursionError:
        return {"reason": "its template or data is nested too deeply"}, []
    except MilepostError as error:
        return {"reason": str(error)}, []
    except Exception as error:  # noqa: BLE001 - one payload's fault is not the next one's
        return {"reason": f"{type(error).__name__}: {error}"}, []
    return {"files": [[file.name, file.format, len(file.data)] for file in files]}, files


def _answer(answers: BinaryIO, header: dict[str, Any], files: list[File]) -> None:
    answers.write(json.dumps(header).encode() + b"\n")
    for file in files:
        answers.write(file.data)
    answers.flush()


def _limit_memory(megabytes: int) -> None:
    # Data and not address space: the JavaScript engine that draws charts reserves gigabytes it
    # never uses.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024, hard))


def _leave_libraries_to_the_loader() -> None:
    """WeasyPrint asks for each library by several names, and cffi asks compiler and linker where
    one of them might be: a third of the time it takes to start. The loader knows the last of them.
    """
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _leave_libraries_to_the_loader()
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for name in sys.argv[1:]:
        get_ready(find_report(name))
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
