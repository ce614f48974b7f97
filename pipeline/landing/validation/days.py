"""Days from dates and from instants: where the contract wants a day, an instant is its local day.

A date alone, or with a midnight behind it, is that day, whatever the zone. Everything else that is
a timestamp is the day on which the tenant's clock has it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.timestamps import local_days, read_timestamps
from pipeline.landing.validation.values import read_day


def read_dates(text: pl.Series, owners: pl.Series, dialect: Dialect) -> pl.Series:
    """Texts as days; `owners` are the rows' tenants. Null where a text is neither."""
    days = read_day(text, dialect)
    where = (days.is_null() & text.is_not_null()).arg_true()
    if where.is_empty():
        return days
    instants = read_timestamps(text.gather(where), dialect)
    return days.scatter(where, days_of(instants, owners.gather(where), dialect))


def days_of(instants: pl.Series, owners: pl.Series, dialect: Dialect) -> pl.Series:
    """The tenants' local days of instants."""
    local = dialect.local
    if not isinstance(local, Mapping):
        return local_days(instants, local or dialect.zone)
    zones = {tenant: local.get(tenant, dialect.zone) for tenant in owners.unique().to_list()}
    days = local_days(instants, dialect.zone)
    for zone in sorted(set(zones.values()) - {dialect.zone}, key=str):
        mine = owners.is_in([tenant for tenant, each in zones.items() if each == zone])
        days = days.zip_with(~mine.fill_null(False), local_days(instants, zone))
    return days
