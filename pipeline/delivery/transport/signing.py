"""DKIM: a signature by the sender's domain, so that a receiver can tell the mail from a forged one.

The signature bears the mail's own date instead of the clock, so that composing again gives the same
bytes. Keys are in `mail.yaml`, a domain each; mail of other domains is left unsigned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dkim

from pipeline.core.errors import ConfigError
from pipeline.delivery.transport.config import DkimKey

Sign = Callable[[bytes, str, datetime], bytes]
"""The mail, signed by the domain of this sender, where there is a key for it."""

_SIGNED = (
    *(b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"auto-submitted"),
    *(b"list-unsubscribe", b"mime-version", b"content-type", b"content-transfer-encoding"),
)


class _Dated(dkim.DKIM):  # type: ignore[misc]
    """A signature as of a given time."""

    at: datetime

    def gen_header(self, fields: list[tuple[bytes, bytes]], *arguments: Any, **more: Any) -> bytes:
        stamp = str(int(self.at.timestamp())).encode()
        dated = [(name, stamp if name == b"t" else value) for name, value in fields]
        return bytes(super().gen_header(dated, *arguments, **more))


def signer(root: Path, keys: Mapping[str, DkimKey]) -> Sign:
    """A `Sign` with the keys of `mail.yaml`; paths are relative to the workspace `root`.

    Raises ConfigError for a key that cannot be read or is none.
    """
    private = {domain: (key, _read(root / key.key_file, domain)) for domain, key in keys.items()}

    def sign(mail: bytes, sender: str, dated: datetime) -> bytes:
        domain = sender.rpartition("@")[2].lower()
        if domain not in private:
            return mail
        key, pem = private[domain]
        work = _Dated(mail)
        work.at = dated
        present = {name.lower() for name, _ in work.headers}
        header = work.sign(
            key.selector.encode(),
            domain.encode(),
            pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in _SIGNED if name in present],
        )
        return bytes(header) + mail

    return sign


def _read(path: Path, domain: str) -> bytes:
    try:
        pem = path.read_bytes()
        dkim.crypto.parse_pem_private_key(pem)
    except OSError as error:
        raise ConfigError(f"mail.yaml: dkim.{domain}: {path}: {error.strerror}") from None
    except dkim.crypto.UnparsableKeyError as error:
        raise ConfigError(f"mail.yaml: dkim.{domain}: {path} is no RSA key: {error}") from None
    return pem


def unsigned(mail: bytes, sender: str, dated: datetime) -> bytes:  # noqa: ARG001 (a `Sign`)
    return mail
