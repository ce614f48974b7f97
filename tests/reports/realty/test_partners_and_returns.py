"""Brokerage statements and RERA packs of the worked example."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.reports.brokerage_statement.report import BrokerageStatement
from pipeline.reports.rera_pack.report import ReraPack, square_metres
from tests.reports.making import render_in_worker
from tests.reports.reading import text_of_pdf
from tests.reports.realty.asha import emptied, payloads
from tests.reports.xlsx import stored, values


@pytest.mark.browser
def test_a_partners_statement_on_paper(tmp_path: Path) -> None:
    payload = payloads(tmp_path / "ws", "brokerage_statement")[("cp-01",)]
    made = render_in_worker(payload, tmp_path, "pdf", "xlsx")
    text = " ".join(text_of_pdf(made["pdf"], tmp_path).replace("\N{NO-BREAK SPACE}", " ").split())
    for said in (
        "Harbour Realty (CP-01)",
        "Payable 2,00,000.00",
        "Recoverable 1,51,000.00",
        "BK-01 · A-102",
        "02 Sep 2025 2,00,000.00",
        "GST 36,000.00",
        "TDS −4,000.00",
        "100 % of the brokerage once 20 % of the value is received and the agreement is registered",
        "this is no tax advice",
    ):
        assert said in text
    assert values(stored(made["xlsx"])["Brokerage"])[3][16:18] == (200000, 151000)


def test_what_is_payable_and_recoverable_is_not_set_off(tmp_path: Path) -> None:
    found = payloads(tmp_path, "brokerage_statement")
    content = found[("cp-01",)].content
    assert isinstance(content, BrokerageStatement)
    assert (content.totals.payable, content.totals.recoverable) == (
        Decimal("200000.00"),
        Decimal("151000.00"),
    )
    nothing = found[("cp-02",)].content
    assert isinstance(nothing, BrokerageStatement)
    assert (nothing.totals.earned, nothing.lines[0].earned_on) == (Decimal("0.00"), None)


def test_a_rera_pack_has_units_and_the_account(tmp_path: Path) -> None:
    payload = payloads(tmp_path / "ws", "rera_pack")[("lake",)]
    pack = payload.content
    assert isinstance(pack, ReraPack)
    assert [one.unit for one in pack.sold] == ["A-102", "A-201", "A-202", "A-401"]
    assert [one.unit for one in pack.unsold] == ["A-101", "A-301", "A-402"]
    first = pack.sold[0]
    assert (first.consideration, first.received) == (Decimal("10000000.00"), Decimal("5142307.69"))
    assert first.receivable == Decimal("4857692.31")
    assert first.carpet_sqm == Decimal("89.19")
    may = next(one for one in pack.months if one.month == date(2026, 5, 1))
    assert (may.received, may.net, may.designated) == (
        Decimal("2353000.00"),
        Decimal("2239875.00"),
        Decimal("1567912.50"),
    )
    sheets = stored(render_in_worker(payload, tmp_path, "xlsx")["xlsx"])
    assert list(sheets) == ["Sold units", "Unsold units", "Designated account", "About"]


@pytest.mark.parametrize(("feet", "metres"), [("720", "66.89"), ("960", "89.19"), ("0.05", "0.00")])
def test_square_metres(feet: str, metres: str) -> None:
    assert square_metres(Decimal(feet)) == Decimal(metres)


def test_without_partners_and_projects_there_are_none(tmp_path: Path) -> None:
    assert payloads(tmp_path / "brokerage", "brokerage_statement", emptied()) == {}
    assert payloads(tmp_path / "rera", "rera_pack", emptied()) == {}
