"""Many tenants at once: in order, and one that fails stops nobody."""

import threading
from typing import Any

from pipeline.core.errors import MilepostError
from pipeline.reports.workers.by_tenant import render_many


def test_results_come_in_order_and_failures_beside_them() -> None:
    both = threading.Barrier(2, timeout=20)

    def render(name: str) -> list[Any]:
        if name in ("first", "second"):
            both.wait()  # two at a time, or nobody passes
        if name == "second":
            raise MilepostError("no such report")
        return [name]

    made = list(render_many(["first", "second", "third"], render, workers=2))
    assert [name for name, _ in made] == ["first", "second", "third"]
    assert [made[0][1], made[2][1]] == [["first"], ["third"]]
    assert str(made[1][1]) == "no such report"
