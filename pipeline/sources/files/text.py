"""A file's bytes as UTF-8 blocks, and refusals for what is not text in the declared encoding."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.sources.files.unpacking import RATIO, SUSPICIOUS
from pipeline.sources.refusals import Refused, Waiting

# A record or line of text may be so long: thrice the largest cell that was ever seen. What is read
# of a file at once is bounded by it, so text needs no process of its own.
LONGEST = 32 << 20
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (XLSX)",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed (its name should end in .gz)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (XLS)",
}


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The bytes of an open file from its beginning; of one that ends in .gz what is packed."""
    stream.seek(0)
    if name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    return stream


def named(source: Path | BinaryIO, name: str) -> tuple[BinaryIO, str]:
    """An open file and its name, of a path too."""
    return (source.open("rb"), name or source.name) if isinstance(source, Path) else (source, name)


def utf8_blocks(stream: BinaryIO, encoding: str, size: int) -> Iterator[bytes]:
    """The stream as UTF-8 without a byte order mark, in blocks of about `size` bytes."""
    codec = codecs.lookup(encoding).name
    decode = None if codec in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(codec)()
    first = True
    while True:
        block = _read(stream, size)
        if first and decode is None:
            _check_beginning(block)
            block = block.removeprefix(codecs.BOM_UTF8)
        if decode is not None:
            block = _transcode(decode, block, codec)
        first = False
        if not block:
            return
        yield block


def _transcode(decode: codecs.IncrementalDecoder, block: bytes, codec: str) -> bytes:
    try:
        return decode.decode(block, final=not block).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise Refused(f"is not {codec}, which is its source's `encoding`: {error}") from None


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        block = stream.read(size)
        if isinstance(stream, gzip.GzipFile):
            _check_ratio(stream)
        return block
    except EOFError:
        raise Waiting("ends in the middle of its gzip stream: it is cut off") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"is not readable as gzip ({error})") from None


def _check_ratio(stream: gzip.GzipFile) -> None:
    unpacked, packed = stream.tell(), max(1, cast(BinaryIO, stream.fileobj).tell())
    if unpacked > SUSPICIOUS and unpacked / packed > RATIO:
        raise Refused(
            f"unpacks from {packed / 1e6:.1f} MB to more than {unpacked / 1e6:,.0f} MB, which no"
            " honest export does: send it without .gz, or split it"
        )


def _check_beginning(block: bytes) -> None:
    for magic, what in _NOT_TEXT.items():
        if block.startswith(magic):
            raise Refused(f"is not text but {what}")
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(
            "is UTF-16, not UTF-8: save it as CSV UTF-8, or set `encoding: utf-16` for its source"
        )
    if block[:200].lstrip().lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise Refused("is a web page (HTML or XML), not CSV: an error page that was saved?")


def why_invalid(piece: bytes, error: Exception) -> str:
    try:
        piece.decode()
    except UnicodeDecodeError as problem:
        near = piece[max(0, problem.start - 20) : problem.start].decode(errors="replace")
        return (
            f"is not UTF-8: byte 0x{piece[problem.start]:02x} after {near!r}. Save it as CSV UTF-8,"
            " or set `encoding` for its source (for example cp1252)"
        )
    return f"cannot be read as CSV: {error}"
