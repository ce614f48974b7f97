"""Demand letters: one for each instalment demanded in the period whose stage is complete.

An instalment that gets none is in the register of `demand_book`, which says why. The rows of the
bookings are read at once, since a query costs more than the rows of one booking.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.reports.demand_letter.content import DemandLetter
from pipeline.reports.demand_letter.demands import demand_period, demanded
from pipeline.reports.demand_letter.letter import OfBooking, assemble
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs, Key, ReportModule

_TABLES = {
    "instalments": "instalments",
    "interest": "interest_lines",
    "awaited": "tds_awaited",
    "parties": "booking_parties",
    "tds_shares": "tds_by_party",
}


class DemandLetters(ReportModule[DemandLetter]):
    """A letter for each instalment that was demanded."""

    schema = "demand_letter/1"
    content = DemandLetter

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, DemandLetter]]:
        """Folder key and letter of each; of one customer's alone if one was asked for."""
        asked, as_of = inputs.asked.customer, inputs.envelope.as_of
        found = [
            one
            for one in demanded(inputs, demand_period(inputs))
            if one.without_letter is None
            if asked in (None, one.row["customer_id"], one.row["customer_code"])
        ]
        bookings = of_bookings(inputs, [one.row["booking_id"] for one in found])
        branding = inputs.envelope.branding
        for one in found:
            booking = bookings[one.row["booking_id"]]
            yield (one.folder,), assemble(one, booking, branding, inputs.tenant, as_of)

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:  # noqa: ARG002
        """The UPI payment as a picture, where there is one."""
        pay = self._said(payload).pay_to
        if pay is None or pay.upi is None:
            return {"upi_code": None}
        # Here: only a worker that draws one needs it.
        import segno

        return {"upi_code": segno.make(pay.upi, error="m", micro=False).svg_data_uri(border=2)}


def of_bookings(inputs: Inputs, ids: Sequence[str]) -> Mapping[str, OfBooking]:
    """The rows of these bookings, by booking."""
    rows: dict[str, dict[str, list[Any]]] = defaultdict(lambda: {name: [] for name in _TABLES})
    asked = json.dumps(sorted(set(ids)))
    for name, table in _TABLES.items():
        wanted = "select unnest(from_json(?, '[\"VARCHAR\"]'))"
        sql = f"select * from {table} where booking_id in ({wanted})"  # noqa: S608
        for row in inputs.published.rows(sql, [asked]):
            rows[row["booking_id"]][name].append(row)
    return defaultdict(OfBooking, {key: OfBooking(**found) for key, found in rows.items()})
