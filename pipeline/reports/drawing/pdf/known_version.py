"""Whether WeasyPrint is the version that the code behind its interface was written for.

The caches, the rules in one line and the parts of long documents use what WeasyPrint may change in
any release. With another version none of that is loaded: pages are laid out by the interface alone,
which takes about twice as long, and long documents whole. `milepost doctor` says so, and so does
the log when workers start.
"""

from __future__ import annotations

from importlib.metadata import version

WRITTEN_FOR = "70."


def is_known() -> bool:
    """Whether the installed WeasyPrint is the one written for."""
    return version("weasyprint").startswith(WRITTEN_FOR)


def what_is_lost() -> str | None:
    """What another version costs, in words; None if there is nothing to say."""
    if is_known():
        return None
    return (
        f"WeasyPrint {version('weasyprint')} is not {WRITTEN_FOR}x, which the caches were written"
        " for: pages take twice as long, and long statements more memory"
    )
