"""Brokerage statements: one for each channel partner with a booking or an entry.

All amounts are without GST and before TDS but where a column says otherwise. What is payable and
what is recoverable stand side by side and are never set off: a person decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from pipeline.reports.drawing.xlsx import Kind, Sheet, SheetColumn
from pipeline.reports.payload import Frozen, Money, Payload
from pipeline.reports.realty.narrowing import folders, narrowed
from pipeline.reports.report import Inputs, Key, ReportModule

Row = Mapping[str, Any]

_ZERO = Decimal("0.00")
_SUMS = (
    *("brokerage", "earned", "invoiced", "invoiced_gst", "invoiced_tds", "paid", "recovered"),
    *("payable", "recoverable"),
)
_BROKERAGE = """
    select t.* from brokerage t where {condition}
    order by t.channel_partner_id, t.booking_date, t.booking_code, t.booking_id
"""


class BrokerageLine(Frozen):
    """One booking; entries that name none are a line without a unit."""

    booking: str
    unit: str | None
    customer: str | None
    status: str | None
    value: Money | None
    percent: Decimal | None
    brokerage: Money
    received_percent: Money | None
    agreement: date | None
    earned_on: date | None
    earned: Money
    invoiced: Money
    invoiced_gst: Money
    invoiced_tds: Money
    paid: Money
    recovered: Money
    payable: Money
    recoverable: Money


class Totals(Frozen):
    brokerage: Money
    earned: Money
    invoiced: Money
    invoiced_gst: Money
    invoiced_tds: Money
    paid: Money
    recovered: Money
    payable: Money
    recoverable: Money


class BrokerageStatement(Frozen):
    """`steps`: when a share is earned, in words."""

    number: str
    partner: str
    code: str
    rera_number: str | None
    gst_number: str | None
    email: str | None
    narrowed: tuple[str, ...]
    steps: tuple[str, ...]
    lines: tuple[BrokerageLine, ...]
    totals: Totals


class BrokerageStatements(ReportModule[BrokerageStatement]):
    """A statement for each partner."""

    schema = "brokerage_statement/1"
    content = BrokerageStatement

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, BrokerageStatement]]:
        condition, values = narrowed(inputs, "t.project_id")
        rows = inputs.published.rows(_BROKERAGE.format(condition=condition), values)
        names = folders(
            {row["channel_partner_id"]: _code(row) for row in rows},
        )
        for partner, own in groupby(rows, key=lambda row: row["channel_partner_id"]):
            yield (names[partner],), _statement(inputs, list(own))

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        yield Sheet(
            "Brokerage",
            [SheetColumn(title, kind) for title, kind, _ in _COLUMNS],
            [[getattr(line, name) for _, _, name in _COLUMNS] for line in content.lines],
            sums=[
                "Total",
                *(getattr(content.totals, name, None) for _, _, name in _COLUMNS[1:]),
            ],
            note="Without GST and before TDS, but where a column says otherwise.",
        )


_COLUMNS: tuple[tuple[str, Kind, str], ...] = (
    ("Booking", "text", "booking"),
    ("Unit", "text", "unit"),
    ("Customer", "text", "customer"),
    ("Status", "text", "status"),
    ("Value", "money", "value"),
    ("Percent", "decimal", "percent"),
    ("Brokerage", "money", "brokerage"),
    ("Received %", "decimal", "received_percent"),
    ("Agreement", "date", "agreement"),
    ("Earned on", "date", "earned_on"),
    ("Earned", "money", "earned"),
    ("Invoiced", "money", "invoiced"),
    ("GST invoiced", "money", "invoiced_gst"),
    ("TDS on invoices", "money", "invoiced_tds"),
    ("Paid", "money", "paid"),
    ("Recovered", "money", "recovered"),
    ("Payable", "money", "payable"),
    ("Recoverable", "money", "recoverable"),
)


def _statement(inputs: Inputs, rows: Sequence[Row]) -> BrokerageStatement:
    first = rows[0]
    lines = tuple(map(_line, rows))
    totals = {name: sum((getattr(line, name) for line in lines), _ZERO) for name in _SUMS}
    return BrokerageStatement(
        number=f"{inputs.tenant.id.upper()}/{_code(first)}/{inputs.envelope.as_of:%Y%m%d}",
        partner=first["partner_name"] or "Unknown partner",
        code=_code(first),
        rera_number=first["rera_number"],
        gst_number=first["gst_number"],
        email=first["email"],
        narrowed=inputs.asked.selection.described(),
        steps=tuple(
            f"{step.share.normalize():f} % of the brokerage once {step.received.normalize():f} %"
            f" of the value is received{' and the agreement is registered' * step.agreement}"
            for step in inputs.tenant.realty.brokerage.steps
        ),
        lines=lines,
        totals=Totals(**totals),
    )


def _code(row: Row) -> str:
    return str(row["partner_code"] or row["channel_partner_id"])


def _line(row: Row) -> BrokerageLine:
    none = row["booking_id"] == "(none)"
    return BrokerageLine(
        booking="without a booking" if none else row["booking_code"] or row["booking_id"],
        unit=row["unit_number"],
        customer=row["customer_name"],
        status=row["status"],
        value=row["booking_amount"],
        percent=row["brokerage_percent"],
        received_percent=row["received_percent"],
        agreement=row["agreement_date"],
        earned_on=row["earned_on"],
        **{name: row[name] or _ZERO for name in _SUMS},
    )
