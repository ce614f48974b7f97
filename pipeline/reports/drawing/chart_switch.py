"""Whether charts are drawn: not in a report whose charts ended the worker that drew them.

By itself, because a worker that draws nothing is not to load what draws.
"""

from contextvars import ContextVar

DRAWN: ContextVar[bool] = ContextVar("DRAWN", default=True)
