"""The lists of the collections report, from published rows; for one project or owner, if asked.

A line about an instalment carries whom to call: the account of its booking has the telephone, the
owner and the unit, so every list is joined to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pipeline.core import calendar
from pipeline.reports.collections.content import (
    FallingDue,
    LateCertificate,
    Milestone,
    OpenInterest,
    OpenRefund,
    Overdue,
    ReceivedMoney,
)
from pipeline.reports.realty.interest import per_day
from pipeline.reports.realty.narrowing import narrowed
from pipeline.reports.realty.tds_rules import rule_of
from pipeline.reports.report import Inputs

Row = Mapping[str, Any]

_FLAT = """
    a.unit_number as unit, a.tower, a.project_name as project,
    coalesce(a.booking_code, a.booking_id) as booking, a.customer_name as customer,
    a.primary_phone as phone, a.owner_name as owner
"""
_OF_BOOKING = "join booking_accounts a on a.booking_id = t.booking_id"
_ACCOUNT = f"{_OF_BOOKING} and a.customer_id = t.customer_id"
_DAYS_AHEAD = 7


_RECEIVED = """
    with credits as (
        select t.credit_amount as amount, coalesce(t.value_date, t.ledger_date) as day,
            t.purpose = 'tds' as is_tds
        from ledger_entries t
        where t.is_effective and (t.purpose = 'tds' or t.transaction_type = 'payment') and {ours}
    )
    select coalesce(sum(amount) filter (where day = $day and not is_tds), 0) as cash_today,
        coalesce(sum(amount) filter (where day = $day and is_tds), 0) as tds_today,
        coalesce(sum(amount) filter (where not is_tds), 0) as cash_month,
        coalesce(sum(amount) filter (where is_tds), 0) as tds_month
    from credits where day between $month and $day
"""


class CollectionLists:
    """Reads every list with the same condition on the bookings' accounts."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs, self._as_of = inputs, inputs.envelope.as_of
        self._condition, self._values = narrowed(inputs, "a.project_id", "a.owner_name")
        self._steps = inputs.tenant.realty.reminders

    def has_plans(self) -> bool:
        (row,) = self._inputs.published.rows("select count(*) > 0 as plans from instalments")
        return bool(row["plans"])

    def received(self) -> ReceivedMoney:
        """By the day on which the money was credited; of all customers, or of those bookings."""
        ours = (
            f"t.booking_id in (select a.booking_id from booking_accounts a where {self._condition})"  # noqa: S608
        )
        month = calendar.month_to_date(self._as_of).first
        (row,) = self._inputs.published.rows(
            _RECEIVED.format(ours=ours if self._values else "true"),
            {**self._values, "month": month, "day": self._as_of},
        )
        return ReceivedMoney(**row)

    def falling_due(self) -> tuple[FallingDue, ...]:
        columns = "t.label, t.due_date as due, t.open_cash"
        rows = self._rows(
            f"select {_FLAT}, {columns} from instalments t {_ACCOUNT}",  # noqa: S608
            "t.state = 'demanded' and t.open_cash > 0 and t.due_date <= $until",
            "t.due_date, t.open_cash desc, t.instalment_id",
            until=self._as_of + timedelta(days=_DAYS_AHEAD),
        )
        return tuple(FallingDue(**row) for row in rows)

    def overdue(self) -> tuple[Overdue, ...]:
        """Those whose reminder falls due first, then the oldest."""
        rows = self._rows(
            f"""
            select {_FLAT}, t.label, t.stage_name as stage, t.due_date as due,
                t.days_overdue as days, t.open_cash, coalesce(i.interest, 0) as interest,
                i.open_times_rate, a.last_payment_date,
                a.last_payment_amount, a.oldest_days_overdue as oldest
            from instalments t {_ACCOUNT}
            left join (
                select instalment_id, sum(interest) as interest,
                    sum(open_amount * rate_percent)
                        filter (where to_date = $as_of) as open_times_rate
                from interest_lines where not is_dropped group by instalment_id
            ) i on i.instalment_id = t.instalment_id
            """,  # noqa: S608
            "t.state = 'overdue'",
            "t.days_overdue desc, t.open_cash desc, t.instalment_id",
            as_of=self._as_of,
        )
        lines = [self._overdue(row) for row in rows]
        return tuple(sorted(lines, key=lambda line: not line.reminder_due))

    def _overdue(self, row: Row) -> Overdue:
        oldest = row["oldest"] == row["days"]
        left_out = ("oldest", "open_times_rate")
        values = {name: value for name, value in row.items() if name not in left_out}
        return Overdue(
            **values,
            interest_per_day=per_day(row["open_times_rate"]),
            reminder=reminder(row["days"], self._steps) if oldest else None,
            reminder_due=oldest and row["days"] in self._steps,
        )

    def certificates(self) -> tuple[LateCertificate, ...]:
        rows = self._rows(
            f"select {_FLAT}, i.label, t.payment_date as paid_on, t.awaited, t.certificate_due,"  # noqa: S608
            f" t.days_overdue as days from tds_awaited t {_ACCOUNT}"
            " left join instalments i on i.instalment_id = t.instalment_id",
            "t.days_overdue > 0",
            "t.days_overdue desc, t.instalment_id, t.credit_entry_id",
        )
        return tuple(
            LateCertificate(**row, certificate=rule_of(row["paid_on"]).certificate) for row in rows
        )

    def milestones(self) -> tuple[Milestone, ...]:
        rows = self._rows(
            "select a.project_name as project, s.tower, s.stage_name as stage,"  # noqa: S608
            " s.completed_date as certified_on, s.days_since_completed as days,"
            f" count(*) as instalments, sum(t.total) as total from instalments t {_ACCOUNT}"
            " join stages s on s.stage_id = t.stage_id",
            "t.state = 'unbilled'",
            "days desc, stage, project",
            group="group by all",
        )
        return tuple(Milestone(**row) for row in rows)

    def refunds(self) -> tuple[OpenRefund, ...]:
        rows = self._rows(
            f"select {_FLAT}, t.cancelled_on, t.refund_due_amount as refund_due,"  # noqa: S608
            " t.refund_paid as paid, t.refund_open_amount as open, t.days_open as days"
            f" from cancellation_settlements t {_ACCOUNT}",
            "t.refund_open_amount > 0",
            "t.days_open desc, t.booking_id",
        )
        return tuple(OpenRefund(**row) for row in rows)

    def interest(self) -> tuple[OpenInterest, ...]:
        rows = self._rows(
            f"select {_FLAT}, a.open_interest as open, a.interest_unbilled as unbilled,"  # noqa: S608
            " a.interest_per_day as per_day from booking_accounts a",
            "(a.open_interest <> 0 or a.interest_unbilled <> 0 or a.interest_per_day <> 0)",
            "a.open_interest + a.interest_unbilled desc, a.booking_id",
        )
        return tuple(OpenInterest(**row) for row in rows)

    def _rows(
        self, select: str, where: str, order: str, group: str = "", **values: Any
    ) -> Sequence[Row]:
        return self._inputs.published.rows(
            f"{select} where {where} and {self._condition} {group} order by {order}",
            {**self._values, **values},
        )


def reminder(days: int, steps: Sequence[int]) -> str | None:
    """The step that so many days overdue have reached; the last is a notice."""
    reached = [number for number, step in enumerate(steps, 1) if days >= step]
    if not reached:
        return None
    return "Notice" if reached[-1] == len(steps) else f"Reminder {reached[-1]}"
