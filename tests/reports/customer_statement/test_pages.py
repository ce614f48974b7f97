"""The statement as a customer gets it: the text on each page of real PDFs."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pipeline.core.calendar import Period
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.drawing.formats import formats
from pipeline.reports.payload import Payload
from pipeline.reports.workers.job import Job, Rendered
from pipeline.reports.workers.pool import render_all
from tests.reports.accounts import AS_OF, Move, account, booking, customer, envelope

pytestmark = [
    pytest.mark.browser,  # Poppler reads what was drawn
    pytest.mark.xdist_group("statement_pages"),  # one rendering for all of them
]

YEAR = Period(date(2025, 4, 1), AS_OF)
INDIA = formats("en_IN", "INR")
SIZES = (1, 40, 41, 400)
MOST = 5_000  # with --full
INDIC = "मीरा कृष्णन् மீரா ಮೀರಾ ميرا"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "count" in metafunc.fixturenames:
        full = metafunc.config.getoption("--full")
        metafunc.parametrize("count", (*SIZES, MOST) if full else SIZES)


def many(count: int) -> Account:
    """`count` entries of the period after one before it; every row's particulars end in a token."""
    rows = [Move(date(2025, 2, 20), "invoice", Decimal("120000.00"))]
    for n in range(count):
        kind = ("invoice", "payment", "credit_note")[n % 3]
        day = date(2025, 4, 2) + timedelta(days=n * 165 // count)
        amount = Decimal(137 * (n * 7919 % 977) + 1500) + Decimal("0.50") * (n % 2)
        text = f"Slab casting of the tower, instalment {'due on demand ' * (n % 4)}end-{n}"
        rows.append(Move(day, kind, amount, text))
    return account(rows, bookings=[booking()])


ODD = {
    "hostile": account(
        [Move(date(2025, 4, 9), "invoice", Decimal("10.00"), "</td><img src=file:///etc/passwd>")],
        of=customer(customer_name="<script>alert(1)</script>", business_name="{{ 7 * 7 }}"),
    ),
    "indic": account(
        [Move(date(2025, 4, 9), "invoice", Decimal("12345678901.25"), f"{INDIC} 🏠")],
        of=customer(customer_name=INDIC),
    ),
    "still": account([Move(date(2025, 1, 9), "invoice", Decimal("250000.00"))]),
    "credit": account([Move(date(2025, 5, 9), "payment", Decimal("800.25"))]),
    "settled": account(
        [
            Move(date(2025, 4, 9), "invoice", Decimal("500.00")),
            Move(date(2025, 5, 9), "payment", Decimal("500.00")),
        ]
    ),
    "broker": account(
        [Move(date(2025, 4, 9), "invoice", Decimal("500.00"), reference="f" * 32)],
        bookings=[booking(f"BK-{n:04d}") for n in range(9)],
    ),
    "late": account(
        [Move(date(2025, 4, 9), "invoice", Decimal("500.00"), entered=date(2025, 8, 2))]
    ),
}


def payload(content: Statement) -> Payload:
    return Payload(schema_name="customer_statement/1", envelope=envelope(), content=content)


def render(accounts: dict[str, Account], cache_dir: Path) -> dict[str, tuple[Statement, bytes]]:
    contents = {name: assemble("skyline", each, YEAR) for name, each in accounts.items()}
    jobs = [
        Job(name, "customer_statement", ("pdf",), payload(content).to_json())
        for name, content in contents.items()
    ]
    made = {}
    for outcome in render_all(jobs, workers=2, cache_dir=cache_dir):
        assert isinstance(outcome, Rendered), outcome.reason
        made[outcome.job.key] = (contents[outcome.job.key], outcome.files[0].data)
    return made


@pytest.fixture(scope="module")
def statements(
    tmp_path_factory: pytest.TempPathFactory, full: bool
) -> dict[str, tuple[Statement, bytes]]:
    sizes = {str(count): many(count) for count in ((*SIZES, MOST) if full else SIZES)}
    return render({**sizes, **ODD}, tmp_path_factory.mktemp("fonts"))


@lru_cache(maxsize=32)
def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it is drawn."""
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    text = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    return text.replace("\xa0", " ").replace("\u2003", " ").split("\f")[:-1]


def carried(page: str, which: str) -> str | None:
    found = re.findall(rf"{which} forward +(\S+(?: [DC]r)?)", page)
    assert len(found) <= 1
    return found[0] if found else None


def entries_on(page: str, content: Statement) -> list[int]:
    """The entries whose rows are in the ledger of this page, each from first to last line."""
    ledger = page.split("Closing balance c/f")[0] if "Voucher, reference" in page else ""
    ends = {int(n) for n in re.findall(r"\bend-(\d+)\b", ledger)}
    words = set(ledger.split())
    begins = {n for n, line in enumerate(content.lines) if line.voucher in words}
    assert ends == begins, "a row is split across pages"
    return sorted(ends)


def text_of(statements: dict[str, tuple[Statement, bytes]], name: str) -> str:
    return "\n".join(pages_of(statements[name][1]))


def test_every_page_carries_the_balance_forward(
    statements: dict[str, tuple[Statement, bytes]], count: int
) -> None:
    content, pdf = statements[str(count)]
    pages = pages_of(pdf)
    seen: list[int] = []
    for page in pages:
        rows = entries_on(page, content)
        is_first, is_last = not seen, len(seen) + len(rows) == count
        brought, over = carried(page, "Brought"), carried(page, "Carried")
        if rows and not is_first:
            assert brought == INDIA.balance(content.lines[rows[0]].before).replace("\xa0", " ")
        else:
            assert brought is None
        if rows and not is_last:
            assert over == INDIA.balance(content.lines[rows[-1]].balance).replace("\xa0", " ")
        else:
            assert over is None
        seen += rows
    assert seen == list(range(count))  # every row once, in order, whole


def test_pages_are_numbered_and_headed(
    statements: dict[str, tuple[Statement, bytes]], count: int
) -> None:
    content, pdf = statements[str(count)]
    pages = pages_of(pdf)
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        for text in (
            "Skyline Homes Private Limited",
            "14 Residency Road",
            "GSTIN 29ABCDE1234F1Z5",
            "PAN ABCDE1234F",
            "Statement of account",
            content.number,
            "as of 18 Sep 2025",
            "C-0017",
            "Meera Krishnan",
            "Malleshwaram",
            "PAN XXXXXX321L",
            "BK-0042",
            "in INR",
            "Data build 20250919T003000-1a2b3c",
            "ledger received 19 Sep 2025, 05:35 from inbox",
            payload(content).content_hash()[:16],
        ):
            assert text.lower() in " ".join(page.split()).lower(), (number, text)
        assert "BNZPK4321L" not in page


def test_one_entry_fits_on_one_page(statements: dict[str, tuple[Statement, bytes]]) -> None:
    assert len(pages_of(statements["1"][1])) == 1


def test_the_last_pages_never_hold_the_slip_alone(
    statements: dict[str, tuple[Statement, bytes]],
) -> None:
    for count in SIZES:
        last = pages_of(statements[str(count)][1])[-1]
        assert "How to pay" in last
        assert "Confirmation of balance" in last


def test_the_closing_lines_stay_with_an_entry(
    statements: dict[str, tuple[Statement, bytes]],
) -> None:
    for count in SIZES:
        content, pdf = statements[str(count)]
        closing = next(page for page in pages_of(pdf) if "Closing balance c/f" in page)
        assert count - 1 in entries_on(closing, content)


def test_figures_of_the_payload_are_on_the_page(
    statements: dict[str, tuple[Statement, bytes]],
) -> None:
    content, pdf = statements["40"]
    text, s = " ".join(" ".join(pages_of(pdf)).split()), content.summary
    figures: Iterable[Decimal] = (
        s.opening,
        s.invoices,
        s.payments,
        s.credit_notes,
        s.total_debit,
        s.total_credit,
        s.overdue,
        s.not_due,
        *(line.balance for line in content.lines),
        *(item.open for item in content.open_items),
        content.ageing.total,
    )
    for figure in figures:
        assert INDIA.amount(abs(figure)) in text
    assert f"Closing balance, 18 Sep 2025 {INDIA.balance(s.closing)}".replace("\xa0", " ") in text
    assert INDIA.words(s.closing) in text
    assert "✓ Opening" in text
    assert "derived" in text


def test_what_customers_wrote_is_text(statements: dict[str, tuple[Statement, bytes]]) -> None:
    text = " ".join(text_of(statements, "hostile").split())
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "</td><img src=file:///etc/passwd>" in text.replace("src=file ", "src=file")


def test_indian_scripts_are_drawn_with_the_repositorys_fonts(
    statements: dict[str, tuple[Statement, bytes]],
) -> None:
    pdf = statements["indic"][1]
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[1]
        for page in PdfReader(io.BytesIO(pdf)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    families = {"Source-Sans-3", "Noto-Sans", "Noto-Emoji"}
    assert all(any(font.startswith(name) for name in families) for font in fonts)
    wanted = ("Devanagari", "Tamil", "Kannada", "Arabic", "Emoji")
    assert all(any(name in font for font in fonts) for name in wanted)
    assert "12,34,56,78,901.25" in text_of(statements, "indic").replace("\n", "")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("still", ["No transactions in this period", "Due now: Rupees two lakh fifty thousand"]),
        ("credit", ["In your favour: Rupees eight hundred and twenty-five paise", "800.25 Cr"]),
        ("settled", ["Nothing is due: the account is settled", "Last payment 500.00 on 9 May"]),
        ("broker", ["9 bookings, listed after the open items", "BK-0008 · 1 × 3 BHK", "f" * 32]),
        (
            "late",
            ["09 Apr 2025†", "† entered 2 Aug 2025", "Entered after entries with later dates"],
        ),
    ],
)
def test_edge_cases_say_what_they_are(
    statements: dict[str, tuple[Statement, bytes]], name: str, says: list[str]
) -> None:
    text = " ".join(text_of(statements, name).split())
    for words in says:
        assert words in text


def test_the_document_is_tagged_titled_and_dated(
    statements: dict[str, tuple[Statement, bytes]],
) -> None:
    reader = PdfReader(io.BytesIO(statements["40"][1]))
    catalog: Any = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert catalog["/Lang"] == "en-IN"
    assert b"pdfuaid:part" in catalog["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Statement of account – Meera Krishnan – 18 Sep 2025"
    assert reader.metadata["/CreationDate"] == reader.metadata["/ModDate"]
    assert str(reader.metadata["/ModDate"]) == "D:20250918"
    outline: Any = reader.outline
    titles = [outline[0].title, *(entry.title for entry in outline[1])]
    assert titles[0] == "Statement of account"
    assert "Transactions" in titles
