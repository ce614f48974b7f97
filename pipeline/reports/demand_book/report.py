"""The register of demands: every instalment of the period, with its letter or why it has none.

As one PDF for who prints or files the letters: the register first, with the page on which each
letter begins, then the letters themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.reports.demand_letter.content import DemandLetter
from pipeline.reports.demand_letter.demands import Demanded, demand_period, demanded
from pipeline.reports.drawing.pdf.book import bind_book, lay_out_front, page_count
from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
from pipeline.reports.payload import Frozen, Money, Payload, read_payload
from pipeline.reports.report import Inputs, Key, Rendering, ReportModule


class RegisterLine(Frozen):
    """One demand. `page`: where its letter begins in the bound file; `without_letter`: why not."""

    instalment_id: str
    number: str
    demanded_on: date
    booking: str
    customer: str | None
    project: str | None
    tower: str | None
    unit: str | None
    label: str
    stage: str | None
    certified_on: date | None
    amount: Money
    tax: Money
    total: Money
    tds: Money
    open_cash: Money
    due: date | None
    state: str
    without_letter: str | None
    page: int | None = None


class DemandRegister(Frozen):
    """All demands of the period; `plans`: whether there are instalments at all."""

    first: date
    last: date
    narrowed: tuple[str, ...]
    plans: bool
    lines: tuple[RegisterLine, ...]


class DemandBook(ReportModule[DemandRegister]):
    """One register per tenant and period, with its letters."""

    schema = "demand_book/1"
    content = DemandRegister

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, DemandRegister]]:
        """The register without page numbers."""
        period = demand_period(inputs)
        (any_plan,) = inputs.published.rows("select count(*) > 0 as plans from instalments")
        lines = tuple(map(_line, demanded(inputs, period)))
        yield (
            (),
            DemandRegister(
                first=period.first,
                last=period.last,
                narrowed=inputs.asked.selection.described(),
                plans=any_plan["plans"],
                lines=lines,
            ),
        )

    def bind(
        self,
        parts: Sequence[Rendering],
        said: Payload,
        lay_out: Callable[[Payload], bytes],
    ) -> tuple[bytes, Payload]:
        """The letters in the order of the register, behind it."""
        register = self._said(said)
        pdfs = {_letter(part.payload).instalment_id: part.pdf for part in parts}
        bound = [line for line in register.lines if line.instalment_id in pdfs]
        letters = [pdfs[line.instalment_id] for line in bound]
        payload = said

        def front_of(pages: Sequence[int]) -> bytes:
            nonlocal payload
            on = {line.instalment_id: page for line, page in zip(bound, pages, strict=True)}
            payload = said.model_copy(update={"content": _numbered(register, on)})
            return lay_out(payload)

        front = lay_out_front([page_count(letter) for letter in letters], front_of)
        bookmarks = [
            (f"{line.number} · {line.unit or line.booking}", line.page)
            for line in self._said(payload).lines
            if line.page is not None
        ]
        return bind_book(front, letters, "Register of demands", bookmarks), payload

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        register = self._said(payload)
        columns = [SheetColumn(title, kind) for title, kind, _ in _COLUMNS]
        rows = [[getattr(line, name) for _, _, name in _COLUMNS] for line in register.lines]
        sums = [
            sum((getattr(line, name) for line in register.lines), 0) if kind == "money" else None
            for _, kind, name in _COLUMNS
        ]
        note = None
        if not register.lines:
            note = (
                "No instalment was demanded in the period."
                if register.plans
                else "There are no instalments: the source does not deliver that entity."
            )
        yield Sheet("Demands", columns, rows, sums=["Total", *sums[1:]], note=note)


_COLUMNS: tuple[tuple[str, Any, str], ...] = (
    ("Demand", "text", "number"),
    ("Demanded on", "date", "demanded_on"),
    ("Booking", "text", "booking"),
    ("Customer", "text", "customer"),
    ("Project", "text", "project"),
    ("Tower", "text", "tower"),
    ("Unit", "text", "unit"),
    ("Instalment", "text", "label"),
    ("Stage", "text", "stage"),
    ("Certified on", "date", "certified_on"),
    ("Amount", "money", "amount"),
    ("GST", "money", "tax"),
    ("Total", "money", "total"),
    ("TDS to deduct", "money", "tds"),
    ("Still to transfer", "money", "open_cash"),
    ("Due", "date", "due"),
    ("State", "text", "state"),
    ("No letter, because", "text", "without_letter"),
    ("Page", "number", "page"),
)


def _line(one: Demanded) -> RegisterLine:
    row: Mapping[str, Any] = one.row
    return RegisterLine(
        instalment_id=row["instalment_id"],
        number=one.number,
        demanded_on=row["demand_date"],
        booking=row["booking_code"] or row["booking_id"],
        customer=row["customer_name"],
        project=row["project_name"],
        tower=row["tower"],
        unit=row["unit_number"],
        label=row["label"],
        stage=row["stage_name"],
        certified_on=row["stage_completed_date"],
        amount=row["amount"],
        tax=row["tax_amount"] or 0,
        total=row["total"],
        tds=row["tds_amount"],
        open_cash=row["open_cash"],
        due=row["due_date"],
        state=row["state"].replace("tds_awaited", "TDS certificate awaited"),
        without_letter=one.without_letter,
    )


def _numbered(register: DemandRegister, pages: Mapping[str, int]) -> DemandRegister:
    lines = [
        line.model_copy(update={"page": pages.get(line.instalment_id)}) for line in register.lines
    ]
    return register.model_copy(update={"lines": tuple(lines)})


def _letter(payload: bytes) -> DemandLetter:
    content = read_payload(payload, DemandLetter).content
    assert isinstance(content, DemandLetter)  # noqa: S101 - read as one
    return content
