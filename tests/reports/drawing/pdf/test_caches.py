"""A statement whose published rows have not changed is not even assembled again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.config.workspace import Workspace
from pipeline.publish import layout
from pipeline.publish.reader import Published, open_published
from pipeline.reports import making
from pipeline.reports.customer_statement import published_rows, report
from pipeline.reports.customer_statement.published_rows import Due, accounts_due
from tests.reports.accounts import Move
from tests.reports.test_build import House, invoice, person, publish

PAID = Move(date(2025, 4, 20), "payment", invoice("400.00").amount)
PEOPLE = [person(n, invoice(f"{n}000.00"), PAID) for n in (1, 2, 3)]


@pytest.fixture
def house(workspace: Workspace) -> House:
    publish(workspace, PEOPLE)
    return House(workspace)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The customers whose rows were read, in turn."""
    asked: list[str] = []

    def noted(published: Published, due: Sequence[Due]) -> Any:
        asked.extend(one.customer_id for one in due)
        return published_rows.read_accounts(published, due)

    monkeypatch.setattr(report, "read_accounts", noted)
    return asked


def table_file(ws: Workspace, name: str) -> Path:
    return layout.builds_dir(ws, "skyline") / "b-1" / f"{name}.parquet"


def digests(ws: Workspace) -> dict[str, str]:
    with open_published(ws, "skyline") as published:
        return {one.customer_id: one.digest for one in accounts_due(published)}


def test_only_the_customers_that_changed_are_read(house: House, read: list[str]) -> None:
    first = house.make(formats=("json",))
    assert read == ["c-1", "c-2", "c-3"]
    read.clear()
    assert [a.sha256 for a in house.make(formats=("json",))] == [a.sha256 for a in first]
    assert read == []
    publish(house.ws, [PEOPLE[0], person(2, invoice("2000.01"), PAID), PEOPLE[2]], "b-2")
    made = house.make(formats=("json",))
    assert read == ["c-2"]
    assert [(a.key[0], a.build_id, a.rendered) for a in made] == [
        ("c-0001", "b-1", False),
        ("c-0002", "b-2", True),
        ("c-0003", "b-1", False),
    ]


def test_whatever_else_a_statement_follows_from_is_noticed(
    house: House, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.make(formats=("json",))
    everybody = ["c-1", "c-2", "c-3"]

    def is_read_again() -> bool:
        read.clear()
        house.make(formats=("json",))
        return read == everybody

    (house.ws.published("skyline") / layout.OVERRIDE).write_text(
        layout.Override(
            tenant="skyline",
            as_of=date(2025, 9, 18),
            checks=("x",),
            because="y",
            at="2025-09-19T00:00:00Z",
        ).model_dump_json()
    )
    assert is_read_again(), "UNVERIFIED"
    house.ws.tenants_dir.joinpath("skyline.svg").write_text("<svg/>", encoding="utf-8")
    assert is_read_again(), "logo"
    monkeypatch.setattr(making, "payload_code_key", lambda _: "another")
    assert is_read_again(), "code"


def test_a_folder_that_was_harmed_is_read_and_made_again(house: House, read: list[str]) -> None:
    house.make(formats=("json",))
    read.clear()
    (house.folder("c-0002") / "payload.json").write_bytes(b"{}")
    assert [a.key[0] for a in house.make(formats=("json",)) if a.rendered] == ["c-0002"]
    assert read == ["c-2"]


def test_each_value_of_a_published_row_is_in_the_digest(house: House) -> None:
    """One value of one customer's row changed: that customer's digest is another, no other's is."""
    before, seen = digests(house.ws), 0
    assert len(set(before.values())) == 3
    for name in published_rows.TABLES.values():
        path = table_file(house.ws, name)
        table = pq.read_table(path)
        own = pc.equal(table["customer_id"], "c-2")
        if not any(own.to_pylist()):
            continue
        for column in table.column_names:
            if column in ("customer_id", "is_effective"):
                continue  # whose it is, and whether it is there at all
            pq.write_table(with_another(table, column, own), path)
            after = digests(house.ws)
            assert {each for each in before if before[each] != after[each]} == {"c-2"}, column
            seen += 1
        pq.write_table(table, path)
    assert digests(house.ws) == before
    assert seen > 40


def test_the_order_of_published_rows_is_not_in_the_digest(house: House) -> None:
    before = digests(house.ws)
    path = table_file(house.ws, "ledger_entries")
    table = pq.read_table(path)
    pq.write_table(table.take(list(reversed(range(len(table))))), path)
    assert digests(house.ws) == before


def with_another(table: pa.Table, column: str, rows: Any) -> pa.Table:
    """The table with another value of the column in these rows; null where there was a value."""
    values = table[column]
    other = [
        (None if value is not None else another(values.type)) if chosen else value
        for value, chosen in zip(values.to_pylist(), rows.to_pylist(), strict=True)
    ]
    place = table.column_names.index(column)
    return table.set_column(place, table.field(column), pa.array(other, values.type))


def another(kind: pa.DataType) -> Any:
    text = "2025-01-01" if pa.types.is_date(kind) else "1"
    return pa.scalar(text).cast(kind).as_py()
