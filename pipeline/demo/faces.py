"""Tenant files, logos and sources.yaml: what the registry reads, generated from a profile's `Face`.

The commented example for people is `examples/`; these files are the demo's.
"""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.demo.profile import Face, Profile

SOURCES_YAML = """\
# How the demo's inbox files are written. `inbox` (commas, UTF-8, ISO dates) is built in.
branch_office:
  type: files
  date_format: DD/MM/YYYY     # the branch exports its dates the Indian way
"""

# Three marks, chosen by the profile's prefix: towers, a plot's grid under a sun, a trellis.
_MARKS = (
    '<path d="M8 56V26h12v30zM26 56V10h12v46zM44 56V20h12v36z" fill="{color}"/>'
    '<path d="M4 56h56v3H4z" fill="{color}"/>',
    '<circle cx="44" cy="18" r="9" fill="{color}"/>'
    '<path d="M6 34h52M6 46h52M6 58h52M6 34v24M23 34v24M41 34v24M58 34v24" '
    'stroke="{color}" stroke-width="4" fill="none"/>',
    '<path d="M10 8v48M32 8v48M54 8v48M6 20h52M6 44h52M10 20l22 24 22-24M10 44l22-24 22 24" '
    'stroke="{color}" stroke-width="4" fill="none" stroke-linejoin="round"/>',
)
_MARK_OF = {"skyline": 0, "neithal": 1, "trellis": 2}


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what is the same twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def logo_svg(profile: Profile, number: int = 0) -> str:
    """A mark of 64 × 64 in the brand's colour: shapes only, so that it needs no font."""
    mark = _MARKS[_MARK_OF.get(profile.id, number % len(_MARKS))].format(color=profile.face.color)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" '
        f'role="img" aria-label="{profile.face.name}">{mark}</svg>\n'
    )


def tenant_yaml(profile: Profile) -> str:
    """The tenant file as text."""
    face = profile.face
    pan = f"AA{profile.prefix[:1]}XC{1000 + sum(map(ord, profile.id)):04d}K"
    head = f"{face.head[1]}@{face.domain}"
    finance = f"{face.finance[1]}@{face.domain}"
    data: dict[str, Any] = {
        "name": face.name,
        "legal_name": face.legal_name,
        "address": list(face.address),
        "gstin": f"{face.state_code}{pan}1ZX",
        "pan": pan,
        "brand": {"color": face.color, "logo": f"{profile.id}.svg", "footer": face.footer},
        "bank": _bank(profile),
        "contact": {"name": face.finance[0], "email": finance, "phone": "+91 00800 00100"},
        "email": {
            "sender": f"reports@{face.domain}",
            "sender_name": f"{face.name} reports",
            "reply_to": head,
        },
        "locale": "en_IN",
        "currency": "INR",
        "timezone": "Asia/Kolkata",
        "fiscal_year_start": 4,
        "sources": ["branch_office" if profile.dates == "DD/MM/YYYY" else "inbox"],
        "reports": _reports(face, head, finance),
    }
    text = yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return f"# {face.name}: a tenant of the demo. Every name and number in it is invented.\n{text}"


def _bank(profile: Profile) -> dict[str, str]:
    """An account nobody can pay into: the bank is invented and so is its code."""
    return {
        "account_name": profile.face.legal_name,
        "account_number": f"0000{sum(map(ord, profile.id)):06d}",
        "bank": "Example Bank of India",
        "branch": profile.face.city,
        "ifsc": "EXMP0000001",
        "upi": f"{profile.id}@examplebank",
    }


def _reports(face: Face, head: str, finance: str) -> dict[str, Any]:
    managers = [{"email": head, "name": face.head[0]}]
    return {
        "daily_summary": {
            "schedule": "0 8 * * *",
            "recipients": [*managers, {"email": f"md@{face.domain}", "name": "Managing Director"}],
            "when_empty": "send_notice",
        },
        "sales_dashboard": {"schedule": "30 8 * * 1", "recipients": managers},
        "customer_statement": {
            "schedule": "0 6 1 * *",
            "recipients": [{"email": finance, "name": face.finance[0]}],
            "formats": ["pdf"],
            "period": "fiscal_year",
        },
    }
