"""A published build with all that is hard to copy, for the tests of exports."""

from datetime import date

import duckdb

from pipeline.config.settings import Settings
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.publish.dictionary import dictionary
from pipeline.publish.publish import publish

AS_OF = date(2026, 3, 31)
SKYLINE = Tenant(id="skyline", name="Skyline", legal_name="Skyline Homes", currency="INR")
OTHERS_SECRET = "belongs-to-trellis"
# What a careless copy changes: formulas, markup, signs that XML has no place for, an escape.
HOSTILE = [
    "=1+1",
    "-5",
    "@x",
    "<b>&amp;",
    "a\x0bb",
    "_x0041_",
    "मीरा ₹",
    "",
    "two\nlines",
    '"q", r',
]


def publish_build(ws: Workspace) -> None:
    """Publish `leads` and a few tables more, with the columns that their YAML says."""
    ws.warehouse_file.parent.mkdir(parents=True)
    ws.path("state").mkdir()
    with duckdb.connect(str(ws.warehouse_file)) as warehouse:
        warehouse.execute("CREATE SCHEMA marts; CREATE SCHEMA reporting")
        for name in ("tenants", "data_checks", "leads", "receivables"):
            table = dictionary()[name]
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            warehouse.execute(f"CREATE TABLE {table.layer}.{name} ({columns})")
        for tenant in ("skyline", "trellis"):
            warehouse.execute(
                "INSERT INTO marts.tenants BY NAME SELECT ? AS tenant_id, ? AS as_of_date",
                [tenant, AS_OF],
            )
            _insert_leads(warehouse, tenant)
        warehouse.execute("CREATE TABLE marts.unexplained AS SELECT 'skyline' AS tenant_id, 7 AS n")
    publish(ws, Settings(home=ws.root))


def _insert_leads(warehouse: duckdb.DuckDBPyConnection, tenant: str) -> None:
    for number, text in enumerate(HOSTILE if tenant == "skyline" else [OTHERS_SECRET]):
        warehouse.execute(
            """
            INSERT INTO marts.leads BY NAME SELECT
                $tenant AS tenant_id, 'L' || $number AS lead_id, $text AS lead_name,
                DATE '2026-03-01' + $number AS lead_date,
                TIMESTAMPTZ '2026-03-31 20:00:00.25+00' AS created_at,
                $number % 2 = 0 AS is_converted,
                12345678.90 + $number AS booked_value,
                CASE WHEN $number = 1 THEN 9999999999999999.99 END AS net_booked_value,
                CASE WHEN $number = 1 THEN DATE '1899-01-01' END AS lost_date,
                1.0 / 3 AS first_response_hours,
                $number AS engagement_count
            """,
            {"tenant": tenant, "number": number, "text": text},
        )
