"""Header lines, written here rather than by the standard library.

`email` decodes the encoded words in what it is given: a display name `=?utf-8?q?=0D=0ABcc:_...?=`
became a Bcc header (a test found it). It also turns a long List-Unsubscribe into encoded words,
which no mail program reads there. MIME structure and bodies stay with the library.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address
from functools import lru_cache

from pipeline.core.errors import MilepostError

_LINE = 76  # RFC 2047: the longest line that holds an encoded word
_WORD = 75  # and the longest encoded word
_LONGEST_TOKEN = 70
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+")
_PLAIN_IN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def address(addr_spec: str, name: str | None = None) -> Address:
    """One mailbox; MilepostError for what is none or more than one."""
    try:
        found = Address(one_line(name or ""), addr_spec=addr_spec)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MilepostError(f"{addr_spec!r} is not an e-mail address: {error}") from None
    if not addr_spec.isascii():
        raise MilepostError(f"{addr_spec!r}: only addresses in ASCII can be sent to")
    return found


def one_line(text: str) -> str:
    """`text` as a header can hold it: no line break of any kind, no control, no lone surrogate."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join(kept.split())


def text_header(name: str, text: str) -> str:
    """A header that people read, in any script."""
    return f"{name}: {_fold(_words(one_line(text), len(name) + 2), len(name) + 2)}"


def token_header(name: str, text: str) -> str:
    """A header that machines read: ASCII, on one line."""
    return f"{name}: {one_line(text).encode('ascii', 'replace').decode('ascii')}"


def address_header(name: str, mailbox: Address) -> str:
    """A header that holds exactly this mailbox."""
    spec = f"<{mailbox.addr_spec}>" if mailbox.display_name else mailbox.addr_spec
    words = [*_phrase(mailbox.display_name, len(name) + 2), spec]
    return f"{name}: {_fold(words, len(name) + 2)}"


def _phrase(text: str, used: int) -> list[str]:
    """A display name as words: bare, in quotes, or encoded."""
    words = _words(text, used)
    if words != text.split() or _ATOMS.fullmatch(text) or not text:
        return words
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    return [quoted] if len(quoted) <= _LONGEST_TOKEN else _encoded_words(text, used)


def _words(text: str, used: int) -> list[str]:
    """Pieces of `text` between which a line may be folded; `used` is taken of the first line."""
    pieces = text.split()
    plain = text.isascii() and "=?" not in text
    if plain and all(len(piece) <= _LONGEST_TOKEN for piece in pieces):
        return pieces
    return _encoded_words(text, used)


def _encoded_words(text: str, used: int) -> list[str]:
    """`text` as RFC 2047 words. Readers join them without a space, so every space is inside one."""
    q_sizes = [len(_q(character)) for character in text]
    b_sizes = [len(character.encode()) for character in text]
    room = _WORD - len("=?utf-8?q??=")
    if sum(q_sizes) <= sum(b_sizes) * 4 / 3:
        pieces = _chunks(text, q_sizes, room - used, room)
        return [f"=?utf-8?q?{''.join(map(_q, piece))}?=" for piece in pieces]
    # Three bytes take four characters; what is not a multiple of three is padded.
    pieces = _chunks(text, b_sizes, (room - used) // 4 * 3, room // 4 * 3)
    return [f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces]


def _chunks(text: str, sizes: list[int], first: int, further: int) -> list[str]:
    """`text` cut into pieces whose sizes add up to `first` at most, then to `further`."""
    chunks, taken, room = [""], 0, first
    for character, size in zip(text, sizes, strict=True):
        if taken + size > room:
            chunks.append("")
            taken, room = 0, further
        chunks[-1] += character
        taken += size
    return chunks


@lru_cache(maxsize=4096)
def _q(character: str) -> str:
    return "".join(
        "_" if byte == 0x20 else chr(byte) if byte in _PLAIN_IN_Q else f"={byte:02X}"
        for byte in character.encode()
    )


def _fold(words: list[str], used: int) -> str:
    lines, length = [""], used
    for word in words:
        if lines[-1] and length + 1 + len(word) > _LINE:
            lines.append("")
            length = 0
        lines[-1] += f" {word}" if lines[-1] else word
        length += len(word) + 1
    return "\r\n ".join(lines)
