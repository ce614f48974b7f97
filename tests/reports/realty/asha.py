"""The worked example as a published build, so that no test of a document has to build models.

`published/` holds what the models made of it (written by `dump`); that those are the known answers
is tested here (`test_example`) and, of the models, in tests/dbt_project/test_realty.py.
"""

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.tenant import BankDetails, Contact, Tenant
from pipeline.config.workspace import Workspace
from pipeline.publish.layout import BUILDS, Manifest, TableEntry, builds_dir, current_link
from pipeline.publish.reader import open_published
from pipeline.reports.catalogue import check_selection, find_report
from pipeline.reports.envelope import make_envelope
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import EVERYTHING, Selection

PUBLISHED = Path(__file__).parent / "published"
AS_OF = date(2026, 6, 30)
TABLES = (
    *("booking_accounts", "booking_parties", "brokerage", "cancellation_settlements"),
    *("collection_items", "collection_quality", "collection_weeks", "designated_account"),
    *("instalments", "interest_lines", "inventory", "projects", "stages", "tds_awaited"),
    *("tds_by_party", "unit_velocity", "units", "bookings", "customers", "ledger_entries"),
    *("ledger_open_items", "ledger_allocations", "v_customer_ledger_summary", "receivables"),
    *("source_freshness", "leads", "ledger_entry_states"),
)
ASHA = Tenant(
    id="asha",
    name="Asha Developers",
    legal_name="Asha Developers Private Limited",
    address=("5 Residency Road", "Bengaluru 560025"),
    pan="XXXXX9999X",
    bank=BankDetails(
        account_name="Asha Developers",
        account_number="0000000222",
        bank="Example Bank of India",
        ifsc="EXMP0000002",
        upi="asha@example",
    ),
    contact=Contact(name="CRM desk", email="crm@asha.example"),
)

Row = dict[str, Any]
Tables = dict[str, pa.Table]


@cache
def tables() -> Tables:
    """Every table, typed as it was published; each row is Asha's."""
    found = {}
    with duckdb.connect() as connection:
        for name in TABLES:
            path = PUBLISHED / f"{name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                columns = dict(column.split(":", 1) for column in next(csv.reader(file)))
            said = ", ".join(f"'{column}': '{type_}'" for column, type_ in columns.items())
            rows = connection.sql(
                f"select 'asha' as tenant_id, * from read_csv('{path}', header = false, skip = 1,"
                f" columns = {{{said}}}, nullstr = '', delim = ',', quote = '\"',"
                " auto_detect = false)"
            )
            found[name] = rows.to_arrow_table()
    return found


def changed(name: str, **values: Any) -> Tables:
    """The tables with these values in every row of one of them."""
    every, table = dict(tables()), tables()[name]
    for column, value in values.items():
        place = table.schema.get_field_index(column)
        field = table.schema.field(place)
        table = table.set_column(place, field, pa.array([value] * len(table), field.type))
    return {**every, name: table}


def emptied() -> Tables:
    """Of a tenant that has customers and bookings, and nothing of realty."""
    realty = set(TABLES[: TABLES.index("bookings")])
    return {
        name: table.slice(0, 0) if name in realty else table for name, table in tables().items()
    }


def publish(ws: Workspace, every: Tables, as_of: date = AS_OF) -> None:
    """Write the tables as Asha's current build."""
    build = builds_dir(ws, ASHA.id) / "20260630-example"
    build.mkdir(parents=True)
    for name, table in every.items():
        pq.write_table(table, build / f"{name}.parquet")
    entries = {name: TableEntry(rows=len(table), fingerprint="") for name, table in every.items()}
    manifest = Manifest(tenant=ASHA.id, build_id=build.name, as_of=as_of, tables=entries)
    (build / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    current_link(ws, ASHA.id).symlink_to(f"{BUILDS}/{build.name}")


def payloads(
    folder: Path,
    report: str,
    every: Tables | None = None,
    tenant: Tenant = ASHA,
    selection: Selection = EVERYTHING,
) -> dict[tuple[str, ...], Payload]:
    """The report's payloads by folder key."""
    ws, row = Workspace(folder), find_report(report)
    publish(ws, tables() if every is None else every)
    check_selection(row, selection)
    asked = ReportRequest(tenant.id, report, selection=selection)
    with open_published(ws, tenant.id) as published:
        envelope = make_envelope(ws, tenant, published)
        made = {}
        for key, content in row.module.contents(Inputs(row, tenant, envelope, published, asked)):
            if isinstance(content, Exception):
                raise content
            made[key] = Payload(schema_name=row.module.schema, envelope=envelope, content=content)
    return made


def rupees(text: str) -> Decimal:
    """8,80,000.00 as an amount."""
    return Decimal(text.replace(",", ""))
