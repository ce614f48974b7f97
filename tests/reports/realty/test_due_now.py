"""What is due now beside the balance: on the statement, for flats and for everybody else."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.lists.receivables import Receivables
from tests.reports.accounts import AS_OF, Move, account
from tests.reports.making import render
from tests.reports.reading import visible
from tests.reports.realty.asha import payloads


def statements(folder: Path) -> dict[str, Statement]:
    found = {}
    for payload in payloads(folder, "customer_statement").values():
        assert isinstance(payload.content, Statement)
        found[payload.content.customer.code] = payload.content
    return found


def test_who_owes_certificates_alone_has_nothing_due(tmp_path: Path) -> None:
    every = payloads(tmp_path, "customer_statement")
    payload = every[next(key for key in every if key[0].startswith("ad-002"))]
    page = " ".join(visible(render(payload, "html")["html"]).split())
    # It used to say "Amount due: Rupees sixteen lakh ten thousand three hundred and fifty only".
    assert "Amount due" not in page
    assert "Nothing is due now; balance: Rupees sixteen lakh ten thousand" in page
    assert "Due now 0.00" in page
    assert "Not yet due 15,65,200.00 , next on 11 Jul 2026" in page
    assert "TDS certificates awaited 45,150.00" in page


def test_due_now_is_overdue_money_and_interest_billed(tmp_path: Path) -> None:
    found = statements(tmp_path)
    assert found["AD-001"].due.amount == Decimal("915150.90")
    assert found["AD-001"].due.interest == Decimal("35150.90")
    assert found["AD-005"].due.amount == Decimal("1042600.00")
    assert found["AD-003"].due.amount == Decimal("0.00")


def test_rows_by_purpose_add_up_to_the_closing_balance(tmp_path: Path) -> None:
    found = statements(tmp_path)
    cancelled, seller = found["AD-003"].summary, found["AD-004"].summary
    assert cancelled.refunds == Decimal("500000.00")
    assert cancelled.forfeitures == Decimal("755000.00")
    assert seller.transfers == Decimal("-1052625.00")
    for one in (statement.summary for statement in found.values()):
        assert one.closing == one.opening + (
            one.invoices + one.debit_notes + one.refunds - one.payments - one.credit_notes
        ) + (
            one.adjustments + one.tds + one.interest + one.forfeitures + one.waivers + one.transfers
        )


@pytest.mark.parametrize(("ahead", "due"), [(-1, "100.00"), (0, "0.00"), (5, "0.00")])
def test_without_flats_it_is_what_is_overdue(ahead: int, due: str) -> None:
    day = AS_OF + timedelta(days=ahead)
    moved = account([Move(date(2025, 6, 1), "invoice", Decimal("100.00"), due=day)])
    said = assemble("skyline", moved, Period(date(2025, 4, 1), AS_OF)).due
    assert said.amount == Decimal(due)
    assert (said.next_due, said.next_amount) == (
        (day, Decimal("100.00")) if ahead >= 0 else (None, None)
    )


def test_receivables_say_due_now_by_booking(tmp_path: Path) -> None:
    (payload,) = payloads(tmp_path, "receivables").values()
    content = payload.content
    assert isinstance(content, Receivables)
    due = {one.code: (one.due_now, one.next_due) for one in content.accounts}
    assert due["AD-002"] == (Decimal("0.00"), date(2026, 7, 11))
    assert due["AD-001"] == (Decimal("915150.90"), None)
    assert content.due_now == Decimal("1957750.90")
