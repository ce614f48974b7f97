"""Where a buyer pays: the booking's own account, else the project's, else the organisation's.

Money of a project belongs into the project's account, so the organisation's UPI address is offered
only where its own account is the one to pay into, and only for what UPI lets through at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from pipeline.config.tenant import Tenant
from pipeline.reports.payload import Branding, Frozen

COLUMNS = ("account_name", "account_number", "bank", "ifsc")


class PayTo(Frozen):
    """The account to pay into, whose it is, and what to quote. `upi`: a payment as a URI."""

    of: Literal["booking", "project", "organisation"]
    account_name: str | None
    account_number: str
    bank: str | None
    ifsc: str | None
    quote: str
    upi: str | None = None


def pay_to(
    row: Mapping[str, Any], branding: Branding, tenant: Tenant, amount: Decimal, reference: str
) -> PayTo | None:
    """`row`: the booking's pay_to_account and the project's COLUMNS; None if nobody says where."""
    bank = branding.bank
    own = {name: getattr(bank, name, None) for name in COLUMNS}
    project = {name: row[name] for name in COLUMNS}
    holder = project if project["account_number"] else own
    if row["pay_to_account"]:
        # A virtual account is a number at the bank that the money goes to.
        holder = {**holder, "account_number": row["pay_to_account"]}
        return PayTo(of="booking", quote=reference, **holder)
    if project["account_number"]:
        return PayTo(of="project", quote=reference, **project)
    if bank is None:
        return None
    can = 0 < amount <= tenant.realty.upi_limit and tenant.currency == "INR"
    upi = _uri(bank.upi, bank.account_name, amount, reference) if bank.upi and can else None
    return PayTo(of="organisation", quote=reference, upi=upi, **own)


def _uri(address: str, name: str, amount: Decimal, reference: str) -> str:
    said = {"pa": address, "pn": name, "am": f"{amount:.2f}", "cu": "INR", "tn": reference}
    return "upi://pay?" + "&".join(f"{key}={quote(value, safe='@')}" for key, value in said.items())
