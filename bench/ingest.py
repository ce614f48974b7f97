"""Landing against reading alone: a database, a large CSV, no news, many small files.

Each figure is a ratio of two measurements of one run, or a count. PostgreSQL is started for it; the
data lies in build/bench/ingest and is made anew if that is removed.
"""

import itertools
import json
import shutil
import sys
from pathlib import Path

import psycopg

from bench.measure import Measured, measure, report
from pipeline.config.settings import child_environment
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.landing.batches.batches import read_batches
from tests.servers import postgres_server

HOME = Path("build/bench/ingest")
DATABASE_ROWS = 4_000_000
CSV_ROWS = 20_000_000
URL = "MILEPOST_BENCH_URL"
_CSV_HEADER = (
    "id,lead_id,engagement_type,engagement_date,engagement_channel,subject,status,"
    "response_received,duration_seconds,created_at\n"
)
_FILL = """
    CREATE TABLE sales_lead_engagement AS
    SELECT gen_random_uuid() AS id, 'skyline'::varchar(36) AS tenant_id,
        gen_random_uuid() AS lead_id,
        (ARRAY['email_sent', 'call_made', 'message_sent', 'quote_sent'])[1 + i % 4] AS
            engagement_type,
        timestamptz '2024-01-01' + i * interval '13 seconds' AS engagement_date,
        (ARRAY['email', 'phone', 'sms', 'whatsapp'])[1 + i % 4] AS engagement_channel,
        'Follow-up number ' || (i % 1000) AS subject,
        CASE WHEN i % 3 = 0 THEN 'Spoke about unit ' || i END AS notes, 'completed' AS status,
        i % 2 = 0 AS response_received,
        CASE WHEN i % 2 = 0 THEN timestamptz '2024-01-02' + i * interval '13 seconds' END AS
            response_date,
        NULL::text AS response_notes, 'user-' || (i % 50) AS assigned_to,
        i % 600 AS duration_seconds,
        timestamptz '2024-01-01' + i * interval '13 seconds' AS created_at
    FROM generate_series(1, {rows}) i
"""


def main() -> None:
    database()
    large_csv()
    no_news()
    small_files()


def database() -> None:
    """Landed, against reading into memory with the quicker of ADBC and connectorx."""
    with postgres_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(_FILL.format(rows=DATABASE_ROWS))
            connection.execute("ALTER TABLE sales_lead_engagement ADD PRIMARY KEY (id)")
            connection.execute("ANALYZE sales_lead_engagement")
        environment = child_environment({URL: server.url()})
        ratios, peak = [], 0.0
        for _ in range(2):
            read = min(
                (_child("read_" + how, environment) for how in ("adbc", "connectorx")),
                key=lambda each: each.seconds,
            )
            ws = _workspace("database", {"skyline": ["crm"]})
            source = {"type": "postgresql", "url_env": URL}
            ws.sources_file.write_text(json.dumps({"crm": source}))
            landed = _child("land", environment, str(ws.root), "engagement")
            print(
                f"  read {read.seconds:.1f} s ({read.gigabytes:.2f} GB), landed"
                f" {landed.seconds:.1f} s"
            )
            ratios.append(read.seconds / landed.seconds)
            peak = max(peak, landed.gigabytes)
    rows = f"{DATABASE_ROWS / 1e6:.0f} million rows from PostgreSQL"
    report(f"{rows}: speed of landing ÷ of reading", f"{max(ratios):.2f}", "0.50 or more")
    report(f"{rows}: peak memory", f"{peak:.2f} GB", "under 1 GB")


def large_csv() -> None:
    """Landed, against a typed polars scan of the same file written to Parquet: best of two each."""
    path = HOME / f"engagement-{CSV_ROWS}.csv"
    if not path.exists():
        _write_csv(path, CSV_ROWS)
    scans, landings = [], []
    for _ in range(2):
        ws = _workspace("csv", {"skyline": ["inbox"]})
        inbox = ws.inbox("skyline")
        inbox.mkdir(parents=True)
        (inbox / "engagement.csv").hardlink_to(path)
        scans.append(_child("scan", None, str(path)))
        landings.append(_child("land", None, str(ws.root), "engagement"))
        print(f"  scan {scans[-1].seconds:.1f} s, landed {landings[-1].seconds:.1f} s")
    plain, landed = (min(each, key=lambda run: run.seconds) for each in (scans, landings))
    rows = f"{CSV_ROWS / 1e6:.0f} million rows of CSV"
    ratio = f"{plain.seconds / landed.seconds:.2f}"
    report(f"{rows}: speed of landing ÷ of a typed scan", ratio, "0.40 or more")
    report(f"{rows}: peak memory", f"{landed.gigabytes:.2f} GB", "under 1.5 GB")


def no_news() -> None:
    """An ingest of 200 tenants with ten files each, all of which landed before."""
    tenants = [f"tenant-{number:03}" for number in range(200)]
    ws = _workspace("no_news", {key: ["inbox"] for key in tenants})
    for tenant, contract in itertools.product(tenants, CONTRACTS.values()):
        inbox = ws.inbox(tenant)
        inbox.mkdir(parents=True, exist_ok=True)
        names = [column.name for column in contract.columns if column.required]
        values = [_sample(contract.entity, name) for name in names]
        lines = [",".join(names), *(",".join([f"{n}", *values[1:]]) for n in range(20))]
        (inbox / f"{contract.entity}.csv").write_text("\n".join(lines) + "\n")
    entities = list(CONTRACTS)
    _child("land", None, str(ws.root), *entities)
    again = _child("land", None, str(ws.root), *entities)
    nothing = _child("nothing", None)
    own = again.seconds - nothing.seconds
    report("ingest that finds nothing new, 200 tenants, 10 entities", f"{own:.1f} s", "under 5 s")


def small_files() -> None:
    """Two thousand files of a hundred rows in one ingest."""
    ws = _workspace("small", {"skyline": ["inbox"]})
    inbox = ws.inbox("skyline")
    inbox.mkdir(parents=True)
    for number in range(2000):
        _write_csv(inbox / f"engagement_{number}.csv", 100, first=number * 100)
    landed = _child("land", None, str(ws.root), "engagement")
    batches = len(read_batches(ws, "engagement"))
    report("2,000 files of 100 rows", f"{landed.seconds:.0f} s", "minutes")
    report("2,000 files of 100 rows: batches", f"{batches}", "a handful")


def _workspace(name: str, tenants: dict[str, list[str]]) -> Workspace:
    root = HOME / name
    shutil.rmtree(root, ignore_errors=True)
    ws = Workspace(root)
    ws.tenants_dir.mkdir(parents=True)
    for tenant, sources in tenants.items():
        text = f"name: {tenant}\nsources: {json.dumps(sources)}\n"
        (ws.tenants_dir / f"{tenant}.yaml").write_text(text)
    return ws


def _sample(entity: str, name: str) -> str:
    column = next(column for column in CONTRACTS[entity].columns if column.name == name)
    if column.values:
        return column.values[0]
    return {"date": "2026-01-05", "timestamp": "2026-01-05T10:00:00", "money": "12.50"}.get(
        column.type.words, "x"
    )


def _write_csv(path: Path, rows: int, first: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        stream.write(_CSV_HEADER)
        for start in range(first, first + rows, 100_000):
            stream.writelines(
                f"E{n:09},L{n % 100_000:07},call_made,2026-01-{1 + n % 28:02}T10:{n % 60:02}:00,"
                f"phone,Follow-up {n % 1000},completed,{'true' if n % 2 else 'false'},{n % 600},"
                f"2026-01-{1 + n % 28:02}T10:00:{n % 60:02}\n"
                for n in range(start, min(start + 100_000, first + rows))
            )


def _child(verb: str, environment: dict[str, str] | None, *arguments: str) -> Measured:
    command = [sys.executable, "-m", "bench.ingest_child", verb, *arguments]
    return measure(command, environment)
