"""The plain loop that statements are measured against: payload.json files to PDFs, one by one.

Prints the processor seconds for one, without start-up; and, of the first few, for one without the
library that subsets fonts, which not everybody has who writes such a loop.
"""

import sys
import time
from pathlib import Path

import weasyprint.pdf.fonts
from weasyprint import HTML

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.reports.catalogue import find_report
from pipeline.reports.drawing.templating import render_template
from pipeline.reports.payload import read_payload
from pipeline.reports.workers.rendering import template_context

_FEW = 5


def main(paths: list[str]) -> None:
    print(_seconds(paths))
    weasyprint.pdf.fonts.harfbuzz_subset = None
    print(_seconds(paths[:_FEW]))


def _seconds(paths: list[str]) -> float:
    report = find_report("customer_statement")
    sheets = [TEMPLATES_DIR / name for name in report.stylesheets]
    begin = time.process_time()
    for path in paths:
        payload = read_payload(Path(path).read_bytes(), report.module.content)
        text = render_template(
            report.templates["pdf"],
            template_context(report, payload, "pdf"),
            locale=payload.envelope.locale,
            currency=payload.envelope.currency,
        )
        HTML(string=text).write_pdf(stylesheets=sheets, pdf_variant=report.pdf_variant)
    return (time.process_time() - begin) / len(paths)


main(sys.argv[1:])
