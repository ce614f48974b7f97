"""Whether a tenant's report may be mailed now, or why not.

Figures that failed a blocking check, or that do not reach the day that is owed, go to nobody.
Holding and letting go is left to `send.py`.
"""

from __future__ import annotations

from datetime import date

from pipeline.publish import layout
from pipeline.tenant import Recipient
from pipeline.workspace import Workspace


def obstacle(ws: Workspace, tenant: str, as_of: date) -> str | None:
    """Why no report of the tenant as of this day may go out now; None if it may."""
    if held := layout.held(ws, tenant):
        return f"data of {held.as_of} is held: {held.summary()}"
    manifest = layout.current_manifest(ws, tenant)
    if manifest is None:
        return "nothing is published yet: run `milepost refresh`"
    if manifest.as_of < as_of:
        return f"data reaches {manifest.as_of} only: run `milepost refresh`"
    return None


def personal_obstacle(recipient: Recipient) -> str | None:
    """Why this one recipient cannot have the report; None if they can."""
    if recipient.filter is not None:
        # Sending the whole report to someone meant to see a slice would show them the others'.
        return "the recipient's filter cannot be applied yet, and the whole report is not theirs"
    return None
