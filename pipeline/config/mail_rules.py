"""What a tenant file says of mail: who sends, which reports go to whom and when, and what if not.

Part of the tenant's model (`tenant.py`). How mail leaves the machine is the operator's affair and
in `mail.yaml` (`delivery/transport/config.py`).
"""

from datetime import date, time
from typing import Annotated, Literal

from croniter import CroniterBadDateError, croniter
from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.config.fields import ClockTime, Domain, Email, Model, Text, Tuple


class EmailIdentity(Model):
    """Who a tenant's mails are from, where answers go, and who may be written to."""

    sender: Email
    sender_name: Text | None = None
    reply_to: Email | None = None
    unsubscribe: Email | None = None
    allowed_domains: Annotated[tuple[Domain, ...], Tuple] = ()

    def allows(self, address: str) -> bool:
        """Whether the tenant may write to this address: any, unless domains are listed."""
        return not self.allowed_domains or address.rpartition("@")[2].lower() in (
            self.allowed_domains
        )


class RecipientFilter(Model):
    """The slice of a report that one recipient gets."""

    assigned_to: Text | None = None
    source: Text | None = None
    campaign: Text | None = None
    project: Text | None = None


class Recipient(Model):
    email: Email
    name: Text | None = None
    filter: RecipientFilter | None = None


# To count from, where only whether a cron ever comes is asked.
_ANY_DAY = 0.0


def _schedules(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


class ReportConfig(Model):
    """When a report is made, for whom, in which formats. `schedule`: one cron or several."""

    schedule: Annotated[tuple[str, ...], BeforeValidator(_schedules), Field(min_length=1)]
    recipients: Annotated[tuple[Recipient, ...], Tuple] = ()
    formats: Annotated[tuple[Literal["html", "text", "pdf", "xlsx", "json"], ...], Tuple] = ()
    when_empty: Literal["skip", "send_notice", "send_full"] = "send_full"
    period: Literal["month", "quarter", "fiscal_year", "all"] | None = None

    @field_validator("schedule")
    @classmethod
    def _five_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for cron in value:
            if len(cron.split()) != 5 or not croniter.is_valid(cron):
                raise ValueError('expected a cron of five fields, for example "0 8 * * 1-6"')
            try:
                croniter(cron, _ANY_DAY).get_next()
            except CroniterBadDateError:
                raise ValueError(f"{cron!r} names a day that never comes") from None
        return value

    @model_validator(mode="after")
    def _each_recipient_once(self) -> "ReportConfig":
        addresses = [recipient.email.lower() for recipient in self.recipients]
        twice = sorted({a for a in addresses if addresses.count(a) > 1})
        if twice:
            raise ValueError(f"each address once; more than once here: {', '.join(twice)}")
        return self


class QuietHours(Model):
    """No mail from `begin` until `end`; over midnight where `end` is the earlier one."""

    begin: ClockTime
    end: ClockTime

    @model_validator(mode="after")
    def _some_time_is_left(self) -> "QuietHours":
        if self.begin == self.end:
            raise ValueError("begin and end are the same time, so no mail would ever go out")
        return self

    def contains(self, clock: time) -> bool:
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        if begin < end:
            return begin <= clock < end
        return clock >= begin or clock < end


class MailRules(Model):
    """When a tenant's mail may go out, and what becomes of what cannot.

    `owner` is told when the reports are held. `latest`: the time by which an owed report should
    have gone; after it an overdue one is reported, and where `when_held` is `partial` the last
    figures that passed go out in its place. `max_age_days`: how old a report is still caught up.
    `uncertain`: what to do with a mail whose arrival nobody can tell. `fresh_within_hours`: hold
    the reports when no source has delivered anything for so long.
    """

    owner: Email | None = None
    latest: ClockTime | None = None
    when_held: Literal["wait", "partial"] = "wait"
    quiet_hours: QuietHours | None = None
    holidays: Annotated[tuple[date, ...], Tuple] = ()
    max_age_days: Annotated[int, Field(ge=1, le=60)] = 7
    uncertain: Literal["hold", "resend"] = "hold"
    fresh_within_hours: Annotated[int, Field(ge=1)] | None = None
