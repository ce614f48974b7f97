"""What a reader finds in an artifact or a mail, as lines of text: for compare_workspaces.py.

What names the code or the run (build id, content hash) is left out, and names that the newer code
gave otherwise are replaced, so that lines differ where something said differs.
"""

import base64
import email
import email.policy
import hashlib
import io
import json
import re
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import python_calamine

# They name what the code or its run was, not what was found.
PROVENANCE = re.compile(r"\b\d{8}-[0-9a-f]{12}\b|(?<=\b[Cc]ontent[ \t])[0-9a-f]{12,64}\b")
# An artifact folder's index: the rest of it is hashes of files that are compared themselves.
INDEX, INDEX_SAYS = "artifacts.json", ("as_of", "key", "report", "tenant")


@dataclass(frozen=True)
class Names:
    """What is called otherwise in the new workspace."""

    whole: Mapping[str, str]
    suffixes: Mapping[str, str]

    def new(self, name: str) -> str:
        """The new name of a column, a table or a key."""
        if name in self.whole:
            return self.whole[name]
        for old, new in self.suffixes.items():
            if name.endswith(old):
                return name.removesuffix(old) + new
        return name

    def in_text(self, line: str) -> str:
        """The line with new names. A word without "_" may be prose, so it stays."""
        return re.sub(r"\w*_\w*", lambda word: self.new(word[0]), line)

    def in_json(self, value: Any) -> Any:
        """The value with new keys."""
        if isinstance(value, dict):
            return {self.new(key): self.in_json(item) for key, item in value.items()}
        return [self.in_json(item) for item in value] if isinstance(value, list) else value


SAME_NAMES = Names({}, {})


def text_of(name: str, data: bytes, names: Names = SAME_NAMES) -> list[str]:
    """The lines a reader finds in a file, with new names and without what names code versions."""
    if name == INDEX:
        lines = _index_lines(data)
    elif name.endswith(".json"):
        value = names.in_json(json.loads(data))
        lines = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
    else:
        lines = READERS.get(Path(name).suffix.lower(), _digest)(data)
    return [PROVENANCE.sub("<version>", names.in_text(line)) for line in lines]


def _index_lines(data: bytes) -> list[str]:
    index = json.loads(data)
    return [f"{key}: {index[key]}" for key in INDEX_SAYS] + [
        f"{file['format']}: {file['name']}" for file in index["files"]
    ]


def _digest(data: bytes) -> list[str]:
    """Of a picture, or another file without text."""
    return [f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"]


def _plain_lines(data: bytes) -> list[str]:
    return data.decode().splitlines()


def _pdf_lines(data: bytes) -> list[str]:
    command = ["pdftotext", "-layout", "-", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def _sheet_lines(data: bytes) -> list[str]:
    """A line for every sheet's name, then one for every row."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    lines = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        lines += [f"sheet {name}", *("\t".join(map(str, row)) for row in rows)]
    return lines


def _zip_lines(data: bytes) -> list[str]:
    """The text of every file in it, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = [(name, packed.read(name)) for name in sorted(packed.namelist())]
    return [line for name, file in files for line in (f"file {name}", *text_of(name, file))]


def _html_lines(data: bytes) -> list[str]:
    page = _Page()
    page.feed(data.decode())
    page.close()
    return [line for text in page.found for line in text.splitlines() if line.strip()]


class _Page(HTMLParser):
    """Collects a page's text: also what is spoken or linked, and the figures scripts are given.

    Styles and the scripts' own code are not text.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self._inside = f"{tag} {said.get('type')}" if tag in ("script", "style") else ""
        for name in ("alt", "title", "aria-label", "href"):
            if said.get(name):
                self.found.append(f"{name}: {said[name]}")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script text/plain":
            data = _unpacked(data)
        if self._inside in ("", "script text/plain", "script application/json"):
            self.found.append(data.strip())


def _unpacked(text: str) -> str:
    """What a script element holds packed: zlib as base64."""
    try:
        return zlib.decompress(base64.b64decode(text, validate=True)).decode()
    except (ValueError, zlib.error):
        return text


def _mail_lines(data: bytes) -> list[str]:
    """Whom it is from and to, what it is about, and the text of each part and attachment."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    lines = [f"{name}: {message[name]}" for name in ("From", "To", "Reply-To", "Subject")]
    for part in message.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            lines += _part_lines(part)
    return lines


def _part_lines(part: EmailMessage) -> list[str]:
    name, content = part.get_filename(), part.get_content()
    data = content.encode() if isinstance(content, str) else content
    body = {"text/plain": "body.txt", "text/html": "body.html"}.get(part.get_content_type(), "body")
    return [f"part {part.get_content_type()} {name or ''}", *text_of(name or body, data)]


READERS: Mapping[str, Callable[[bytes], list[str]]] = {
    ".pdf": _pdf_lines,
    ".html": _html_lines,
    ".txt": _plain_lines,
    ".xlsx": _sheet_lines,
    ".zip": _zip_lines,
    ".eml": _mail_lines,
}
