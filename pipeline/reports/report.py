"""What a report is: its row in the catalogue, and the module that makes it.

A report's package has both: the row in `spec`, which loads nothing, and a `ReportModule` that is
loaded when the report is made. Each hook of a module that has a default is optional; a name that is
no hook is refused, because a misspelt one would never be called.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pipeline.core.errors import MilepostError
from pipeline.reports.payload import Envelope, Frozen, Payload
from pipeline.reports.request import ReportRequest

if TYPE_CHECKING:
    # A worker has no tenant and no published data: it starts sooner without what reads them.
    from pipeline.config.tenant import Tenant
    from pipeline.publish.reader import Published
    from pipeline.reports.drawing.xlsx import Sheet

ENDINGS: Mapping[str, str] = {
    "html": ".html",
    "text": ".txt",
    "pdf": ".pdf",
    "xlsx": ".xlsx",
    "archive": "_archive.pdf",
}

Tables = Mapping[str, tuple[str, ...]]
"""Published columns by table."""

Key = tuple[str, ...]
"""The folder of a document below its report's: empty for one per tenant, else the customer's."""

ContentT = TypeVar("ContentT", bound=Frozen)


class File(NamedTuple):
    """One file of a rendering: its name in the artifact folder, the format it belongs to."""

    name: str
    format: str
    data: bytes


class Rendering(NamedTuple):
    """A document that was rendered before: its payload.json and its PDF."""

    payload: bytes
    pdf: bytes


@dataclass(frozen=True, eq=False)
class Report:
    """One report: `templates` by format, and the columns it reads by table.

    `load`: its module, imported when first needed. `spreadsheet`: the module makes an XLSX.
    `other_formats` are made only when they are asked for. `filters`: what it can be narrowed to,
    and to days if it `has_period`. `archive` is the PDF as PDF/A-3 with the data inside. `binds`:
    the report whose PDFs its own is bound with.
    """

    name: str
    title: str
    audience: str
    per: Literal["tenant", "customer", "lead"]
    load: Callable[[], ReportModule[Any]]
    templates: Mapping[str, str]
    tables: Tables
    stylesheets: tuple[str, ...] = ("theme.css", "page.css")
    pdf_variant: str | None = "pdf/ua-1"
    spreadsheet: bool = False
    other_formats: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    has_period: bool = False
    binds: str | None = None

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
        """The name of a format's file in the artifact folder: `daily_summary.txt`."""
        return f"{self.name}{ENDINGS[format_]}"

    @property
    def module(self) -> ReportModule[Any]:
        """What makes it."""
        return self.load()


def _keeps_nothing(_key: Key, _digest: str) -> bool:
    return False


@dataclass(frozen=True)
class Inputs:
    """What a module makes contents from: the tenant's published build alone, and what was asked.

    `keeps(key, digest)`: whether what lies in the folder of that key was made of these rows, by
    their digest, and stays; the module then leaves its content out.
    """

    report: Report
    tenant: Tenant
    envelope: Envelope
    published: Published
    asked: ReportRequest
    keeps: Callable[[Key, str], bool] = _keeps_nothing


class ReportModule(ABC, Generic[ContentT]):
    """What a report says, as a model; then what the worker that renders needs to know of it."""

    schema: ClassVar[str]
    """Its payload's: "customer_statement/1"."""

    content: type[ContentT]
    """The model of its content."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        unknown = {name for name in vars(cls) if name[0] != "_"} - _HOOKS
        if unknown:
            raise TypeError(
                f"{cls.__name__}: nothing calls {', '.join(sorted(unknown))};"
                f" a report's module has {', '.join(sorted(_HOOKS))}, and its own names begin"
                " with an underscore"
            )

    @abstractmethod
    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, ContentT | MilepostError]]:
        """Key and content of each document; one that cannot be made comes as its error.

        May leave out those that `inputs.keeps`. ConfigError for a wrong name or day.
        """

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:  # noqa: ARG002
        """More variables for the templates: charts as SVG text or data: URIs, for example."""
        return {}

    def finish(self, payload: Payload, format_: str, text: str) -> str:  # noqa: ARG002
        """The last step on HTML or text: inlining of CSS for mail, for example."""
        return text

    def files(self, payload: Payload, format_: str) -> Mapping[str, bytes]:  # noqa: ARG002
        """More files beside that format's, by name."""
        return {}

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        """The tables of its XLSX, where it has one."""
        raise NotImplementedError(f"{self.schema} has no spreadsheet")

    def attachments(self, payload: Payload) -> Mapping[str, bytes]:  # noqa: ARG002
        """Files inside its archive PDF, by name."""
        return {}

    def bind(
        self,
        parts: Sequence[Rendering],
        said: Payload,
        lay_out: Callable[[Payload], bytes],
    ) -> tuple[bytes, Payload]:
        """The PDF that it binds `parts` into, where it binds, and the payload of what stands before
        them: `said` is that of its contents. `lay_out`: the PDF of a payload of its own.
        """
        raise NotImplementedError(f"{self.schema} binds nothing")

    def _said(self, payload: Payload) -> ContentT:
        """The payload's content as this report's model."""
        if not isinstance(payload.content, self.content):
            raise TypeError(f"a payload of {payload.schema_name} is none of {self.schema}")
        return payload.content


_HOOKS = {name for name in vars(ReportModule) if name[0] != "_"} | {"schema", "content"}
