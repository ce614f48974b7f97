"""Demand letters of the worked example: what a buyer reads, and why some get no letter."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.config.realty import Realty
from pipeline.core.errors import ConfigError
from pipeline.reports.demand_book.report import DemandRegister
from pipeline.reports.demand_letter.content import DemandLetter
from pipeline.reports.realty.narrowing import folders
from pipeline.reports.realty.tds_rules import rule_of, rules_from
from pipeline.reports.selection import Selection
from tests.reports.making import render, render_in_worker
from tests.reports.reading import text_of_pdf, visible
from tests.reports.realty.asha import ASHA, Tables, changed, emptied, payloads, tables
from tests.reports.xlsx import stored, values

YEAR = Selection(first=date(2025, 6, 1))


def letters(folder: Path, every: Tables | None = None, **more: object) -> dict[str, DemandLetter]:
    made = payloads(folder, "demand_letter", every, selection=YEAR, **more)  # type: ignore[arg-type]
    found = {}
    for payload in made.values():
        assert isinstance(payload.content, DemandLetter)
        found[payload.content.number] = payload.content
    return found


def register(folder: Path, every: Tables | None = None) -> DemandRegister:
    (payload,) = payloads(folder, "demand_book", every, selection=YEAR).values()
    assert isinstance(payload.content, DemandRegister)
    return payload.content


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.browser
def test_a_letter_on_paper_says_what_the_example_says(tmp_path: Path) -> None:
    made = payloads(tmp_path / "ws", "demand_letter", selection=YEAR)
    payload = made[("inv-01-4",)]
    pdf = render_in_worker(payload, tmp_path, "pdf")["pdf"]
    text = flat(text_of_pdf(pdf, tmp_path))
    for said in (
        "No. INV/01/4",
        "Ravi Menon",
        "Meera Menon",
        "Asha Lakeview",
        "960 sq ft",
        "4th floor slab, certified complete on 20 April 2026",
        "Please pay ₹8,80,000.00 (Rupees eight lakh eighty thousand only) at once:"
        " it was due on 16 May 2026, 45 days ago.",
        "Interest on it to 30 Jun 2026 is ₹18,818.63.",
        "TDS to be deducted by Ravi Menon, 60 % −12,000.00",
        "TDS to be deducted by Meera Menon, 40 % −8,000.00",
        "To transfer 20,80,000.00",
        "4th floor slab 05 Jun 2026 11,538.46 Form 141, Schedule B 30 Jul 2026 Form 132"
        " 14 Aug 2026",
        "Balance 9,35,150.90",
        "Still to be demanded 42,00,000.00",
        "Asha Lakeview Collection Account",
        "section 393(1), Table Sl. No. 3(i)",
        "It is no legal or tax advice.",
    ):
        assert said in text
    assert "XXXXX1001X" not in text  # the PAN is masked
    assert "26QB" not in text
    assert flat(visible(render(payload, "html")["html"])).count("8,80,000.00") == 2


def test_what_is_not_due_yet_is_asked_for_by_its_day(tmp_path: Path) -> None:
    made = payloads(tmp_path, "demand_letter", selection=YEAR)
    page = flat(visible(render(made[("inv-02-5",)], "html")["html"]))
    assert "Please pay ₹15,65,200.00" in page
    assert "by 11 July 2026" in page
    assert "at once" not in page
    # The payment of November falls under the old Act, the one of May under the new.
    assert "Form 26QB 30 Dec 2025 Form 16B 14 Jan 2026, 167 days ago" in page
    assert "Form 141, Schedule B 30 Jun 2026 Form 132 15 Jul 2026" in page


def test_earlier_dues_are_those_of_other_instalments(tmp_path: Path) -> None:
    letter = letters(tmp_path)["INV/01/3"]
    (due,) = letter.earlier
    assert (due.label, due.due, due.days) == ("4th floor slab", date(2026, 5, 16), 45)
    assert due.open_cash == Decimal("880000.00")
    assert due.interest == Decimal("18818.63")
    assert due.interest_per_day == Decimal("260.38")
    assert [rule.statement for rule in letter.rules] == ["Form 26QB", "Form 141, Schedule B"]


def test_the_register_says_why_there_is_no_letter(tmp_path: Path) -> None:
    why = {line.number: line.without_letter for line in register(tmp_path).lines}
    assert why["INV/01/4"] is None
    assert why["INV/02/8"] == "the instalment is waived"
    assert why["INV/03/1"] == "the booking is cancelled"
    assert why["INV/04/3"] == "another buyer has taken the booking over"
    assert set(letters(tmp_path / "letters")) == {key for key, reason in why.items() if not reason}


def test_a_stage_that_is_not_complete_gets_a_line_and_no_letter(tmp_path: Path) -> None:
    every = changed("instalments", stage_completed_date=None)
    lines = {line.number: line for line in register(tmp_path / "book", every).lines}
    assert lines["INV/01/4"].without_letter == "its stage, 4th floor slab, is not complete"
    assert lines["INV/01/1"].without_letter is None  # it waits for no stage
    assert "INV/01/4" not in letters(tmp_path / "letters", every)


def test_upi_is_offered_for_small_amounts_into_the_own_account_alone(tmp_path: Path) -> None:
    none = letters(tmp_path / "project")["INV/01/4"].pay_to
    assert none is not None
    assert (none.of, none.upi) == ("project", None)
    without = {**tables(), "projects": tables()["projects"].slice(0, 0)}
    above = letters(tmp_path / "above", without)["INV/01/4"].pay_to
    assert above is not None
    assert (above.of, above.upi) == ("organisation", None)
    higher = ASHA.model_copy(update={"realty": Realty(upi_limit=Decimal(880000))})
    made = payloads(tmp_path / "at", "demand_letter", without, tenant=higher, selection=YEAR)
    letter = made[("inv-01-4",)].content
    assert isinstance(letter, DemandLetter)
    assert letter.pay_to is not None
    assert letter.pay_to.upi == (
        "upi://pay?pa=asha@example&pn=Asha%20Developers&am=880000.00&cu=INR&tn=A-102%20BK-01"
    )
    page = render(made[("inv-01-4",)], "html")["html"].decode()
    assert 'src="data:image/svg+xml' in page
    assert "UPI code for ₹8,80,000.00" in page


def test_a_booking_has_its_own_account_number_at_the_projects_bank(tmp_path: Path) -> None:
    pay = letters(tmp_path, changed("bookings", pay_to_account="ASHA0102"))["INV/01/4"].pay_to
    assert pay is not None
    assert (pay.of, pay.account_number, pay.ifsc) == ("booking", "ASHA0102", "EXMP0000001")


@pytest.mark.browser
def test_without_plans_there_are_no_letters_and_the_register_says_so(tmp_path: Path) -> None:
    assert letters(tmp_path / "letters", emptied()) == {}
    (payload,) = payloads(tmp_path / "book", "demand_book", emptied()).values()
    pdf = render_in_worker(payload, tmp_path, "pdf", "xlsx")
    assert "the source does not deliver the entity “instalments”" in flat(
        text_of_pdf(pdf["pdf"], tmp_path)
    )
    assert any(
        "There are no instalments" in str(row) for row in values(stored(pdf["xlsx"])["Demands"])
    )


def test_a_project_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no project 'Seaview'; there are Asha Lakeview"):
        payloads(tmp_path, "demand_letter", selection=Selection(project="Seaview"))


@pytest.mark.parametrize("name", ["asha lakeview", "LAKE", "p1"])
def test_a_project_goes_by_name_code_or_id(tmp_path: Path, name: str) -> None:
    asked = Selection(first=date(2025, 6, 1), project=name)
    assert len(payloads(tmp_path, "demand_letter", selection=asked)) == 11


def test_the_law_goes_by_the_day_of_the_payment() -> None:
    assert rule_of(date(2026, 3, 31)).certificate == "Form 16B"
    assert rule_of(date(2026, 4, 1)).certificate == "Form 132"
    assert len(rules_from(date(2026, 3, 31))) == 2
    assert len(rules_from(date(2026, 3, 1), date(2026, 3, 31))) == 1
    assert [rule.statement for rule in rules_from(date(2026, 4, 1))] == ["Form 141, Schedule B"]


def test_vouchers_that_are_alike_get_folders_apart() -> None:
    found = folders({"a": "INV/1", "b": "INV-1", "c": "INV 2", "d": "///"})
    assert len(set(found.values())) == 4
    assert found["c"] == "inv-2"
