"""What every report's payload has in common: the envelope, canonical JSON, and the content key.

A payload is frozen before anything is drawn, saved as `payload.json`, and every format is rendered
from it, so the figure in the mail and the figure in the PDF cannot differ. What a report says is
the content model in its own package; how values look is `formats`' and the templates'.

A content module's models derive from `Frozen` and use the types below: `Money` for amounts, `Rate`
for unrounded ratios. The same values always give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SerializeAsAny

Mark = Literal["HELD", "PARTIAL", "RESTATED", "UNVERIFIED"]

_CENT = Decimal("0.01")
PROVENANCE = ("build_id", "freshness")


class Frozen(BaseModel):
    """Base of every payload model: immutable, no unknown keys, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _to_cents(value: Decimal) -> Decimal:
    cents = value.quantize(_CENT)
    if cents != value:
        raise ValueError(f"money has two decimals, not {value}: round it where it is computed")
    return abs(cents) if cents == 0 else cents


def _stable(value: float) -> float:
    # A sum of DOUBLEs depends on the order of its parts in the last bits; the payload must not.
    return round(value, 9) + 0.0


Money = Annotated[Decimal, AfterValidator(_to_cents)]
"""An amount with exactly two decimals; -0.00 becomes 0.00. In JSON a string, as all Decimals."""

Rate = Annotated[float, AfterValidator(_stable)]
"""A ratio 0..1 (or any DOUBLE), to nine decimals. None, not 0, where it is undefined."""


class BrandingBank(Frozen):
    account_name: str
    account_number: str
    bank: str
    branch: str | None = None
    ifsc: str | None = None
    upi: str | None = None


class BrandingContact(Frozen):
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Branding(Frozen):
    """Who speaks. `color` is the tenant's own; templates use what `colour.readable` makes of it.

    `logo` is a `data:` URI: templates load nothing else.
    """

    name: str
    legal_name: str
    address: tuple[str, ...] = ()
    gstin: str | None = None
    pan: str | None = None
    color: str = "#1f4e79"
    logo: str | None = None
    footer: str | None = None
    bank: BrandingBank | None = None
    contact: BrandingContact | None = None


class SourceFreshness(Frozen):
    """When one source last delivered one entity, and the newest record it brought."""

    entity: str
    source_name: str
    last_ingested_at: datetime | None = None
    newest_record_at: datetime | None = None
    rows: int = 0


class Envelope(Frozen):
    """Whose report it is, as of when, and how far it may be trusted."""

    tenant_id: str
    branding: Branding
    as_of: date
    timezone: str
    locale: str
    currency: str
    build_id: str
    freshness: tuple[SourceFreshness, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def language(self) -> str:
        """BCP 47 tag of the labels, which are English: `en-IN`, `en-GB`, otherwise `en`."""
        return self.locale.replace("_", "-") if self.locale.startswith("en_") else "en"


class Payload(Frozen):
    """One report, ready to render. `content` is an instance of the report's content model."""

    schema_name: Annotated[str, Field(pattern=r"^[a-z_]+/[0-9]+$", serialization_alias="schema")]
    envelope: Envelope
    content: SerializeAsAny[Frozen]

    def to_json(self) -> bytes:
        """`payload.json`: keys sorted, UTF-8, Decimals as strings, one line end at the end."""
        return canonical_json(self.model_dump(mode="json", by_alias=True)) + b"\n"

    def content_hash(self) -> str:
        """SHA-256 of what the report says and whose it is.

        Build id and freshness are left out: they say how the content came about, and change with
        every refresh, while an unchanged statement must not be rendered (or sent) again.
        """
        said = self.model_dump(mode="json", by_alias=True)
        for name in PROVENANCE:
            del said["envelope"][name]
        return hashlib.sha256(canonical_json(said)).hexdigest()


def read_payload(data: bytes, content: type[Frozen]) -> Payload:
    """The payload that `to_json` wrote, its content as `content`."""
    parts = json.loads(data)
    return Payload(
        schema_name=parts["schema"],
        envelope=Envelope.model_validate_json(json.dumps(parts["envelope"])),
        content=content.model_validate_json(json.dumps(parts["content"])),
    )


def canonical_json(value: Any) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def content_key(content_hash: str, renderer: str) -> str:
    """Names a rendering: the same key is never rendered twice, and always gives the same bytes.

    `renderer` is the hash of templates, fonts and library versions (`render_keys`).
    """
    return hashlib.sha256(f"{content_hash}:{renderer}".encode()).hexdigest()


def plain(payload: Payload) -> Mapping[str, Any]:
    """The payload as templates see it: dicts, lists, text, Decimals and dates."""
    return payload.model_dump(mode="python", by_alias=True)
