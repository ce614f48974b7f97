"""All statements of a tenant in one PDF: an index first, a bookmark for each customer.

For finance, which prints or files the month as one document. The index is laid out like any other
report, and bound with the customers' own PDFs, tags and all, whose "page x of y" stay theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pipeline.reports.customer_statement.content import Statement
from pipeline.reports.drawing.pdf.book import bind_book, lay_out_front, page_count
from pipeline.reports.payload import Frozen, Money, Payload, read_payload
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
        said: Payload,
        lay_out: Callable[[Payload], bytes],
    ) -> tuple[bytes, Payload]:
        """The bound PDF and the payload of its index."""
        statements = [_statement(part.payload) for part in parts]
        counts = [page_count(part.pdf) for part in parts]
        payload = said

        def front_of(pages: Sequence[int]) -> bytes:
            nonlocal payload
            payload = said.model_copy(update={"content": _index(statements, counts, pages)})
            return lay_out(payload)

        front = lay_out_front(counts, front_of)
        bookmarks = [
            (f"{entry.code} · {entry.name}", entry.page)
            for entry in self._said(payload).entries
            if entry.page is not None
        ]
        pdfs = [part.pdf for part in parts]
        return bind_book(front, pdfs, "Statements of account", bookmarks), payload


def _statement(payload: bytes) -> Statement:
    content = read_payload(payload, Statement).content
    assert isinstance(content, Statement)  # noqa: S101 - read as one
    return content


def _index(
    statements: Sequence[Statement], counts: Sequence[int], pages: Sequence[int]
) -> BookIndex:
    entries = [
        BookEntry(
            code=statement.customer.code,
            name=statement.customer.name,
            closing=statement.summary.closing,
            overdue=statement.summary.overdue,
            pages=count,
            page=page,
        )
        for statement, count, page in zip(statements, counts, pages, strict=True)
    ]
    return BookIndex(entries=tuple(entries))
