"""The one place through which messages go so that no secret is in them.

Every secret that this process has read is known here (`settings.secret`), with the ways it may be
written: as it is, percent-encoded, in JSON, in base64. Addresses with a login lose it whether they
are known or not. Errors for people, log records, what the commands print and what Dagster stores of
an error pass through here.
"""

import base64
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "•••"
# Shorter ones are in ordinary words; who has such a password has no secret.
_SHORTEST = 4
# `scheme://user:password@`, also where the address is no good otherwise, and libpq's key=value.
_LOGIN = re.compile(r"\b([a-z][a-z0-9+.-]{1,30}://)[^\s/?#'\"<>]*[:@][^\s'\"<>]*@", re.IGNORECASE)
_VALUE = re.compile(
    r"\b(pass(?:word|wd)?|pwd|secret|token|api[_-]?key)(\s*=\s*|['\"]\s*:\s*)"
    r"('[^']*'|\"[^\"]*\"|[^\s,;&'\"]+)",
    re.IGNORECASE,
)
_WORDS = ("yes", "no", "none", "null", "true", "false")
_lock = threading.Lock()
_known: list[str] = []


def remember(value: str) -> None:
    """Let `value`, and the login in it if it is an address, be seen in no message from now on."""
    with _lock:
        forms = {*_known, *(form for part in _parts(value) for form in _forms(part))}
        # The longest first: of one that holds another nothing is left over.
        _known[:] = sorted(forms, key=lambda form: (-len(form), form))


def redact(text: str) -> str:
    """The text with a mark in the place of every known secret and of every login in an address."""
    for form in list(_known):
        if form in text:
            text = text.replace(form, HIDDEN)
    text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
    return _VALUE.sub(_without_value, text)


def install() -> None:
    """Let log records, and the traceback of whatever ends the process, pass through `redact`."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def record(*arguments: object, **options: object) -> logging.LogRecord:
        made = make(*arguments, **options)
        try:
            message = made.getMessage()
        except (TypeError, ValueError):  # the caller's format does not fit; logging says so itself
            return made
        made.msg, made.args = redact(message), ()
        if made.exc_info and made.exc_info[0] is not None:
            made.exc_text = redact("".join(traceback.format_exception(*made.exc_info))).rstrip()
        return made

    record.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)
    sys.excepthook = _say


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _without_value(match: re.Match[str]) -> str:
    value = match[3].strip("'\"")
    if value.lower().rstrip(").") in _WORDS or HIDDEN in value:
        return match[0]
    return f"{match[1]}{match[2]}{HIDDEN}"


def _parts(value: str) -> Iterator[str]:
    """The value, and of an address its login and its password, however badly it is written."""
    yield value
    found = re.match(r"[a-z][a-z0-9+.-]*://(?P<login>.*)@", value, re.IGNORECASE | re.DOTALL)
    if found:
        yield found["login"]
        yield found["login"].partition(":")[2]
    for match in _VALUE.finditer(value):
        yield match[3].strip("'\"")


def _forms(part: str) -> Iterator[str]:
    for one in {part, unquote(part)}:
        raw = one.encode("utf-8", "surrogateescape")
        for form in (
            *(one, quote(one, safe=""), quote_plus(one), quote(one), repr(one)[1:-1]),
            *(json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1]),
            *(base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()),
        ):
            if len(form) >= _SHORTEST:
                yield form
