"""A run that is terminated while it renders for many tenants ends what it started."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipeline.reports.workers.by_tenant import render_many
from pipeline.reports.workers.job import Failed, Outcome
from pipeline.reports.workers.pool import render_all
from tests.reports.workers.test_pool import job


class Terminated(BaseException):
    """As a signal raises it in the thread that waits."""


def test_nothing_is_begun_any_more_and_the_workers_end(tmp_path: Path) -> None:
    begun: list[int] = []
    first = threading.Event()
    ends: list[Outcome] = []

    def render(tenant: int) -> list[Outcome]:
        begun.append(tenant)
        jobs = (job(number) for number in range(50))
        for outcome in render_all(jobs, workers=1, cache_dir=tmp_path):
            ends.append(outcome)
            first.set()
        return []

    many = render_many([0, *range(1, 20)], lambda one: render(one) if one else [], workers=2)
    assert next(many) == (0, [])
    assert first.wait(timeout=120)
    with pytest.raises(Terminated):
        many.throw(Terminated())
    assert len(begun) <= 4, "of nineteen"
    assert len(ends) < 20, "of fifty for each"
    assert any(isinstance(one, Failed) for one in ends), "what was under way was ended"
