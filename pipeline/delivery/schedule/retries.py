"""When a mail that was refused for now is tried again, and when no more.

What counts as refused for now is left to `transport/`; `sender.py` writes down what follows.
"""

from datetime import datetime, timedelta

# A server that says "later" is asked again after so long, and for a day in all.
BACK_OFF = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120, 240))
GIVE_UP = timedelta(hours=24)


def next_try(attempts: int, now: datetime) -> datetime:
    """When to try again after so many attempts, at least one."""
    return now + BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def is_over(tried_at: datetime | None, now: datetime) -> bool:
    """Whether a mail first tried then has been refused for long enough."""
    return tried_at is not None and now - tried_at >= GIVE_UP
