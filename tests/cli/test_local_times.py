"""Instants in the tenant's own time, and what belongs to no tenant in the one they share."""

from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pipeline.cli.local_times import localised, shown_in
from pipeline.config.registry import Registry
from pipeline.config.tenant import Tenant

AT = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)


def registry(**zones: str) -> Registry:
    tenants = {name: Tenant(id=name, name=name, timezone=zone) for name, zone in zones.items()}
    return Registry(MappingProxyType(tenants), MappingProxyType({}))


def test_a_row_that_names_its_tenant_is_in_its_time() -> None:
    two = registry(a="Asia/Kolkata", b="America/Bogota")
    shown = localised(two, {"rows": [{"tenant": "a", "at": AT}, {"tenant": "b", "at": AT}]})
    assert [row["at"].isoformat() for row in shown["rows"]] == [
        "2026-04-01T01:30:00+05:30",
        "2026-03-31T15:00:00-05:00",
    ]


def test_what_is_within_a_tenants_row_is_in_its_time_too() -> None:
    two = registry(a="Asia/Kolkata", b="America/Bogota")
    shown = localised(two, {"tenant": "b", "history": [{"at": AT}], "due": None})
    assert shown["history"][0]["at"].hour == 15


def test_what_belongs_to_no_tenant_is_in_the_time_that_all_share_else_utc() -> None:
    assert localised(registry(a="Asia/Kolkata", c="Asia/Kolkata"), {"at": AT})["at"].hour == 1
    assert localised(registry(a="Asia/Kolkata", b="America/Bogota"), {"at": AT})["at"].hour == 20
    assert localised(registry(), {"at": AT})["at"].hour == 20


def test_a_time_without_zone_stays_as_it_is() -> None:
    wall = datetime(2026, 3, 31, 20, 0)
    assert shown_in(ZoneInfo("Asia/Kolkata"), (wall, AT, "x"))[0] == wall
