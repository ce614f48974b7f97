"""Whether a tenant's report may be mailed now, or why not.

Figures that failed a blocking check, or that do not reach the day that is owed, go to nobody.
Holding and letting go is left to `send.py`.
"""

from __future__ import annotations

from pipeline.delivery.artefacts import was_rendered
from pipeline.delivery.states import DeliveryKey
from pipeline.publish import layout
from pipeline.tenant import Recipient
from pipeline.workspace import Workspace


def obstacle(ws: Workspace, key: DeliveryKey) -> str | None:
    """Why the report may not go out now; None if the tenant's data is no reason against it."""
    if held := layout.held(ws, key.tenant):
        return f"data of {held.as_of} is held: {held.summary()}"
    manifest = layout.current_manifest(ws, key.tenant)
    if manifest is None:
        return "nothing is published yet: run `milepost refresh`"
    if manifest.as_of < key.period:
        return f"data reaches {manifest.as_of} only: run `milepost refresh`"
    if manifest.as_of > key.period and not was_rendered(ws, key.tenant, key.report, key.period):
        # The current build does not know what the figures were then.
        return f"it was not made at its time: run `milepost refresh --as-of {key.period}`"
    return None


def personal_obstacle(recipient: Recipient) -> str | None:
    """Why this one recipient cannot have the report; None if they can."""
    if recipient.filter is not None:
        # Sending the whole report to someone meant to see a slice would show them the others'.
        return "the recipient's filter cannot be applied yet, and the whole report is not theirs"
    return None
