"""A key of the workspace, by which it knows its own mails again: `state/mail.key`.

Message-IDs and requests to unsubscribe carry a digest that only this key gives. Whoever knows
tenant, report and address can compute neither, and so forge no bounce and no request. The key
belongs in every backup of the record: with another one, what was sent before is not known again.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from pipeline.core import atomic_files
from pipeline.core.errors import MilepostError

FILE = "mail.key"
_BYTES = 32


class WorkspaceKey:
    """The key beside a delivery record, made when it is first needed.

    With `rehearsal` a key that is not there yet is not written either.
    """

    def __init__(self, folder: Path, *, rehearsal: bool = False) -> None:
        self._path = folder / FILE
        self._rehearsal = rehearsal

    def digest(self, *parts: object) -> str:
        """64 hexadecimal characters that are these parts' alone, and nobody else's to compute."""
        text = json.dumps([str(part) for part in parts])
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()

    def request_mark(self, report: str, tenant: str, address: str) -> str:
        """What a request of this address to be taken off this report carries."""
        return self.digest("unsubscribe", report, tenant, address.lower())[:20]

    def is_request_mark(self, mark: str, report: str, tenant: str, address: str) -> bool:
        return hmac.compare_digest(mark.lower(), self.request_mark(report, tenant, address))

    @cached_property
    def _key(self) -> bytes:
        if not self._path.exists():
            if self._rehearsal:
                return secrets.token_bytes(_BYTES)
            self._make()
        found = self._path.read_text(encoding="ascii").strip()
        try:
            key = bytes.fromhex(found)
        except ValueError:
            key = b""
        if len(key) != _BYTES:
            raise MilepostError(f"{self._path} is not the key it was: put it back from a backup")
        return key

    def _make(self) -> None:
        """Two processes that come at once have one key: the first one's."""
        atomic_files.make_folder(self._path.parent)
        temporary = self._path.with_name(f".{FILE}.{secrets.token_hex(6)}")
        opened = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as file:
            file.write(f"{secrets.token_bytes(_BYTES).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, self._path)
        temporary.unlink()
        atomic_files.sync_folder(self._path.parent)
