"""Where the records of delimited text end, by the quoting rules of the parser that reads them.

A quote opens only at a value's beginning, so in 5" pipe it is a character like others; within a
quoted value two quotes are one. Line breaks inside quotes belong to the value.
"""

from __future__ import annotations

import numpy as np

_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")


def split_at(data: bytes, delimiter: bytes) -> tuple[int, bool]:
    """Where the last complete record of `data` ends, and whether `data` ends inside a quoted value.

    The place is 0 if no record ends. `data` begins at a record's beginning.
    """
    quotes = _structural_quotes(data, delimiter)
    end = len(data)
    while True:
        newline = data.rfind(b"\n", 0, end)
        before = int(np.searchsorted(quotes, newline))
        if newline < 0 or before % 2 == 0:
            return newline + 1, len(quotes) % 2 == 1
        end = int(quotes[before - 1])


def first_record(data: bytes, delimiter: bytes) -> int:
    """Where the first record of `data` ends; 0 if it does not."""
    quotes = _structural_quotes(data, delimiter)
    newline = data.find(b"\n")
    while newline >= 0 and np.searchsorted(quotes, newline) % 2:
        newline = data.find(b"\n", newline + 1)
    return newline + 1


def _structural_quotes(data: bytes, delimiter: bytes) -> np.ndarray:
    """Positions of the quotes that open and close values, in turn; escaped pairs may be among them.

    Files without stray quotes, which is nearly all, are recognised at once; others are walked
    through.
    """
    if _QUOTE not in data:
        return np.empty(0, dtype=np.int64)
    text = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    edges = bytes((_NEWLINE, _RETURN, delimiter[0]))
    is_edge = np.zeros(256, dtype=bool)
    is_edge[list(edges)] = True
    # A quote next to a quote is one of an escaped pair, if it is the next in turn.
    opening, closing = quotes[::2], quotes[1::2]
    paired = opening[1:] == closing[: len(opening) - 1] + 1
    opens_well = is_edge[text[opening - 1]] | (opening == 0)
    opens_well[1:] |= paired
    closes_well = is_edge[text[np.minimum(closing + 1, len(text) - 1)]] | (closing == len(text) - 1)
    closes_well[: len(paired)] |= paired
    if opens_well.all() and closes_well.all():
        return quotes
    return _walk(data, quotes.tolist(), edges)


def _walk(data: bytes, quotes: list[int], edges: bytes) -> np.ndarray:
    """The structural ones among `quotes`, where stray ones are among them."""
    found: list[int] = []
    inside = False
    skip = -1
    for here, following in zip(quotes, [*quotes[1:], -1], strict=True):
        if here == skip:
            continue
        if not inside:
            if here == 0 or data[here - 1] in edges:
                inside = True
                found.append(here)
        elif following == here + 1:
            skip = following
        else:
            inside = False
            found.append(here)
    return np.array(found, dtype=np.int64)
