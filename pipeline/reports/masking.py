"""Numbers of people that no payload holds whole."""

from __future__ import annotations


def mask_pan(pan: str | None) -> str | None:
    """ABCDE1234F as XXXXXX234F: the last four, as tax offices show it."""
    return None if not pan else "X" * max(0, len(pan) - 4) + pan[-4:]
