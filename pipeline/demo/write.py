"""The demo's files: tenants, logos, sources.yaml and the inbox, written into a workspace.

`write_demo` is the only way in. A tenant is simulated, written and forgotten before the next one,
so memory is bounded by the largest tenant.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.demo.draws import Streams
from pipeline.demo.faces import SOURCES_YAML, logo_svg, tenant_yaml
from pipeline.demo.flaws.bad_rows import plant
from pipeline.demo.flaws.warts import with_warts
from pipeline.demo.fleet import fleet
from pipeline.demo.organisations import ORGANISATIONS
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import Window
from pipeline.demo.simulate import simulate

SEED = 20_251_125
Scale = Literal["small", "large"]


@dataclass(frozen=True)
class DemoSummary:
    """What was written: good rows per tenant and entity, and the bad rows among them by kind."""

    as_of: date
    scale: Scale
    seed: int
    rows: Mapping[str, Mapping[str, int]]
    bad_rows: Mapping[str, Mapping[str, int]]

    def total(self, entity: str) -> int:
        """Good rows of the entity over all tenants."""
        return sum(tables.get(entity, 0) for tables in self.rows.values())

    @property
    def bad_total(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.bad_rows.values())


def write_demo(ws: Workspace, as_of: date, scale: Scale = "small", seed: int = SEED) -> DemoSummary:
    """Write tenant files and inbox; the same bytes for the same arguments, on any machine."""
    profiles = ORGANISATIONS if scale == "small" else fleet(seed)
    return write_tenants(ws, as_of, profiles, scale=scale, seed=seed)


def write_tenants(
    ws: Workspace, as_of: date, profiles: tuple[Profile, ...], *, scale: Scale, seed: int
) -> DemoSummary:
    """`write_demo` for any set of profiles (the tests use a small fleet)."""
    rows, bad = {}, {}
    atomic_files.write_text(ws.sources_file, SOURCES_YAML)
    for number, profile in enumerate(profiles):
        atomic_files.write_text(ws.path("tenants", f"{profile.id}.yaml"), tenant_yaml(profile))
        atomic_files.write_text(ws.path("tenants", f"{profile.id}.svg"), logo_svg(profile, number))
        tables = simulate(profile, tenant_window(profile, as_of), seed)
        write = _write_curated if profile.curated else _write_plain
        rows[profile.id], bad[profile.id] = write(ws, profile, tables, as_of, seed)
    return DemoSummary(as_of, scale, seed, rows, bad)


def tenant_window(profile: Profile, as_of: date) -> Window:
    """Eighteen months to as_of; a tenant with a quiet day sees nothing on as_of itself."""
    window = Window.months_until(as_of)
    return Window(window.first, window.last - 1) if profile.quiet_today else window


_Counts = tuple[dict[str, int], Mapping[str, int]]


def _write_plain(
    ws: Workspace, profile: Profile, tables: dict[str, pl.DataFrame], _as_of: date, _seed: int
) -> _Counts:
    for entity, table in tables.items():
        with atomic_files.replacing(ws.inbox(profile.id) / f"{entity}.csv") as temporary:
            _csv(profile, table, temporary)
    return {entity: len(table) for entity, table in tables.items()}, {}


def _write_curated(
    ws: Workspace, profile: Profile, tables: dict[str, pl.DataFrame], as_of: date, seed: int
) -> _Counts:
    """With the warts that are kept, and the rows that are not."""
    streams = Streams(seed, profile.id)
    tables = with_warts(streams, tables)
    texts = {entity: _text(profile, table) for entity, table in tables.items()}
    texts, bad = plant(streams, texts, profile.dates, as_of.year)
    for entity, text in texts.items():
        atomic_files.write_text(ws.inbox(profile.id) / f"{entity}.csv", text)
    return {entity: len(table) for entity, table in tables.items()}, Counter(bad)


def _text(profile: Profile, table: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    _csv(profile, table, buffer)
    return buffer.getvalue().decode("utf-8")


def _csv(profile: Profile, table: pl.DataFrame, target: object) -> None:
    table.write_csv(
        target,  # type: ignore[call-overload]
        date_format="%d/%m/%Y" if profile.dates == "DD/MM/YYYY" else "%Y-%m-%d",
        datetime_format="%Y-%m-%dT%H:%M:%S" + ("+05:30" if profile.zoned_timestamps else ""),
    )
