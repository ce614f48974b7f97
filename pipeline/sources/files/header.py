"""What to say of a file that lacks a required column: which, what it was taken for, what is near.

Nothing is named that cannot be the cause: a delimiter of a workbook, say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.config.source import FileSource
from pipeline.contracts import Contract
from pipeline.core.errors import MilepostError, did_you_mean
from pipeline.sources.parsed import Parsed, Reader

# Titles and letterheads above a header are hardly longer.
_LOOKED_AT = 30


class Described(Protocol):
    """What is known of a file before it is read."""

    @property
    def source(self) -> FileSource: ...

    @property
    def kind(self) -> str: ...

    @property
    def first_row(self) -> int: ...


def missing_columns(
    missing: Sequence[str], opened: Reader, file: Described, contract: Contract
) -> str:
    """The refusal of a file whose header lacks columns of the contract."""
    names = file.source.names_of(contract.entity)
    wanted = [" + ".join(names.get(name, (name,))) for name in missing]
    header = opened.header
    message = (
        f"has no column {', '.join(wanted)}, which every file of {contract.entity} needs"
        f" (its name begins with {contract.entity})"
    )
    below = _header_below(opened, file, contract)
    if below is not None:
        return f"{message}; row {below} looks like the header: remove the rows above it"
    near = {name.strip().lower(): name for name in header}
    misspelt = [repr(near[name]) for name in wanted if name in near]
    if misspelt:
        return f"{message}; it has {', '.join(misspelt)}, but names are matched exactly"
    if len(header) == 1 and file.kind in ("csv", "tsv"):
        delimiter = "tab" if file.kind == "tsv" else repr(file.source.delimiter)
        return f"{message}; its header is one column: is {delimiter} the delimiter?"
    # What is a column of ours already cannot be another one.
    free = [name for name in header if name not in contract.column_names]
    shown = ", ".join(header[:20]) + (" …" if len(header) > 20 else "")
    return (
        f"{message}; its header is: {shown}{did_you_mean(wanted, free)}. If one of them is it"
        " under another name, say so with columns in sources.yaml"
    )


def _header_below(opened: Reader, file: Described, contract: Contract) -> int | None:
    """The number of a row that has more of the contract's names than the header."""
    names = file.source.names_of(contract.entity)
    wanted = {each.lower() for name in contract.column_names for each in names.get(name, (name,))}
    try:
        parsed = next(opened.tasks())()
    except (MilepostError, StopIteration):
        return None
    best = len(wanted & {name.lower() for name in opened.header}) + 1
    for number, cells in _first_rows(parsed, file.source.delimiter):
        if len(wanted & {cell.strip().lower() for cell in cells}) > best:
            return number + file.first_row
    return None


def _first_rows(parsed: Parsed, delimiter: str) -> list[tuple[int, list[str]]]:
    rows = [
        (int(number), [str(cell) for cell in row if cell is not None])
        for number, row in zip(parsed.numbers, parsed.rows.head(_LOOKED_AT).rows(), strict=False)
    ]
    ragged = [
        (row.record, [cell.strip('"') for cell in row.text.split(delimiter)])
        for row in parsed.ragged[:_LOOKED_AT]
    ]
    return sorted([*rows, *ragged])
