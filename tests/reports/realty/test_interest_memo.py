"""Interest memos of the worked example."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.config.realty import Interest, Realty
from pipeline.core.errors import MilepostError
from pipeline.reports.interest_memo.report import InterestMemo
from tests.reports.making import render, render_in_worker
from tests.reports.reading import text_of_pdf, visible
from tests.reports.realty.asha import ASHA, changed, emptied, payloads


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.browser
def test_paper_has_the_lines_of_the_example(tmp_path: Path) -> None:
    payload = payloads(tmp_path / "ws", "interest_memo")[("bk-01",)]
    text = flat(text_of_pdf(render_in_worker(payload, tmp_path, "pdf")["pdf"], tmp_path))
    for said in (
        "Foundation 11 Nov 2025 25 Nov 2025 20,80,000.00 10.85% 15 9,274.52",
        "Foundation 26 Nov 2025 14 Dec 2025 12,80,000.00 10.85% 19 7,229.37",
        "Foundation 15 Dec 2025 20 Jan 2026 12,80,000.00 10.80% 37 14,013.37",
        "Foundation 21 Jan 2026 16 Feb 2026 5,80,000.00 10.80% 27 4,633.64",
        "4th floor slab 17 May 2026 05 Jun 2026 20,80,000.00 10.80% 20 12,309.04",
        "4th floor slab 06 Jun 2026 30 Jun 2026 8,80,000.00 10.80% 25 6,509.59",
        "Accrued 53,969.53",
        "Billed −35,150.90",
        "Not billed 18,818.63",
        "A day more costs ₹260.38.",
        "It is not billed until a debit note says so.",
        "It is no legal or tax advice.",
    ):
        assert said in text


def test_what_was_waived_is_dropped(tmp_path: Path) -> None:
    payload = payloads(tmp_path, "interest_memo")[("bk-02",)]
    content = payload.content
    assert isinstance(content, InterestMemo)
    assert (content.accrued, content.dropped) == (Decimal("5785.25"), Decimal("5785.25"))
    page = flat(visible(render(payload, "html")["html"]))
    assert "No interest is left to bill" in page
    assert "Car park (waived)" in page


@pytest.mark.parametrize(("rule", "gst"), [("not_charged", None), ("as_instalment", "940.93")])
def test_gst_is_a_line_of_its_own_where_it_is_charged(
    tmp_path: Path, rule: str, gst: str | None
) -> None:
    realty = Realty(interest=Interest.model_validate({"gst": rule}))
    tenant = ASHA.model_copy(update={"realty": realty})
    content = payloads(tmp_path, "interest_memo", tenant=tenant)[("bk-01",)].content
    assert isinstance(content, InterestMemo)
    # 5 % of 18,818.63.
    assert content.gst == (None if gst is None else Decimal(gst))


def test_only_bookings_with_interest_get_one(tmp_path: Path) -> None:
    keys = {key for (key,) in payloads(tmp_path / "all", "interest_memo")}
    assert keys == {"bk-01", "bk-02", "bk-03", "bk-04", "bk-05"}
    assert payloads(tmp_path / "none", "interest_memo", emptied()) == {}


def test_lines_that_are_not_the_account_are_never_printed(tmp_path: Path) -> None:
    with pytest.raises(MilepostError, match=r"adds up to 53969\.53, 0\.00 of it dropped"):
        every = changed("booking_accounts", interest_accrued=Decimal("1.00"))
        payloads(tmp_path, "interest_memo", every)
