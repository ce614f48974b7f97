"""Rows that nobody could load: what people type, paste and export wrongly. Each must land in
quarantine.

They are planted in the text of the files, because some (a comma too many) exist nowhere else. Each
is an additional row, so that taking them out leaves the true data; a correct one of the same event
may exist.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, cycle, islice

from pipeline.demo.draws import Draws, Streams

# Of all rows, about this share is bad.
SHARE = 0.003


@dataclass(frozen=True)
class Fault:
    """One way to spoil a row: the named columns get these values; `spill` adds a field."""

    kind: str
    entity: str
    values: tuple[tuple[str, str], ...] = ()
    where: tuple[str, str] | None = None
    spill: bool = False
    keeps_id: bool = False


# A day in braces is written in the tenant's own date format, so only the day itself is impossible.
FAULTS = (
    Fault("impossible date", "milestones", (("milestone_date", "{31 feb}"),)),
    Fault("impossible date", "ledger_entries", (("ledger_date", "{31 feb}"),)),
    Fault(
        "negative money",
        "ledger_entries",
        (("debit_amount", "0.00"), ("credit_amount", "-25000.00")),
    ),
    Fault("negative money", "bookings", (("booking_amount", "-7850000.00"),)),
    Fault(
        "debit and credit",
        "ledger_entries",
        (("debit_amount", "45000.00"), ("credit_amount", "45000.00")),
    ),
    Fault("unknown value", "engagement", (("engagement_type", "telegram"),)),
    Fault("unknown value", "milestones", (("milestone_type", "site_visit_done"),)),
    Fault("unknown value", "leads", (("status", "hot"),)),
    Fault("missing id", "engagement", (("id", ""),)),
    Fault("missing id", "leads", (("id", ""),)),
    Fault(
        "latitude out of range",
        "milestones",
        (("location_latitude", "128.0077"),),
        where=("milestone_type", "site_visit"),
    ),
    Fault("too many decimals", "campaign_spend", (("amount", "18500.505"),)),
    Fault(
        "too many decimals",
        "ledger_entries",
        (("debit_amount", "0.00"), ("credit_amount", "9999.999")),
    ),
    Fault("ragged row", "engagement", spill=True),
    Fault("not a number", "bookings", (("booking_amount", "85 lakh"),)),
    Fault(
        "not a number",
        "milestones",
        (("duration_minutes", "one hour"),),
        where=("milestone_type", "site_visit"),
    ),
    Fault("probability out of range", "leads", (("probability", "140"),)),
    Fault("absurd date", "bookings", (("delivery_date", "{2205}"),)),
    Fault("missing required value", "engagement", (("lead_id", ""),)),
    Fault(
        "same id twice", "leads", (("status", "new"), ("phone", "+91 00000 00000")), keeps_id=True
    ),
)

# What is typed most is typed wrongly most: beyond one of each, faults fall on the large tables.
_FREQUENT = tuple(f for f in FAULTS if f.entity in ("leads", "milestones", "engagement"))


def plant(
    streams: Streams, texts: Mapping[str, str], dates: str, year: int
) -> tuple[dict[str, str], Counter[str]]:
    """The files' texts by entity with bad rows among the good ones, and how many of each kind."""
    draws = streams("bad rows")
    good = {entity: text.removesuffix("\n").split("\n") for entity, text in texts.items()}
    lines = {entity: list(body) for entity, body in good.items()}
    rows = sum(len(body) - 1 for body in lines.values())
    planned: Counter[str] = Counter()
    wanted = max(len(FAULTS), round(rows * SHARE))
    for fault in islice(chain(FAULTS, cycle(_FREQUENT)), wanted):
        body = lines[fault.entity]
        original = _original(draws, fault, good[fault.entity])
        if original is None:
            continue
        planned[fault.kind] += 1
        spoiled = _spoil(draws, fault, body[0], original, dates, year)
        # The true row of a doubled id comes later, as a correction would.
        anywhere = 1 + int(draws.below(len(body), 1)[0])
        body.insert(body.index(original) if fault.keeps_id else anywhere, spoiled)
    return {entity: "\n".join(body) + "\n" for entity, body in lines.items()}, planned


def _original(draws: Draws, fault: Fault, body: list[str]) -> str | None:
    """A good line to spoil, tried at random; None if there is none to be found."""
    header = next(csv.reader([body[0]]))
    for candidate in draws.below(max(1, len(body) - 1), 400):
        if len(body) == 1:
            break
        line = body[int(candidate) + 1]
        fields = dict(zip(header, next(csv.reader([line])), strict=True))
        if fault.where is None or fields[fault.where[0]] == fault.where[1]:
            return line
    return None


def _spoil(draws: Draws, fault: Fault, header: str, line: str, dates: str, year: int) -> str:
    names = next(csv.reader([header]))
    fields = next(csv.reader([line]))
    if not fault.keeps_id:
        fields[names.index("id")] = str(draws.ids(1)[0])
    for column, value in fault.values:
        fields[names.index(column)] = _dated(value, dates, year)
    if fault.spill:
        fields.insert(names.index("subject") + 1, " as discussed")
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(fields)
    return out.getvalue()


def _dated(value: str, dates: str, year: int) -> str:
    """Fill in the impossible and the absurd day in the tenant's own format."""
    indian = dates == "DD/MM/YYYY"
    february = f"31/02/{year}" if indian else f"{year}-02-31"
    absurd = "31/03/2205" if indian else "2205-03-31"
    return value.replace("{31 feb}", february).replace("{2205}", absurd)
