"""Lanes of tests: what a test needs besides Milepost and its Python packages.

A test is in the lane of each fixture that it uses, however far behind, and of each marker that it
carries; a test that needs nothing is `unit`, so none is without a lane. A unit test that starts a
server, a browser, dbt or another program of the lanes fails, wherever that program may be missing.
"""

import sys
from pathlib import Path

LANES = ("unit", "models", "servers", "browser", "real_data")
FIXTURES = {
    # a warehouse that dbt built, in this process or in a child
    "organisations": "models",
    "dashboard_of": "models",
    "warehouse": "models",
    # PostgreSQL, MariaDB, Postfix' sink, Dovecot, and the certificate that openssl makes for them
    "postgres": "servers",
    "mariadb": "servers",
    "crm": "servers",
    "sink": "servers",
    "imap": "servers",
    "peer": "servers",
    "certificate": "servers",
    # Chromium, and the others that open what was rendered: Poppler, LibreOffice
    "chromium": "browser",
    "_libreoffice": "browser",
    "shared_data": "real_data",
}
PROGRAMS = {
    "dbt": "models",
    **dict.fromkeys(("initdb", "postgres", "mariadbd", "mariadb-install-db"), "servers"),
    **dict.fromkeys(("smtp-sink", "dovecot", "openssl"), "servers"),
    **dict.fromkeys(("chromium", "soffice", "pdftotext", "pdftoppm", "pdfinfo"), "browser"),
}


def lanes_of(fixtures: set[str], marked: set[str]) -> set[str]:
    """The lanes of a test that uses these fixtures and carries these markers."""
    found = {FIXTURES[name] for name in fixtures & FIXTURES.keys()} | (marked & set(LANES))
    return found or {"unit"}


class Programs:
    """Which lanes the running test is in; a unit test may start none of the PROGRAMS."""

    def __init__(self) -> None:
        self.lanes: set[str] = set()

    def watch(self) -> None:
        """Look at each program that this process starts from now on."""
        sys.addaudithook(self.audit)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "subprocess.Popen" or self.lanes != {"unit"}:
            return
        program = Path(str(arguments[0])).name
        if program in PROGRAMS:
            raise RuntimeError(
                f"a unit test starts {program}: mark it with pytest.mark.{PROGRAMS[program]}"
            )
