"""All statements of a tenant in one PDF: an index first, a bookmark for each customer.

For finance, which prints or files the month as one document. The index is laid out like any other
report, and bound with the customers' own PDFs, tags and all, whose "page x of y" stay theirs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.core.errors import MilepostError
from pipeline.reports.catalogue import Request, find_report
from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.drawing.pdf.join import join
from pipeline.reports.payload import Envelope, Frozen, Money, Payload, read_payload
from pipeline.reports.workers import pool
from pipeline.reports.workers.job import Failed, Job

SCHEMA = "statement_book/1"
STATEMENT = "customer_statement"


class Entry(Frozen):
    """One customer's statement; `page` of the bound file, None where nothing is bound."""

    code: str
    name: str
    closing: Money
    overdue: Money
    pages: int | None = None
    page: int | None = None


class Index(Frozen):
    entries: tuple[Entry, ...]
    narrowed: tuple[str, ...] = ()


Content = Index


@dataclass(frozen=True)
class Bound:
    """A statement to bind: its PDF and the payload it was rendered from."""

    pdf: bytes
    statement: Statement


def contents(request: Request) -> Iterator[tuple[tuple[str, ...], Index]]:
    """The index without page numbers: who has a balance."""
    rows = request.published.rows(
        "select customer_code, customer_id, customer_name, outstanding_balance as closing,"
        " days_1_30 + days_31_60 + days_61_90 + days_91_120 + days_over_120 as overdue"
        " from v_customer_ledger_summary where outstanding_balance <> 0"
        " order by customer_code, customer_id"
    )
    entries = [
        Entry(
            code=row["customer_code"] or row["customer_id"],
            name=row["customer_name"] or "Unknown customer",
            closing=row["closing"],
            overdue=row["overdue"],
        )
        for row in rows
    ]
    yield (), Index(entries=tuple(entries))


def read_statement(folder: Path, pdf: bytes) -> Bound:
    payload = read_payload((folder / "payload.json").read_bytes(), Statement)
    assert isinstance(payload.content, Statement)  # noqa: S101 - read as one
    return Bound(pdf, payload.content)


def bind(statements: Sequence[Bound], envelope: Envelope, cache_dir: Path) -> tuple[bytes, Payload]:
    """The bound PDF and the payload of its index. MilepostError if the index cannot be made."""
    counts = [len(pikepdf.open(io.BytesIO(one.pdf)).pages) for one in statements]
    before, payload, front = 0, _index(statements, counts, 0, envelope), b""
    # The page numbers depend on how long the index is, and (by a digit) the other way round.
    for _ in range(4):
        payload = _index(statements, counts, before, envelope)
        front = _lay_out(payload, cache_dir)
        length = len(pikepdf.open(io.BytesIO(front)).pages)
        if length == before:
            break
        before = length
    return _join(front, statements, payload), payload


def _index(
    statements: Sequence[Bound], counts: Sequence[int], before: int, envelope: Envelope
) -> Payload:
    entries, page = [], before + 1
    for one, pages in zip(statements, counts, strict=True):
        entries.append(
            Entry(
                code=one.statement.customer.code,
                name=one.statement.customer.name,
                closing=one.statement.summary.closing,
                overdue=one.statement.summary.overdue,
                pages=pages,
                page=page,
            )
        )
        page += pages
    return Payload(schema_name=SCHEMA, envelope=envelope, content=Index(entries=tuple(entries)))


def _lay_out(payload: Payload, cache_dir: Path) -> bytes:
    job = Job("index", "statement_book", ("pdf",), payload.to_json())
    (outcome,) = pool.render_all([job], workers=1, cache_dir=cache_dir)
    if isinstance(outcome, Failed):
        raise MilepostError(f"the index of the statements could not be made: {outcome.reason}")
    return outcome.files[0].data


def _join(front: bytes, statements: Sequence[Bound], index: Payload) -> bytes:
    content = index.content
    assert isinstance(content, Index)  # noqa: S101 - made above
    with join([front, *(one.pdf for one in statements)]) as book:
        with book.open_outline() as outline:
            outline.root.clear()
            outline.root.append(pikepdf.OutlineItem(find_report("statement_book").title, 0))
            for entry in content.entries:
                assert entry.page is not None  # noqa: S101 - set by _index
                label = f"{entry.code} · {entry.name}"
                outline.root.append(pikepdf.OutlineItem(label, entry.page - 1))
        out = io.BytesIO()
        book.save(
            out,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()
