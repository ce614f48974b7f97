"""A database's address, looked at before a driver sees it: drivers quote what they cannot read.

Nothing of an address that is no good is said, because what is taken for its host may be a password.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pipeline.core.errors import ConfigError

_KEY_VALUE = re.compile(r"\s*[a-z_]+\s*=")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def checked(name: str, variable: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The address in its parts; ConfigError, naming the variable alone, if it is none."""
    wrong = ConfigError(
        f"source {name}: {variable} is no address like"
        f" {schemes[0]}://user:password@host:port/database. Characters of the password other than"
        " letters and digits are written as %40 for @, %2F for /, %23 for #, %3A for :"
    )
    try:
        parts = urlsplit(url.strip())
        good = bool(parts.hostname) and parts.scheme in schemes and parts.port != 0
    except ValueError:
        raise wrong from None
    login = parts.netloc.rpartition("@")[0]
    if not good or "@" in login or _ESCAPE.search(login) or re.search(r"\s", parts.netloc):
        raise wrong
    return parts


def is_key_value(text: str) -> bool:
    """Whether the address is written libpq's other way, `host=… user=… password=…`."""
    return bool(_KEY_VALUE.match(text))
