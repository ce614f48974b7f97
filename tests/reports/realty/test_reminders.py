"""Reminders: on the day that reaches a step, with the words of that step."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.config.realty import Realty
from pipeline.config.tenant import Tenant
from pipeline.reports.reminder.report import Reminder
from tests.reports.making import render, render_in_worker
from tests.reports.reading import text_of_pdf, visible
from tests.reports.realty.asha import ASHA, payloads


def with_steps(*steps: int) -> Tenant:
    return ASHA.model_copy(update={"realty": Realty(reminders=steps)})


def test_on_a_day_that_reaches_no_step_there_is_none(tmp_path: Path) -> None:
    assert payloads(tmp_path, "reminder") == {}  # 45 and 91 days, steps 7, 14, 21 and 30


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((45, 60), "Perhaps it escaped you"),
        ((7, 45, 60), "We wrote to you before"),
        ((7, 14, 45, 60), "In spite of two reminders"),
        ((7, 14, 21, 45), "has not been paid"),
    ],
)
def test_each_step_has_its_words(tmp_path: Path, steps: tuple[int, ...], says: str) -> None:
    made = payloads(tmp_path, "reminder", tenant=with_steps(*steps))
    (payload,) = made.values()
    page = " ".join(visible(render(payload, "html")["html"]).split())
    assert says in page
    assert ("A person decides whether this notice leaves." in page) == (steps[-1] == 45)


@pytest.mark.browser
def test_it_says_what_is_overdue_with_interest(tmp_path: Path) -> None:
    made = payloads(tmp_path / "ws", "reminder", tenant=with_steps(45, 60))
    content = made[("bk-01",)].content
    assert isinstance(content, Reminder)
    assert (content.overdue, content.interest) == (Decimal("880000.00"), Decimal("18818.63"))
    pdf = render_in_worker(made[("bk-01",)], tmp_path, "pdf")["pdf"]
    text = " ".join(text_of_pdf(pdf, tmp_path).split())
    assert "4th floor slab 16 May 2026 45 8,80,000.00 18,818.63 260.38" in text
    assert "Interest of 35,150.90 is billed and open." in text
    assert "It is no legal or tax advice." in text
