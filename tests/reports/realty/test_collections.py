"""The morning's collections of the worked example: text, HTML and spreadsheet say the same."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.config.realty import Realty
from pipeline.reports.collections.content import Collections
from pipeline.reports.collections.reading import reminder
from pipeline.reports.payload import Payload
from pipeline.reports.selection import EVERYTHING, Selection
from tests.reports.making import render, render_in_worker
from tests.reports.reading import visible
from tests.reports.realty.asha import ASHA, Tables, changed, emptied, payloads
from tests.reports.xlsx import stored, values


def made(
    folder: Path, every: Tables | None = None, selection: Selection = EVERYTHING
) -> tuple[Payload, Collections]:
    (payload,) = payloads(folder, "collections", every, selection=selection).values()
    assert isinstance(payload.content, Collections)
    return payload, payload.content


def test_the_text_says_what_is_to_be_done(tmp_path: Path) -> None:
    payload, _ = made(tmp_path)
    text = render(payload, "text")["text"].decode()
    for line in (
        "No money came in on Tue 30 Jun; ₹12 L in Jun 2026 so far.",
        "Jun 2026 so far: 12,00,000.00 in money, 0.00 in TDS certificates",
        "A-202 Joseph D'Souza, +91 90000 00005",
        "3rd floor slab (carried over): 10,42,600.00, 91 days over; interest 14,190.79",
        "4th floor slab: 8,80,000.00, 45 days over; interest 18,818.63",
        "last paid 12,00,000.00 on 5 Jun",
        "certified 15 Jun, 15 days ago: 52,57,875.00 in 2 instalments",
        "Form 16B for Foundation: 15,050.00, due 14 Jan 2026, 167 days over",
        "3,21,206.67 to pay back, cancelled 20 Apr 2026, 71 days ago",
        "billed and not paid 35,150.90",
    ):
        assert line in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "BK-02 " not in text.split("TDS CERTIFICATES")[0]  # who owes certificates is not overdue


def test_the_page_has_the_same_amounts(tmp_path: Path) -> None:
    payload, _ = made(tmp_path)
    page = visible(render(payload, "html")["html"])
    for amount in ("12,00,000.00", "10,42,600.00", "8,80,000.00", "52,57,875.00", "3,21,206.67"):
        assert amount in page


def test_the_lists_add_up(tmp_path: Path) -> None:
    _, content = made(tmp_path)
    assert content.overdue_total == Decimal("1922600.00")
    assert [one.interest_per_day for one in content.overdue] == [
        Decimal("308.50"),
        Decimal("260.38"),
    ]
    assert not content.quiet
    assert (
        content.subject.replace("\N{NO-BREAK SPACE}", " ") == "Collections 30 Jun: ₹19.2 L overdue"
    )


def test_a_reminder_is_due_on_the_day_that_reaches_its_step(tmp_path: Path) -> None:
    steps = ASHA.model_copy(update={"realty": Realty(reminders=(7, 45, 120))})
    (payload,) = payloads(tmp_path, "collections", tenant=steps).values()
    content = payload.content
    assert isinstance(content, Collections)
    first, second = content.overdue
    # The one that is due today comes first, though the other is older.
    assert (first.unit, first.reminder, first.reminder_due) == ("A-102", "Reminder 2", True)
    assert (second.unit, second.reminder, second.reminder_due) == ("A-202", "Reminder 2", False)
    assert "1 reminder due" in content.subject
    assert "Reminder 2 due today" in render(payload, "text")["text"].decode()


@pytest.mark.parametrize(
    ("days", "said"),
    [(6, None), (7, "Reminder 1"), (20, "Reminder 2"), (21, "Reminder 3"), (30, "Notice")],
)
def test_reminders_go_by_days(days: int, said: str | None) -> None:
    assert reminder(days, (7, 14, 21, 30)) == said


def test_what_falls_due_within_a_week_is_listed(tmp_path: Path) -> None:
    _, content = made(tmp_path / "far")
    assert content.falling_due == ()  # 11 July is eleven days off
    _, content = made(tmp_path / "near", changed("instalments", due_date=date(2026, 7, 7)))
    assert [one.unit for one in content.falling_due] == ["A-201"]
    _, content = made(tmp_path / "past", changed("instalments", due_date=date(2026, 7, 8)))
    assert content.falling_due == ()


def test_an_owner_sees_the_own_bookings_alone(tmp_path: Path) -> None:
    every = changed("booking_accounts", owner_name="Asha Rao")
    _, all_of_it = made(tmp_path / "own", every, Selection(owner="asha rao"))
    assert all_of_it.overdue_total == Decimal("1922600.00")
    assert all_of_it.received.cash_month == Decimal("1200000.00")
    assert all_of_it.narrowed == ("owner asha rao",)
    _, nothing = made(tmp_path / "other", every, Selection(owner="Imran"))
    assert (nothing.overdue, nothing.received.cash_month) == ((), Decimal("0.00"))
    assert "Nothing is overdue." in nothing.headline


def test_the_spreadsheet_has_every_list(tmp_path: Path) -> None:
    payload, _ = made(tmp_path / "ws")
    sheets = stored(render_in_worker(payload, tmp_path, "xlsx")["xlsx"])
    assert list(sheets) == [
        "Received",
        "Overdue",
        "Falling due in 7 days",
        "TDS certificates overdue",
        "Milestones to bill",
        "Refunds open",
        "Interest",
        "About",
    ]
    total = values(sheets["Overdue"])[3]
    assert total[0] == "Total"
    assert 1922600 in total


def test_without_plans_the_mail_says_so(tmp_path: Path) -> None:
    payload, content = made(tmp_path, emptied())
    assert not content.plans
    text = " ".join(render(payload, "text")["text"].decode().split())
    assert "the source does not deliver the entity “instalments”" in text
    assert "OVERDUE" not in text
