"""What a tenant file may say under `realty`: how a developer charges, deducts and reminds.

The law fixes the share of TDS and its threshold alone; the other defaults are Milepost's own, and
`milepost doctor` names those that a tenant never set. How the figures follow is the models'.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from pipeline.config.fields import Model, Tuple


def _exact(value: object) -> object:
    """YAML reads 0.1 as a double; its digits are what was meant."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError("expected a number") from None


Percent = Annotated[
    Decimal, BeforeValidator(_exact), Field(ge=0, le=100, max_digits=7, decimal_places=4)
]
Rupees = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, max_digits=16, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=3650)]


class Interest(Model):
    """Interest on late payment. `grace` says from which day a payment after the grace bears it."""

    grace_days: Days = 0
    grace: Literal["due_date", "end_of_grace"] = "due_date"
    gst: Literal["not_charged", "as_instalment"] = "not_charged"


class Tds(Model):
    """Tax that the buyer deducts: of which value on, and how much."""

    percent: Percent = Decimal(1)
    threshold: Rupees = Decimal(5_000_000)


class Forfeiture(Model):
    """What is kept of the booking's amount when it is cancelled after the agreement."""

    percent: Percent = Decimal(10)
    gst_percent: Percent = Decimal(0)


class BrokerageStep(Model):
    """A share of the brokerage, earned once so much is received and, if asked, agreed."""

    received: Percent
    agreement: bool = True
    share: Percent


class Brokerage(Model):
    steps: Annotated[tuple[BrokerageStep, ...], Tuple] = (
        BrokerageStep(received=Decimal(20), share=Decimal(100)),
    )

    @field_validator("steps")
    @classmethod
    def _no_more_than_all(cls, value: tuple[BrokerageStep, ...]) -> tuple[BrokerageStep, ...]:
        if sum(step.share for step in value) > 100:
            raise ValueError("expected shares that are 100 together, or less")
        return value


class Designated(Model):
    """The project's account that the law asks for: its share, and whether interest counts."""

    percent: Percent = Decimal(70)
    interest: bool = False


class Realty(Model):
    """Everything under `realty`; what is not said has the default."""

    interest: Interest = Interest()
    tds: Tds = Tds()
    forfeiture: Forfeiture = Forfeiture()
    brokerage: Brokerage = Brokerage()
    reminders: Annotated[tuple[Days, ...], Tuple] = (7, 14, 21, 30)
    demand_lag_days: Days = 7
    upi_limit: Rupees = Decimal(100_000)
    designated: Designated = Designated()

    @field_validator("reminders")
    @classmethod
    def _later_and_later(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or list(value) != sorted(set(value)) or value[0] < 1:
            raise ValueError("expected days overdue, at least 1, each more than the one before it")
        return value

    def never_set(self) -> Iterator[str]:
        """Keys of the defaults that no law gives and that this tenant did not choose."""
        for key in ("forfeiture.percent", "forfeiture.gst_percent", "interest.grace_days"):
            yield from self._unset(key)
        for key in ("interest.gst", "designated.interest", "demand_lag_days"):
            yield from self._unset(key)

    def _unset(self, key: str) -> Iterator[str]:
        at: Model = self
        *groups, last = key.split(".")
        for group in groups:
            if group not in at.model_fields_set:
                yield key
                return
            at = getattr(at, group)
        if last not in at.model_fields_set:
            yield key
