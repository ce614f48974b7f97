"""Unit statements: one for each booking, beside the statement of a customer who has several.

What a customer has that belongs to no booking is on the customer's own statement alone. The period
is the tenant's for statements; it ends with the as-of day.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pipeline.reports.customer_statement.account import StatementError
from pipeline.reports.customer_statement.report import statement_period
from pipeline.reports.demand_letter.letter import awaited_certificates
from pipeline.reports.realty.bookings import OfBooking, Row, accounts, of_bookings
from pipeline.reports.realty.buyers import head_of
from pipeline.reports.realty.paying import pay_to
from pipeline.reports.report import Inputs, Key, ReportModule
from pipeline.reports.unit_statement.account import due_of, movements, plan_of, rows_of
from pipeline.reports.unit_statement.content import UnitStatement


class UnitStatements(ReportModule[UnitStatement]):
    """A statement for each booking."""

    schema = "unit_statement/1"
    content = UnitStatement

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, UnitStatement | StatementError]]:
        """An account that does not tie comes as its StatementError, so that the others go on."""
        found = accounts(inputs)
        rows = of_bookings(inputs, [account["booking_id"] for _, account in found])
        entries = _entries(inputs, found)
        for folder, account in found:
            booking = rows[account["booking_id"]]
            moved = entries[account["booking_id"], account["customer_id"]]
            try:
                yield (folder,), _statement(inputs, account, booking, moved)
            except StatementError as error:
                yield (folder,), error


def _entries(
    inputs: Inputs, found: Sequence[tuple[str, Row]]
) -> Mapping[tuple[str, str], list[Row]]:
    """The effective entries of each booking's account, in the order of the ledger."""
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    asked = json.dumps(sorted({account["booking_id"] for _, account in found}))
    wanted = "select unnest(from_json(?, '[\"VARCHAR\"]'))"
    sql = (
        f"select * from ledger_entries where is_effective and booking_id in ({wanted})"  # noqa: S608
        " order by entry_order, entry_id"
    )
    for row in inputs.published.rows(sql, [asked]):
        rows[row["booking_id"], row["customer_id"]].append(row)
    return rows


def _statement(
    inputs: Inputs, account: Row, booking: OfBooking, entries: Sequence[Row]
) -> UnitStatement:
    first = min((row["ledger_date"] for row in entries), default=None)
    period = statement_period(inputs, first)
    plan = plan_of([one for one in booking.instalments if _is_of(one, account)])
    due, branding = due_of(account), inputs.envelope.branding
    name = account["booking_code"] or account["booking_id"]
    quote = " ".join(filter(None, (account["unit_number"], account["booking_code"])))
    return UnitStatement(
        number=f"{inputs.tenant.id.upper()}/{name}/{period.last:%Y%m%d}",
        first=period.first,
        last=period.last,
        status=account["status"],
        head=head_of(account, booking.parties),
        due=due,
        falling_due=tuple(line for line in plan if line.state == "demanded"),
        awaited=awaited_certificates(booking),
        rows=rows_of(entries, booking.instalments, period),
        movements=movements(account, entries, period),
        plan=plan,
        interest_unbilled=account["interest_unbilled"],
        interest_per_day=account["interest_per_day"],
        to_be_demanded=account["to_be_demanded"],
        received_percent=account["received_percent"],
        pay_to=pay_to(account, branding, inputs.tenant, due.now, quote or name),
    )


def _is_of(instalment: Row, account: Row) -> bool:
    return bool(instalment["customer_id"] == account["customer_id"])
