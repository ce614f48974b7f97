"""The fonts of the repository, and nothing else: what a report looks like depends on no machine.

WeasyPrint finds fonts through fontconfig, which reads its configuration when the library is loaded.
So the configuration is generated (paths differ between machines), and a worker gets it in its
environment before it imports WeasyPrint. Text falls from Source Sans 3 to the Noto face of its
script, emoji to Noto Emoji. Pages for a browser embed the two Latin files of `web/`.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core import atomic_files

FONTS_DIR = TEMPLATES_DIR / "fonts"
FAMILY = "Source Sans 3"
SCRIPTS = (
    "Devanagari",
    "Tamil",
    "Arabic",
    "Kannada",
    "Telugu",
    "Malayalam",
    "Bengali",
    "Gujarati",
    "Gurmukhi",
    "Oriya",
)
_WEB = ((400, "SourceSans3-Regular.ttf.woff2"), (600, "SourceSans3-Semibold.ttf.woff2"))

_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <selectfont><rejectfont><glob>{fonts}/web/*</glob></rejectfont></selectfont>
{aliases}
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


def fontconfig_file(cache_dir: Path) -> Path:
    """The generated fonts.conf in `cache_dir`, written if it is not there as it should be."""
    path = cache_dir / "fonts.conf"
    text = _configuration(cache_dir)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        atomic_files.write_text(path, text)
    return path


@lru_cache(maxsize=1)
def font_faces() -> str:
    """`@font-face` rules with the Latin text face as data: URIs, for a page opened in a browser."""
    return "\n".join(
        f"@font-face {{ font-family: '{FAMILY}'; font-weight: {weight}; font-display: swap;"
        f" src: url(data:font/woff2;base64,{_base64(FONTS_DIR / 'web' / name)}) format('woff2'); }}"
        for weight, name in _WEB
    )


def _configuration(cache_dir: Path) -> str:
    families = (FAMILY, *(f"Noto Sans {script}" for script in SCRIPTS), "Noto Emoji")
    preferred = "".join(f"<family>{name}</family>" for name in families)
    names = ("sans-serif", "serif", "monospace", "system-ui", FAMILY)
    aliases = [
        f"  <alias><family>{name}</family><prefer>{preferred}</prefer></alias>" for name in names
    ]
    # Pango asks for the family "emoji" where a character is to be shown as one.
    aliases.append(
        "  <alias><family>emoji</family><prefer><family>Noto Emoji</family></prefer></alias>"
    )
    return _CONFIGURATION.format(
        fonts=escape(str(FONTS_DIR)),
        cache=escape(str(cache_dir / "fontconfig")),
        aliases="\n".join(aliases),
    )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
