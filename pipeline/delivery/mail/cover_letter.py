"""Covering letters and the notes on top of a mail, from `reports_templates/email/`.

What goes into which letter is left to `content.py` and `statement_letter.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.config.tenant import Tenant
from pipeline.delivery.mail.message import Attachment, Letter
from pipeline.delivery.mail.report_files import ReportFiles
from pipeline.reports.drawing.formats import formats
from pipeline.reports.drawing.templating import render_template

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)


def cover(
    report_files: ReportFiles,
    template: str,
    *,
    attachments: Sequence[Attachment] = (),
    left: Sequence[str] = (),
    news: str | None = None,
    **values: Any,
) -> Letter:
    """A letter from `email/<template>.html.jinja` and `.txt.jinja`.

    `news` is what the subject says after tenant and day, the report's title unless given; `left`
    are paths of what is too large to attach; `values` are the template's own.
    """
    tenant = report_files.tenant
    day = formats(tenant.locale, tenant.currency).day_month(report_files.as_of)
    context = {
        "tenant": {
            "name": tenant.name,
            "legal_name": tenant.legal_name or tenant.name,
            "color": tenant.brand.color,
            "footer": tenant.brand.footer,
        },
        "title": report_files.title,
        "as_of": report_files.as_of,
        "build_id": report_files.build_id,
        "attachments": [
            {"name": a.name, "kilobytes": max(1, round(len(a.data) / 1024))} for a in attachments
        ],
        "left": list(left),
        **values,
    }
    return Letter(
        subject=f"{tenant.name} · {day} · {news or report_files.title}",
        text=_render(tenant, f"email/{template}.txt.jinja", context),
        html=_render(tenant, f"email/{template}.html.jinja", context),
        attachments=tuple(attachments),
    )


def with_note(letter: Letter, tenant: Tenant, prefix: str = "", **values: Any) -> Letter:
    """The letter with `prefix` before its subject and a note above both of its bodies.

    The note says whichever is given of: `test`, `held` (why), `partial` (why, with `as_of`),
    `late_since` (due when), `between` (days without a mail), `left` (paths of what was too large to
    attach).
    """
    nothing: dict[str, Any] = {
        "test": False,
        "held": None,
        "partial": None,
        "late_since": None,
        "between": [],
    }
    context = {**nothing, "left": [], **values}
    context["timezone"] = tenant.timezone
    text = _render(tenant, "email/note.txt.jinja", context)
    html = letter.html
    if html is not None:
        note = _render(tenant, "email/note.html.jinja", context)
        html = _BODY.sub(lambda match: match[0] + note, html, count=1)
    return replace(
        letter, subject=prefix + letter.subject, text=f"{text.strip()}\n\n{letter.text}", html=html
    )


def _render(tenant: Tenant, template: str, context: dict[str, Any]) -> str:
    return render_template(template, context, locale=tenant.locale, currency=tenant.currency)
