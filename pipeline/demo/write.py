"""The demo's files: tenants, logos, sources.yaml and the inbox, written into a workspace.

`write_demo` is the only way in. A tenant is simulated, written and forgotten before the next one, so memory
is bounded by the largest tenant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline import fsio
from pipeline.demo.faces import SOURCES_YAML, logo_svg, tenant_yaml
from pipeline.demo.organisations import ORGANISATIONS
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import Window
from pipeline.demo.simulate import simulate
from pipeline.workspace import Workspace

SEED = 20_251_125
Scale = Literal["small", "large"]


@dataclass(frozen=True)
class DemoSummary:
    """What was written: rows per tenant and entity, and the bad rows planted, by kind."""

    as_of: date
    scale: Scale
    seed: int
    rows: Mapping[str, Mapping[str, int]]
    bad_rows: Mapping[str, int] = field(default_factory=dict)

    def total(self, entity: str) -> int:
        return sum(tables.get(entity, 0) for tables in self.rows.values())


def write_demo(
    ws: Workspace, as_of: date, scale: Scale = "small", seed: int = SEED
) -> DemoSummary:
    """Write tenants and inbox files of a synthetic organisation; the same bytes for the same arguments."""
    rows = {}
    fsio.write_text(ws.sources_file, SOURCES_YAML)
    for profile in ORGANISATIONS:
        fsio.write_text(ws.path("tenants", f"{profile.id}.yaml"), tenant_yaml(profile))
        fsio.write_text(ws.path("tenants", f"{profile.id}.svg"), logo_svg(profile))
        window = tenant_window(profile, as_of)
        tables = simulate(profile, window, seed)
        rows[profile.id] = {entity: len(table) for entity, table in tables.items()}
        for entity, table in tables.items():
            write_table(ws.inbox(profile.id) / f"{entity}.csv", profile, table)
    return DemoSummary(as_of, scale, seed, rows)


def tenant_window(profile: Profile, as_of: date) -> Window:
    """Eighteen months to as_of; a tenant with a quiet day sees nothing on as_of itself."""
    window = Window.months_until(as_of)
    return Window(window.first, window.last - 1) if profile.quiet_today else window


def write_table(path: Path, profile: Profile, table: pl.DataFrame) -> None:
    with fsio.replacing(path) as temporary:
        table.write_csv(
            temporary,
            date_format="%d/%m/%Y" if profile.dates == "DD/MM/YYYY" else "%Y-%m-%d",
            datetime_format="%Y-%m-%dT%H:%M:%S" + ("+05:30" if profile.zoned_timestamps else ""),
        )
