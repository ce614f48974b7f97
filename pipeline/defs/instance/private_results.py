"""Results that name people: for the command that ran the job in this process, and not for the UI.

What Dagster stores is shown to every analyst, so there addresses are masked.
"""

import re
from typing import Any

_ADDRESS = re.compile(r"([\w.+%-])[\w.+%-]*@([\w-]+(?:\.[\w-]+)+)")
_waiting: dict[str, dict[str, Any]] = {}


def hand_over(run_id: str, result: dict[str, Any]) -> None:
    """Keep the result for `take`, in a process that runs one job; another forgets it."""
    _waiting.clear()
    _waiting[run_id] = result


def take(run_id: str) -> dict[str, Any]:
    """The result of this run, once."""
    return _waiting.pop(run_id, {})


def masked(value: Any) -> Any:
    """The same without the names in e-mail addresses: h•••@skyline.example."""
    if isinstance(value, str):
        return _ADDRESS.sub(r"\1•••@\2", value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value
