"""What is due is rendered before the mails go, many tenants at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from pipeline.defs.deliveries import _render_ahead
from pipeline.delivery.send import DeliveryOutcome
from pipeline.delivery.states import State
from pipeline.errors import MilepostError
from pipeline.reports.selection import EVERYTHING

DAY = date(2026, 3, 31)


def outcome(tenant: str, report: str, state: State = State.QUEUED) -> DeliveryOutcome:
    return DeliveryOutcome(tenant, report, DAY, f"someone@{tenant}.example", state, "")


def test_tenants_are_rendered_side_by_side_and_failures_are_left_to_sending() -> None:
    together = threading.Barrier(2, timeout=10)
    asked: list[tuple[str, str]] = []

    def render(tenant: str, report: str, as_of: date, selection: object) -> Sequence[Any]:
        assert (as_of, selection) == (DAY, EVERYTHING)
        asked.append((tenant, report))
        together.wait()  # breaks unless another tenant's is under way
        if tenant == "broken":
            raise MilepostError("no")
        return [tenant]

    milepost: Any = SimpleNamespace(settings=SimpleNamespace(workers=2))
    registry: Any = SimpleNamespace(tenant=lambda name: name)
    foreseen = [
        outcome("one", "daily_summary"),
        outcome("one", "daily_summary"),
        outcome("broken", "daily_summary"),
        outcome("held", "daily_summary", State.HELD),
    ]
    made = _render_ahead(milepost, registry, render, foreseen)  # type: ignore[arg-type]
    assert made == {("one", "daily_summary", DAY): ["one"]}
    assert sorted(asked) == [("broken", "daily_summary"), ("one", "daily_summary")]
