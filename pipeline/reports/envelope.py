"""The envelope of a tenant's reports: brand, as-of date, build, freshness, marks.

Everything comes from the tenant file and the published build; the logo is read here, once, because
templates load nothing.
"""

from __future__ import annotations

import base64
from pathlib import Path

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError
from pipeline.publish import layout
from pipeline.publish.reader import Published
from pipeline.reports.payload import (
    Branding,
    BrandingBank,
    BrandingContact,
    Envelope,
    Mark,
    SourceFreshness,
)

_MIME = {".svg": "image/svg+xml", ".png": "image/png"}
_LARGEST_LOGO = 200_000


def make_envelope(ws: Workspace, tenant: Tenant, published: Published) -> Envelope:
    """The envelope of the tenant's current build. ConfigError for a logo that cannot be used."""
    return Envelope(
        tenant_id=tenant.id,
        branding=branding(tenant, ws.tenants_dir),
        as_of=published.as_of,
        timezone=tenant.timezone,
        locale=tenant.locale,
        currency=tenant.currency,
        build_id=published.build_id,
        freshness=_freshness(published),
        marks=_marks(ws, tenant.id, published),
    )


def _marks(ws: Workspace, tenant: str, published: Published) -> tuple[Mark, ...]:
    """HELD: a newer build is held back. UNVERIFIED: this one was, and somebody overrode it."""
    override = layout.override(ws, tenant)
    unverified = override is not None and override.as_of == published.as_of
    held = layout.held(ws, tenant) is not None
    marks: tuple[tuple[Mark, bool], ...] = (("HELD", held), ("UNVERIFIED", unverified))
    return tuple(mark for mark, applies in marks if applies)


def branding(tenant: Tenant, folder: Path) -> Branding:
    """What the tenant file says of the sender; a logo, in `folder`, becomes a data: URI."""
    bank, contact = tenant.bank, tenant.contact
    return Branding(
        name=tenant.name,
        legal_name=tenant.legal_name or tenant.name,
        address=tenant.address,
        gstin=tenant.gstin,
        pan=tenant.pan,
        color=tenant.brand.color,
        logo=_logo(folder / tenant.brand.logo) if tenant.brand.logo else None,
        footer=tenant.brand.footer,
        bank=BrandingBank(**bank.model_dump()) if bank else None,
        contact=BrandingContact(**contact.model_dump()) if contact else None,
    )


def _logo(path: Path) -> str:
    if not path.is_file():
        raise ConfigError(f"{path}: the logo that the tenant file names is not there")
    data = path.read_bytes()
    if len(data) > _LARGEST_LOGO:
        raise ConfigError(f"{path}: a logo of {len(data)} bytes; expected {_LARGEST_LOGO} at most")
    return f"data:{_MIME[path.suffix]};base64,{base64.b64encode(data).decode('ascii')}"


def _freshness(published: Published) -> tuple[SourceFreshness, ...]:
    rows = published.rows(
        "select entity, source_name, last_ingested_at, newest_record_at, rows"
        " from source_freshness order by entity, source_name"
    )
    return tuple(SourceFreshness(**row) for row in rows)
