"""From a published folder to artifacts on disk, with real workers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config.registry import Registry
from pipeline.config.settings import Settings
from pipeline.config.source import FileSource
from pipeline.config.tenant import Brand, ReportConfig, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.atomic_files import TEMPORARY_SUFFIX
from pipeline.core.errors import BuildError, ConfigError
from pipeline.publish import layout
from pipeline.publish.layout import Held, HeldReason, Manifest, TableEntry
from pipeline.reports.artifacts import read_index
from pipeline.reports.build import ReportsFailed, render_report
from pipeline.reports.catalogue import find_report
from pipeline.reports.customer_statement.allocations import Account
from pipeline.reports.request import ReportRequest
from pipeline.reports.workers.job import Failed, Job
from pipeline.reports.workers.worker_process import WorkerProcess
from tests.reports.accounts import AS_OF, Move, account, booking, customer, tables

REPORT = "customer_statement"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
MONEY, DAY, TEXT = pa.decimal128(18, 2), pa.date32(), pa.string()
TYPES: Mapping[str, Any] = {
    "is_effective": pa.bool_(),
    "is_back_dated": pa.bool_(),
    "entry_order": pa.int64(),
    "state_number": pa.int64(),
    "known_on": pa.date32(),
    "movement": pa.decimal128(18, 2),
    "days_overdue": pa.int64(),
    "credit_days": pa.int32(),
    "unit_count": pa.int32(),
    "units_booked": pa.int32(),
    "rows": pa.int64(),
    "last_ingested_at": pa.timestamp("us", "UTC"),
    "newest_record_at": pa.timestamp("us", "UTC"),
}
FRESHNESS = ("tenant_id", "entity", "source_name", "last_ingested_at", "newest_record_at", "rows")


def column_type(name: str) -> Any:
    if name in TYPES:
        return TYPES[name]
    if name.endswith(("_date", "_from")):
        return DAY
    money = ("amount", "balance", "due", "days_", "credit", "_after", "limit", "total")
    return MONEY if any(part in name for part in money) and not name.endswith("_id") else TEXT


def publish(
    ws: Workspace, accounts: Sequence[Account], build_id: str = "b-1", tenant: str = "skyline"
) -> None:
    """The accounts as the tenant's current build."""
    folder = layout.builds_dir(ws, tenant) / build_id
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, rows in tables(*accounts).items():
        columns = list(rows[0]) if rows else list(COLUMNS[name])
        fields = [pa.field(column, column_type(column)) for column in columns]
        table = pa.Table.from_pylist(rows, schema=pa.schema(fields))
        pq.write_table(table, folder / f"{name}.parquet")
        entries[name] = TableEntry(rows=len(rows), fingerprint="")
    manifest = Manifest(tenant=tenant, build_id=build_id, as_of=AS_OF, tables=entries)
    (folder / layout.MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    link = layout.current_link(ws, tenant)
    link.unlink(missing_ok=True)
    link.symlink_to(f"{layout.BUILDS}/{build_id}")


def person(number: int, *moves: Move, **changes: Any) -> Account:
    own = {
        "customer_id": f"c-{number}",
        "customer_code": f"C-{number:04d}",
        "customer_name": f"Customer {number}",
    }
    who = customer(**{**own, **changes})
    return account(moves, of=who, bookings=[booking(f"BK-{number:04d}", f"c-{number}")])


def invoice(amount: str, day: date = date(2025, 4, 15)) -> Move:
    return Move(day, "invoice", Decimal(amount))


COLUMNS = {
    name: list(rows[0]) for name, rows in tables(person(1, invoice("1"))).items() if rows
} | {
    "ledger_entry_states": (
        "tenant_id",
        "entry_id",
        "customer_id",
        "state_number",
        "known_on",
        "ledger_code",
        "ledger_date",
        "transaction_type",
        "state",
        "movement",
    ),
    "booking_accounts": (
        "tenant_id",
        *find_report("customer_statement").tables["booking_accounts"],
    ),
    "ledger_allocations": (
        "tenant_id",
        "customer_id",
        "credit_entry_id",
        "debit_entry_id",
        "amount",
        "method",
    ),
    "source_freshness": FRESHNESS,
}


class House:
    """A workspace with one tenant, and the report made in it."""

    def __init__(self, ws: Workspace, workers: int = 1, **tenant: Any) -> None:
        self.ws = ws
        (ws.tenants_dir / "skyline.svg").write_text(LOGO, encoding="utf-8")
        owner = Tenant(
            id="skyline", name="Skyline Homes", brand=Brand(logo="skyline.svg"), **tenant
        )
        sources = MappingProxyType({"inbox": FileSource()})
        self.registry = Registry(MappingProxyType({"skyline": owner}), sources)
        self.settings = Settings(home=ws.root, workers=workers)

    def make(self, **options: Any) -> list[Any]:
        asked = ReportRequest("skyline", REPORT, **options)
        return render_report(self.ws, self.registry, self.settings, asked)

    def folder(self, code: str) -> Path:
        return self.ws.artifacts("skyline", REPORT, AS_OF, code)


@pytest.fixture
def house(workspace: Workspace) -> House:
    return House(workspace)


THREE = [person(n, invoice(f"{n}000.00")) for n in (1, 2, 3)]


def test_each_customer_has_a_folder_that_explains_itself(house: House) -> None:
    publish(house.ws, THREE)
    made = house.make()
    assert [(a.key, a.format) for a in made] == [
        ((f"c-000{n}",), format_) for n in (1, 2, 3) for format_ in ("pdf", "json")
    ]
    folder = house.folder("c-0002")
    names = ["artifacts.json", "customer_statement.pdf", "payload.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    payload = json.loads((folder / "payload.json").read_bytes())
    assert payload["schema"] == "customer_statement/1"
    assert payload["content"]["summary"]["closing"] == "2000.00"
    assert payload["envelope"]["branding"]["logo"].startswith("data:image/svg+xml;base64,")
    index = read_index(folder)
    assert index is not None
    assert (index.build_id, index.as_of) == ("b-1", AS_OF)
    assert (folder / "customer_statement.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert not list(house.ws.root.rglob(f"*{TEMPORARY_SUFFIX}"))


def test_what_did_not_change_is_left_alone(workspace: Workspace) -> None:
    house = House(workspace, workers=2)
    publish(house.ws, THREE)
    first = {a.path: a.sha256 for a in house.make()}
    publish(house.ws, [*THREE[:2], person(3, invoice("3000.01"))], "b-2")
    again = house.make()
    assert {a.key for a in again if a.rendered} == {("c-0003",)}
    kept = [a for a in again if not a.rendered]
    assert {a.path: a.sha256 for a in kept} == {a.path: first[a.path] for a in kept}
    assert {a.build_id for a in kept} == {"b-1"}
    assert not any(a.rendered for a in house.make())


def test_what_was_harmed_is_made_again_with_the_same_bytes(house: House) -> None:
    publish(house.ws, THREE)
    before = {a.path: a.path.read_bytes() for a in house.make()}
    (house.folder("c-0001") / "payload.json").write_bytes(b"{}")
    (house.folder("c-0002") / "customer_statement.pdf").unlink()
    (house.folder("c-0003") / "artifacts.json").write_bytes(b"{")
    made = house.make()
    assert all(a.rendered for a in made)
    assert {a.path: a.path.read_bytes() for a in made} == before


def test_the_same_bytes_in_another_workspace(house: House, tmp_path: Path) -> None:
    publish(house.ws, THREE[:1])
    first = [(a.key, a.format, a.sha256) for a in house.make()]
    elsewhere = tmp_path / "elsewhere"
    derived = shutil.ignore_patterns("artifacts", "state")
    shutil.copytree(house.ws.root, elsewhere, symlinks=True, ignore=derived)
    moved = House(Workspace(elsewhere))
    assert [(a.key, a.format, a.sha256) for a in moved.make()] == first


def test_after_a_document_that_meets_its_limit_the_others_are_not_tried(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template or a logo that makes each of a thousand documents slow costs one limit."""
    asked: list[Job] = []

    def slow(_: WorkerProcess, job: Job) -> Failed:
        asked.append(job)
        return Failed(job, "it took more than 90 s and was stopped", over_limit=True)

    monkeypatch.setattr(WorkerProcess, "render", slow)
    publish(house.ws, [person(number, invoice("1.00")) for number in range(1, 31)])
    with pytest.raises(ReportsFailed) as caught:
        house.make(formats=["html"])
    reasons = [failure.reason for failure in caught.value.failures]
    assert len(reasons) == 30
    # Some were handed out before the first one's fate was known.
    assert len(asked) < 25
    assert sum("met its limit" in reason for reason in reasons) == 30 - len(asked)


def test_one_account_that_does_not_tie_stops_no_other(house: House) -> None:
    broken = replace(THREE[1], summary={**THREE[1].summary, "not_due": Decimal("0.01")})
    publish(house.ws, [THREE[0], broken, THREE[2]])
    with pytest.raises(
        ReportsFailed, match=r"c-0002: the account of C-0002 does not tie"
    ) as caught:
        house.make()
    assert {a.key for a in caught.value.artifacts} == {("c-0001",), ("c-0003",)}
    assert not house.folder("c-0002").exists()


def test_who_gets_a_statement(house: House) -> None:
    nobody = person(4)
    reversed_only = person(5, replace(invoice("5.00"), effective=False))
    settled = person(6, invoice("6.00"), Move(date(2025, 4, 16), "payment", Decimal("6.00")))
    publish(house.ws, [THREE[0], nobody, reversed_only, settled])
    assert {a.key[0] for a in house.make(formats=("json",))} == {"c-0001", "c-0006"}


def test_one_customer_by_code_or_id(house: House) -> None:
    publish(house.ws, THREE)
    assert {a.key for a in house.make(customer="C-0002")} == {("c-0002",)}
    assert {a.key for a in house.make(customer="c-3", formats=("json",))} == {("c-0003",)}
    with pytest.raises(ConfigError, match="no customer 'C-0009'"):
        house.make(customer="C-0009")


def test_customers_without_a_report_any_more_lose_their_folder(house: House) -> None:
    publish(house.ws, THREE)
    house.make(formats=("json",))
    publish(house.ws, THREE[:2], "b-2")
    house.make(formats=("json",), customer="C-0001")
    assert house.folder("c-0003").exists()  # one customer's run is no reason
    house.make(formats=("json",))
    assert not house.folder("c-0003").exists()


def test_codes_that_look_alike_have_folders_of_their_own(house: House) -> None:
    odd = [
        person(1, invoice("1.00"), customer_code="A/1"),
        person(2, invoice("2.00"), customer_code="a-1"),
        person(3, invoice("3.00"), customer_code="../../etc"),
        person(4, invoice("4.00"), customer_code="मीरा"),
        person(5, invoice("5.00"), customer_code=None),
    ]
    publish(house.ws, odd)
    keys = {a.key[0] for a in house.make(formats=("json",))}
    assert len(keys) == 5
    assert all(key.strip("abcdefghijklmnopqrstuvwxyz0123456789-_") == "" for key in keys)


@pytest.mark.parametrize(
    ("period", "first"),
    [
        (None, date(2025, 4, 1)),
        ("fiscal_year", date(2025, 4, 1)),
        ("quarter", date(2025, 7, 1)),
        ("month", date(2025, 9, 1)),
        ("all", date(2024, 11, 5)),
    ],
)
def test_the_tenant_chooses_the_period(workspace: Workspace, period: Any, first: date) -> None:
    config = ReportConfig(schedule=("0 6 1 * *",), period=period)
    house = House(workspace, reports={REPORT: config})
    publish(house.ws, [person(1, invoice("10.00", date(2024, 11, 5)), invoice("20.00"))])
    (made,) = house.make(formats=("json",))
    content = json.loads(made.path.read_bytes())["content"]
    assert (content["first"], content["last"]) == (first.isoformat(), AS_OF.isoformat())
    assert content["summary"]["closing"] == "30.00"


def test_an_entry_of_an_unknown_customer_is_still_stated(house: House) -> None:
    orphan = person(7, invoice("7.00"))
    publish(house.ws, [THREE[0], orphan])
    path = layout.builds_dir(house.ws, "skyline") / "b-1" / "customers.parquet"
    kept = pq.read_table(path).slice(0, 1)
    pq.write_table(kept, path)
    made = house.make(formats=("json",), customer="c-7")
    content = json.loads(made[0].path.read_bytes())["content"]
    assert content["customer"]["name"] == "Unknown customer"
    assert content["summary"]["closing"] == "7.00"


def test_a_held_tenants_report_says_so(house: House) -> None:
    publish(house.ws, THREE[:1])
    reason = HeldReason(check_name="ledger_ties", failures=1, sample=None, owner_hint=None)
    held = Held(tenant="skyline", as_of=AS_OF, reasons=(reason,))
    (house.ws.published("skyline") / layout.HELD).write_text(held.model_dump_json())
    (made,) = house.make(formats=("json",))
    assert json.loads(made.path.read_bytes())["envelope"]["marks"] == ["HELD"]


def test_wrong_dates_formats_and_columns_are_named(house: House) -> None:
    publish(house.ws, THREE[:1])
    with pytest.raises(ConfigError, match=r"as of 2025-09-18, not 2025-09-17; run `milepost"):
        house.make(as_of=date(2025, 9, 17))
    with pytest.raises(ConfigError, match="no format docx; it has pdf, html, archive, xlsx and"):
        house.make(formats=("docx",))
    path = layout.builds_dir(house.ws, "skyline") / "b-1" / "ledger_entries.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["is_back_dated"]), path)
    with pytest.raises(BuildError, match=r"ledger_entries\.is_back_dated"):
        house.make()
