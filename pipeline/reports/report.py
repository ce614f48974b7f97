"""A row of the catalogue, and what a report's module is asked: the types that both share."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.reports.payload import Envelope
from pipeline.reports.selection import EVERYTHING, Selection

if TYPE_CHECKING:
    # A worker has no tenant and no published data: it starts sooner without what reads them.
    from pipeline.config.tenant import Tenant
    from pipeline.publish.reader import Published

ENDINGS: Mapping[str, str] = {
    "html": ".html",
    "text": ".txt",
    "pdf": ".pdf",
    "xlsx": ".xlsx",
    "archive": "_archive.pdf",
}

Tables = Mapping[str, tuple[str, ...]]
"""Published columns by table."""


class File(NamedTuple):
    """One file of a rendering: its name in the artefact folder, the format it belongs to."""

    name: str
    format: str
    data: bytes


@dataclass(frozen=True)
class Report:
    """One report: `templates` by format, and the columns it reads by table.

    `spreadsheet`: its module makes an XLSX. `other_formats` are made only when they are asked for.
    `filters`: what it can be narrowed to, and to days if it `has_period`. `archive` is the PDF as
    PDF/A-3 with the data inside. `binds`: the report whose PDFs its own is bound with.
    """

    name: str
    title: str
    audience: str
    per: Literal["tenant", "customer", "lead"]
    templates: Mapping[str, str]
    tables: Mapping[str, tuple[str, ...]]
    stylesheets: tuple[str, ...] = ("theme.css", "page.css")
    pdf_variant: str | None = "pdf/ua-1"
    spreadsheet: bool = False
    other_formats: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    has_period: bool = False
    binds: str | None = None
    room: str = ""

    @property
    def formats(self) -> tuple[str, ...]:
        """All that it can be made in."""
        return (*self.templates, *(("xlsx",) if self.spreadsheet else ()))

    @property
    def usual_formats(self) -> tuple[str, ...]:
        """What is made when nobody asks for anything in particular."""
        return tuple(name for name in self.formats if name not in self.other_formats)

    @property
    def narrows_to(self) -> set[str]:
        """What `selection` may ask of it: filters, and days."""
        return {*self.filters, *(("days",) if self.has_period else ())}

    def file_name(self, format_: str) -> str:
        """The name of a format's file in the artefact folder: `daily_summary.txt`."""
        return f"{self.name}{ENDINGS[format_]}"

    @property
    def module(self) -> ModuleType:
        """The report's module; imported when first needed."""
        return importlib.import_module(f"pipeline.reports.{self.place}")

    @property
    def place(self) -> str:
        """Where its module is below `pipeline.reports`."""
        return self.room or f"{self.name}.report"


def _keeps_nothing(_key: tuple[str, ...], _digest: str) -> bool:
    return False


@dataclass(frozen=True)
class Request:
    """What a report's module gets: the tenant's published build alone, and what was asked for.

    `keeps(key, digest)`: whether what lies in the folder of that key was made of these rows, by
    their digest, and stays; the module then leaves its content out.
    """

    tenant: Tenant
    envelope: Envelope
    published: Published
    customer: str | None = None
    lead: str | None = None
    selection: Selection = EVERYTHING
    keeps: Callable[[tuple[str, ...], str], bool] = _keeps_nothing
