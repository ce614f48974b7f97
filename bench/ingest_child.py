"""What `bench.ingest` measures, each a process of its own: `python -m bench.ingest_child VERB`."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_SELECT = (
    "SELECT id::text, tenant_id, lead_id::text, engagement_type, engagement_date,"
    " engagement_channel, subject, notes, status, response_received, response_date,"
    " response_notes, assigned_to, duration_seconds, created_at FROM sales_lead_engagement"
)
_URL = "MILEPOST_BENCH_URL"


def read_adbc() -> None:
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(os.environ[_URL]) as connection, connection.cursor() as cursor:
        cursor.execute(_SELECT)
        print(len(cursor.fetch_arrow_table()))


def read_connectorx() -> None:
    import connectorx

    print(len(connectorx.read_sql(os.environ[_URL], _SELECT, return_type="arrow")))


def land(home: str, *entities: str) -> None:
    from pipeline.config.registry import load_registry
    from pipeline.config.workspace import Workspace
    from pipeline.landing.ingest import ingest

    ws = Workspace(Path(home))
    result = ingest(ws, load_registry(ws), entities, now=datetime.now(UTC))
    assert not result.with_status("refused", "waiting"), result.with_status("refused", "waiting")


def nothing() -> None:
    """What starting costs."""
    from pipeline.landing.ingest import ingest  # noqa: F401


def scan(path: str) -> None:
    import polars as pl

    from pipeline.contracts import CONTRACTS, Type

    types = {column.name: column.type for column in CONTRACTS["engagement"].columns}
    lazy = pl.scan_csv(path, infer_schema=False)
    typed = [
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", time_zone="UTC")
        if types[name] is Type.TIMESTAMP
        else pl.col(name) == "true"
        if types[name] is Type.BOOLEAN
        else pl.col(name).cast(types[name].dtype)
        for name in lazy.collect_schema().names()
    ]
    target = Path(path).with_suffix(".parquet")
    lazy.select(typed).sink_parquet(target, compression="zstd", compression_level=1)
    target.unlink()


VERBS: dict[str, Callable[..., None]] = {
    "read_adbc": read_adbc,
    "read_connectorx": read_connectorx,
    "land": land,
    "scan": scan,
    "nothing": nothing,
}
VERBS[sys.argv[1]](*sys.argv[2:])
