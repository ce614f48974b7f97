"""The last step on a mail: styles onto the elements for HTML, at most one blank line for text."""

from __future__ import annotations

import re
from functools import cache

import css_inline


def mail_text(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def mail_html(text: str) -> str:
    """Mail programs read styles from the elements; media queries stay in the head."""
    return _inliner().inline(re.sub(r"\n\s*", "\n", text))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        keep_at_rules=True,
        load_remote_stylesheets=False,
        resolve_css_variables=True,
        minify_css=True,
    )
