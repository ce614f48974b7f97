"""Demand letters: one for each instalment demanded in the period whose stage is complete.

An instalment that gets none is in the register of `demand_book`, which says why. The rows of the
bookings are read at once, since a query costs more than the rows of one booking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.reports.demand_letter.content import DemandLetter
from pipeline.reports.demand_letter.demands import demand_period, demanded
from pipeline.reports.demand_letter.letter import assemble
from pipeline.reports.payload import Payload
from pipeline.reports.realty.bookings import of_bookings
from pipeline.reports.report import Inputs, Key, ReportModule


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
