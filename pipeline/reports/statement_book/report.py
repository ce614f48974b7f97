"""All statements of a tenant in one PDF: an index first, a bookmark for each customer.

For finance, which prints or files the month as one document. The index is laid out like any other
report, and bound with the customers' own PDFs, tags and all, whose "page x of y" stay theirs.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import pikepdf

from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.drawing.pdf.join import join
from pipeline.reports.payload import Envelope, Frozen, Money, Payload, read_payload
from pipeline.reports.report import Inputs, Key, Rendering, ReportModule


class BookEntry(Frozen):
    """One customer's statement; `page` of the bound file, None where nothing is bound."""

    code: str
    name: str
    closing: Money
    overdue: Money
    pages: int | None = None
    page: int | None = None


class BookIndex(Frozen):
    """What stands before the statements; the first page of each, where they are bound."""

    entries: tuple[BookEntry, ...]
    narrowed: tuple[str, ...] = ()


class StatementBook(ReportModule[BookIndex]):
    """One book per tenant."""

    schema = "statement_book/1"
    content = BookIndex

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, BookIndex]]:
        """The index without page numbers: who has a balance."""
        rows = inputs.published.rows(
            "select customer_code, customer_id, customer_name, outstanding_balance as closing,"
            " days_1_30 + days_31_60 + days_61_90 + days_91_120 + days_over_120 as overdue"
            " from v_customer_ledger_summary where outstanding_balance <> 0"
            " order by customer_code, customer_id"
        )
        entries = [
            BookEntry(
                code=row["customer_code"] or row["customer_id"],
                name=row["customer_name"] or "Unknown customer",
                closing=row["closing"],
                overdue=row["overdue"],
            )
            for row in rows
        ]
        yield (), BookIndex(entries=tuple(entries))

    def bind(
        self,
        parts: Sequence[Rendering],
        envelope: Envelope,
        lay_out: Callable[[Payload], bytes],
    ) -> tuple[bytes, Payload]:
        """The bound PDF and the payload of its index."""
        statements = [_statement(part.payload) for part in parts]
        counts = [_pages(part.pdf) for part in parts]
        index, front, before = BookIndex(entries=()), b"", 0
        # The page numbers depend on how long the index is, and (by a digit) the other way round.
        for _ in range(4):
            index = _index(statements, counts, before)
            front = lay_out(self._payload(index, envelope))
            length = _pages(front)
            if length == before:
                break
            before = length
        return _join(front, parts, index), self._payload(index, envelope)

    def _payload(self, index: BookIndex, envelope: Envelope) -> Payload:
        return Payload(schema_name=self.schema, envelope=envelope, content=index)


def _statement(payload: bytes) -> Statement:
    content = read_payload(payload, Statement).content
    assert isinstance(content, Statement)  # noqa: S101 - read as one
    return content


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _index(statements: Sequence[Statement], counts: Sequence[int], before: int) -> BookIndex:
    entries, page = [], before + 1
    for statement, pages in zip(statements, counts, strict=True):
        entries.append(
            BookEntry(
                code=statement.customer.code,
                name=statement.customer.name,
                closing=statement.summary.closing,
                overdue=statement.summary.overdue,
                pages=pages,
                page=page,
            )
        )
        page += pages
    return BookIndex(entries=tuple(entries))


def _join(front: bytes, parts: Sequence[Rendering], index: BookIndex) -> bytes:
    with join([front, *(part.pdf for part in parts)]) as book:
        with book.open_outline() as outline:
            outline.root.clear()
            outline.root.append(pikepdf.OutlineItem("Statements of account", 0))
            for entry in index.entries:
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
