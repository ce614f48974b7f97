"""Which section of law a buyer deducts TDS under, by the day of the payment.

The Income-tax Act 2025 took the place of the Act of 1961 for payments from 1 April 2026. What is
deducted is the models'; this module names the sections and forms alone, and gives no advice.
"""

from __future__ import annotations

from datetime import date

from pipeline.reports.payload import Frozen

NEW_ACT = date(2026, 4, 1)


class TdsRule(Frozen):
    """Section, the statement that the buyer files with the tax, the certificate for the seller."""

    payments: str
    section: str
    statement: str
    certificate: str


_OLD = TdsRule(
    payments="Payments to 31 March 2026",
    section="section 194-IA, Income-tax Act 1961",
    statement="Form 26QB",
    certificate="Form 16B",
)
_NEW = TdsRule(
    payments="Payments from 1 April 2026",
    section="section 393(1), Table Sl. No. 3(i), Income-tax Act 2025",
    statement="Form 141, Schedule B",
    certificate="Form 132",
)


def rule_of(payment: date) -> TdsRule:
    """The rule for a payment of this day."""
    return _NEW if payment >= NEW_ACT else _OLD


def rules_from(first: date, last: date | None = None) -> tuple[TdsRule, ...]:
    """Those that hold for payments from one day to another, or on."""
    earlier = (_OLD,) if first < NEW_ACT else ()
    return (*earlier, *((_NEW,) if last is None or last >= NEW_ACT else ()))
