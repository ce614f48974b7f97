"""Unit statements of the worked example, beside the ledger of their bookings."""

from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pytest

from pipeline.core.errors import MilepostError
from pipeline.reports.selection import Selection
from pipeline.reports.unit_statement.content import UnitStatement
from tests.reports.making import render, render_in_worker
from tests.reports.reading import text_of_pdf, visible
from tests.reports.realty.asha import changed, emptied, payloads, tables


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def statements(folder: Path) -> dict[str, UnitStatement]:
    found = {}
    for (key,), payload in payloads(folder, "unit_statement").items():
        assert isinstance(payload.content, UnitStatement)
        found[key] = payload.content
    return found


@pytest.mark.browser
def test_paper_says_what_the_example_says(tmp_path: Path) -> None:
    payload = payloads(tmp_path / "ws", "unit_statement")[("bk-02",)]
    text = flat(text_of_pdf(render_in_worker(payload, tmp_path, "pdf")["pdf"], tmp_path))
    for said in (
        "Nothing is due now.",
        "Falling due: ₹15,65,200.00 for Terrace slab on 11 July 2026.",
        "Balance, 30 Jun 2026 16,10,350.00",
        "TDS, to come as certificates 45,150.00",
        "Still to be demanded 15,80,250.00",
        "Foundation 08 Nov 2025 15,050.00 Form 26QB 30 Dec 2025 Form 16B 14 Jan 2026, 167 days ago",
        "Invoices, of it GST 1,50,500.00 31,60,500.00",
        "Waived and withdrawn −2,10,000.00",
        "3 · Foundation TDS certificate awaited due 10 Nov 2025",
        "Asha Lakeview Collection Account",
        "It is no legal or tax advice.",
    ):
        assert said in text
    assert "sixteen lakh" not in text


def test_due_now_interest_and_the_plan(tmp_path: Path) -> None:
    found = payloads(tmp_path, "unit_statement")
    page = flat(visible(render(found[("bk-01",)], "html")["html"]))
    assert "Amount due now: ₹9,15,150.90" in page
    assert "Interest of 18,818.63 has accrued to 30 Jun 2026 and is not billed" in page
    assert "A day more costs 260.38." in page
    assert "4 · 4th floor slab overdue, 45 days due 16 May 2026" in page
    assert "5 · Terrace slab complete, not demanded complete since 15 Jun 2026" in page
    page = flat(visible(render(found[("bk-03",)], "html")["html"]))
    assert "Nothing is due. In your favour: ₹3,21,206.67 ." in page
    assert "Refunds paid 5,00,000.00" in page


def test_every_row_is_that_of_the_ledger(tmp_path: Path) -> None:
    ledger = tables()["ledger_entries"]
    for name, one in statements(tmp_path).items():
        own = ledger.filter(pc.equal(ledger["booking_id"], name.upper()))
        debits = pc.sum(own["debit_amount"]).as_py()
        credits = pc.sum(own["credit_amount"]).as_py()
        r, due = one.rows, one.due
        assert r.closing == due.balance == debits - credits
        assert (
            r.closing
            == (
                r.opening
                + r.invoices
                + r.interest
                + r.forfeited
                + r.refunds
                + r.transfers
                + r.waived
            )
            + r.other
            - r.received
            - r.tds
        )
        assert due.now == due.overdue + due.interest + due.other
        assert due.balance == due.now + due.not_due + due.tds_awaited + due.unapplied_credit


def test_an_account_that_does_not_tie_is_never_printed(tmp_path: Path) -> None:
    with pytest.raises(MilepostError, match=r"the parts of BK-01 come to .*, its balance is 1\.00"):
        payloads(tmp_path, "unit_statement", changed("booking_accounts", balance=Decimal("1.00")))


def test_without_accounts_of_bookings_there_are_none(tmp_path: Path) -> None:
    assert payloads(tmp_path / "none", "unit_statement", emptied()) == {}
    asked = Selection(project="LAKE")
    assert len(payloads(tmp_path / "all", "unit_statement", selection=asked)) == 6
