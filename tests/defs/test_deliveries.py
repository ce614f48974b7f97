"""What is due is rendered before the mails go, many tenants at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from pipeline.config.registry import Registry
from pipeline.config.tenant import Tenant
from pipeline.core.errors import MilepostError
from pipeline.defs.deliveries import _render_ahead
from pipeline.delivery.record.states import State
from pipeline.delivery.send import DeliveryOutcome
from pipeline.reports.selection import EVERYTHING, Selection

pytestmark = pytest.mark.models

DAY = date(2026, 3, 31)
MILEPOST: Any = SimpleNamespace(settings=SimpleNamespace(workers=2))
ASHA = Selection(owner="Asha Rao")


def tenant(name: str) -> Tenant:
    recipients = [
        {"email": f"Head@{name}.example"},
        {"email": f"asha@{name}.example", "filter": {"assigned_to": "Asha Rao"}},
    ]
    daily = {"schedule": "0 8 * * *", "recipients": recipients}
    return Tenant.model_validate({"id": name, "name": name, "reports": {"daily_summary": daily}})


def outcome(name: str, who: str = "head", state: State = State.QUEUED) -> DeliveryOutcome:
    return DeliveryOutcome(name, "daily_summary", DAY, f"{who}@{name}.example", state, "")


def ahead(render: Any, *foreseen: DeliveryOutcome) -> dict[Any, Sequence[Any]]:
    names = {one.tenant for one in foreseen}
    registry = Registry({name: tenant(name) for name in names}, MappingProxyType({}))
    return _render_ahead(MILEPOST, registry, render, foreseen)


def test_tenants_are_rendered_side_by_side_and_failures_are_left_to_sending() -> None:
    together = threading.Barrier(2, timeout=10)
    asked: list[tuple[str, str]] = []

    def render(tenant: Tenant, report: str, as_of: date, selection: Selection) -> Sequence[Any]:
        assert (as_of, selection) == (DAY, EVERYTHING)
        asked.append((tenant.id, report))
        together.wait()  # breaks unless another tenant's is under way
        if tenant.id == "broken":
            raise MilepostError("no")
        return [tenant.id]

    made = ahead(
        render,
        outcome("one"),
        outcome("one"),
        outcome("broken"),
        outcome("held", state=State.HELD),
    )
    assert made == {("one", "daily_summary", DAY, EVERYTHING): ["one"]}
    assert sorted(asked) == [("broken", "daily_summary"), ("one", "daily_summary")]


def test_the_slices_are_made_that_somebody_gets_and_no_whole_that_nobody_gets() -> None:
    def render(tenant: Tenant, report: str, as_of: date, selection: Selection) -> Sequence[Any]:
        return [selection]

    made = ahead(render, outcome("one"), outcome("one", "asha"), outcome("two", "asha"))
    assert made == {
        (name, "daily_summary", DAY, selection): [selection]
        for name, selection in (("one", EVERYTHING), ("one", ASHA), ("two", ASHA))
    }


def test_a_mistake_in_the_code_is_logged_and_stops_no_other_tenant(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def render(tenant: Tenant, *_: object) -> Sequence[Any]:
        return [1 / (tenant.id != "broken")]

    made = ahead(render, outcome("one"), outcome("broken"))
    assert list(made) == [("one", "daily_summary", DAY, EVERYTHING)]
    assert "daily_summary of broken could not be rendered ahead" in caplog.text
    assert "ZeroDivisionError" in caplog.text
