"""The tenant's day: where it ends in zones with and without summer time, and its funnel."""

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.scenario import day, entry, instant, scenario

NIGHT = {
    # Tenant: zone, as-of day, the instant at which that day ends.
    "london_spring": ("Europe/London", "2026-03-29", "2026-03-29T23:00"),
    "london_autumn": ("Europe/London", "2026-10-25", "2026-10-26T00:00"),
    "kolkata": ("Asia/Kolkata", "2026-03-31", "2026-03-31T18:30"),
    "sao_paulo": ("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00"),
    "kiritimati": ("Pacific/Kiritimati", "2026-03-31", "2026-03-31T10:00"),
}
SCENARIOS = {
    tenant: scenario(
        day(as_of),
        zone,
        ledger_entries=[
            entry("last", "k", as_of, "invoice", "1", created_at=instant(end)),
        ],
    )
    for tenant, (zone, as_of, end) in NIGHT.items()
}


@pytest.mark.parametrize("tenant", sorted(NIGHT))
def test_the_day_ends_at_local_midnight(query: Query, tenant: str) -> None:
    zone, _, end = NIGHT[tenant]
    (row,) = query("select * from stg_tenants where tenant_id = ?", tenant)
    assert row["as_of_end_at"] == instant(end)
    assert (row["utc_offset_seconds"] is not None) == (zone == "Asia/Kolkata")


@pytest.mark.parametrize("tenant", sorted(NIGHT))
def test_that_instant_belongs_to_the_next_day(query: Query, tenant: str) -> None:
    (row,) = query(
        "select ledger_date, entered_date from ledger_entries where tenant_id = ?", tenant
    )
    assert (row["entered_date"] - row["ledger_date"]).days == 1
