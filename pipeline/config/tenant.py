"""What a tenant file may say, as frozen models.

Strict on purpose: an unknown key, a bad colour or a cron with six fields is an error. What it says
of mail is in `mail_rules.py`; reading the files and telling a person what is wrong with them is
`registry.py`'s.
"""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, is_currency
from pydantic import Field, StringConstraints, field_validator, model_validator

from pipeline.config.alerts import Alert
from pipeline.config.fields import Email, Model, Text, Tuple
from pipeline.config.goals import GOAL_FIGURES, Goal
from pipeline.config.mail_rules import (
    EmailIdentity,
    MailRules,
    Recipient,
    RecipientFilter,
    ReportConfig,
)
from pipeline.config.realty import Realty
from pipeline.config.workspace import TENANT_ID

__all__ = ["Recipient", "RecipientFilter", "ReportConfig", "Tenant"]

STAGES = ("lead_generated", "contacted", "site_visit", "demo", "proposal", "negotiation", "booking")
REPORTS = (
    *("daily_summary", "sales_dashboard", "customer_statement"),
    *("statement_book", "receivables", "booking_register", "workbook", "data_quality"),
    *("demand_letter", "demand_book", "reminder", "collections", "unit_statement", "interest_memo"),
    *("unit_inventory", "brokerage_statement", "rera_pack", "collection_forecast"),
)
INBOX = "inbox"
# As the contract, the models and the reports keep them.
MONEY_DECIMALS = 2


class Brand(Model):
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#1f4e79"
    logo: Annotated[str, StringConstraints(pattern=r"^[\w][\w.-]*\.(svg|png)$")] | None = None
    footer: Text | None = None


class BankDetails(Model):
    account_name: Text
    account_number: Text
    bank: Text
    branch: Text | None = None
    ifsc: Text | None = None
    upi: Text | None = None


class Contact(Model):
    name: Text | None = None
    email: Email | None = None
    phone: Text | None = None


class Tenant(Model):
    """One tenant file. `id` is the file's name."""

    id: Annotated[str, StringConstraints(pattern=f"^{TENANT_ID.pattern}$")]
    name: Text
    legal_name: Text | None = None
    address: Annotated[tuple[Text, ...], Tuple] = ()
    gstin: Text | None = None
    pan: Text | None = None
    brand: Brand = Brand()
    bank: BankDetails | None = None
    contact: Contact | None = None
    email: EmailIdentity | None = None
    mailing: MailRules = MailRules()
    locale: str = "en_IN"
    currency: str = "INR"
    timezone: str = "Asia/Kolkata"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 4
    sources: Annotated[tuple[Text, ...], Tuple] = (INBOX,)
    funnel: Annotated[tuple[str, ...], Tuple] = STAGES
    reports: dict[str, ReportConfig] = Field(default_factory=dict)
    alerts: Annotated[tuple[Alert, ...], Tuple] = ()
    goals: dict[str, Goal] = Field(default_factory=dict)
    realty: Realty = Realty()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError('expected an IANA time zone, for example "Asia/Kolkata"') from None
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            Locale.parse(value)
        except (UnknownLocaleError, ValueError):
            raise ValueError('expected a locale, for example "en_IN"') from None
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        if not is_currency(value):
            raise ValueError('expected an ISO 4217 currency code, for example "INR"')
        if (decimals := get_currency_precision(value)) != MONEY_DECIMALS:
            raise ValueError(
                f"{value} is counted to {decimals or 'no'} decimals;"
                f" Milepost keeps amounts to {MONEY_DECIMALS} decimals and would show them wrong"
            )
        return value

    @field_validator("funnel")
    @classmethod
    def _stages_in_order(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [stage for stage in value if stage not in STAGES]
        if (
            unknown
            or len(set(value)) != len(value)
            or value[:1] != STAGES[:1]
            or "booking" not in value
        ):
            raise ValueError(
                f"expected stages of {', '.join(STAGES)}, each once,"
                " beginning with lead_generated and including booking"
            )
        return value

    @field_validator("reports")
    @classmethod
    def _known_reports(cls, value: dict[str, ReportConfig]) -> dict[str, ReportConfig]:
        unknown = sorted(set(value) - set(REPORTS))
        if unknown:
            raise ValueError(f"no such report: {', '.join(unknown)}; expected {', '.join(REPORTS)}")
        return value

    @field_validator("goals")
    @classmethod
    def _known_figures(cls, value: dict[str, Goal]) -> dict[str, Goal]:
        unknown = sorted(set(value) - set(GOAL_FIGURES))
        if unknown:
            raise ValueError(
                f"no goal for {', '.join(unknown)}; expected {', '.join(GOAL_FIGURES)}"
            )
        return value

    @field_validator("alerts")
    @classmethod
    def _each_alert_once(cls, value: tuple[Alert, ...]) -> tuple[Alert, ...]:
        rules = [alert.rule for alert in value]
        twice = sorted({rule for rule in rules if rules.count(rule) > 1})
        if twice:
            raise ValueError(f"each alert once; more than once here: {', '.join(twice)}")
        return value

    @model_validator(mode="after")
    def _only_to_allowed_domains(self) -> "Tenant":
        if self.email is None:
            return self
        addresses = {
            *(one.email for config in self.reports.values() for one in config.recipients),
            *(email for alert in self.alerts for email in alert.recipients),
        }
        outside = sorted(address for address in addresses if not self.email.allows(address))
        if outside:
            raise ValueError(
                f"email.allowed_domains has {', '.join(self.email.allowed_domains)};"
                f" recipients elsewhere: {', '.join(outside)}"
            )
        return self
