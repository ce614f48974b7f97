"""Instants as the clock on the wall shows them: each tenant's in its own time zone.

What belongs to no tenant is shown in the zone that all tenants share, in UTC where they share none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.config.registry import Registry


def localised(registry: Registry, result: Any) -> Any:
    """The same result, its instants in local time; a row that names its tenant decides for itself
    and all within it.
    """
    zones = {tenant.id: tenant.zone for tenant in registry.tenants.values()}
    shared = set(zones.values())
    return _shown(result, zones, shared.pop() if len(shared) == 1 else UTC)


def shown_in(zone: tzinfo, value: Any) -> Any:
    """The value itself; in the zone's time if it is an instant or holds some."""
    return _shown(value, {}, zone)


def _shown(value: Any, zones: Mapping[str, tzinfo], zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone) if value.tzinfo else value
    if isinstance(value, Mapping):
        own = zones.get(str(value.get("tenant")), zone)
        return {key: _shown(item, zones, own) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item, zones, zone) for item in value]
    return value
