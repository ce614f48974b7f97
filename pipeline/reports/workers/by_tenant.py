"""Reports of many tenants at once: as many at a time as there are workers.

A tenant's summary is one payload for one worker; rendered one tenant after another, the other
workers would wait, and each worker while the next tenant is read. What fails is handed back beside
what was made; it stops nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pipeline.core import atomic_files
from pipeline.core.errors import MilepostError, contained
from pipeline.reports.workers.pool import kept_workers, stop_until

Wanted = TypeVar("Wanted")
Made = TypeVar("Made")


def render_many(
    wanted: Iterable[Wanted], render: Callable[[Wanted], Made], *, workers: int
) -> Generator[tuple[Wanted, Made | MilepostError], None, None]:
    """Each of `wanted` (tenants, say) with what was made of it, or why nothing was, in their order.

    `render` calls `build.render_report`; it runs in `workers` threads, each of which keeps a worker
    process busy. One tenant's reports belong into one call: some are made of others.
    """

    def attempt(one: Wanted) -> Made | MilepostError:
        try:
            with contained(str(one)):
                return render(one)
        except MilepostError as error:
            return error
        except OSError as error:
            return MilepostError(atomic_files.trouble(error))

    listed = list(wanted)
    with kept_workers(), ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            yield from zip(listed, pool.map(attempt, listed), strict=True)
        except BaseException:
            stop_until(lambda: pool.shutdown(cancel_futures=True))
            raise
