"""The verbs of `milepost` that only look: query, status, quarantine, doctor.

They import neither dagster nor dbt, and what they do import they import when they are called, so
that each answers in under a second.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.cli.local_times import localised
from pipeline.cli.options import Home, Json, OneTenant, exit_if, open_workspace
from pipeline.core.errors import ConfigError

app = typer.Typer()


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='For example "SELECT * FROM v_kpi_dashboard".')],
    tenant: Annotated[str, typer.Option(help="The tenant whose published tables to read.")],
    home: Home = None,
    format: Annotated[str, typer.Option(help="table, json, csv or parquet.")] = "table",
    as_json: Json = False,
) -> None:
    """Read-only SQL over one tenant's published tables: docs/metrics.md says what is in them."""
    from tempfile import TemporaryDirectory

    from pipeline.config.registry import load_registry
    from pipeline.publish.reader import QueryLimits, open_published

    settings, ws = open_workspace(home)
    zone = load_registry(ws).tenant(tenant).zone
    with TemporaryDirectory(prefix="milepost-query-") as folder:
        limits = QueryLimits(
            *(settings.query_seconds, settings.query_memory, settings.query_disk),
            *(settings.query_rows, Path(folder)),
        )
        with open_published(ws, tenant, limits=limits) as published:
            console.write_result(published, sql, "json" if as_json else format, zone)


@app.command()
def status(home: Home = None, as_json: Json = False) -> None:
    """What each tenant's data is as of, what is held, delivered and due."""
    from pipeline.cli.status import workspace_status
    from pipeline.config.registry import load_registry

    settings, ws = open_workspace(home)
    result = workspace_status(ws, settings.now())
    console.show(localised(load_registry(ws), result), as_json)


@app.command()
def quarantine(
    home: Home = None,
    tenant: OneTenant = None,
    entity: Annotated[list[str] | None, typer.Option(help="Only this entity; repeatable.")] = None,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    limit: Annotated[int, typer.Option(help="At most so many rows in a table; 0 for all.")] = 50,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Those that a later delivery dealt with, and when.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rows that break a rule: what they say, why they wait, where they came from."""
    from pipeline.config.registry import load_registry
    from pipeline.landing.quarantine.listing import list_quarantine

    _, ws = open_workspace(home)
    registry = load_registry(ws)
    if tenant is not None:
        registry.tenant(tenant)
    rows = list_quarantine(ws, tenant=tenant, entities=entity, resolved=resolved)
    if as_json or format == "json":
        console.show(localised(registry, rows.as_result(ws.root)), as_json=True)
    elif format == "csv":
        console.write_rows(localised(registry, rows.flat()))
    elif format == "table":
        console.show(localised(registry, rows.as_table(limit)), as_json=False)
    else:
        raise ConfigError(f"no format {format!r}; there are table, json and csv")


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check machine, sources and mail; say how to mend what is wrong."""
    from pipeline.config.registry import load_registry
    from pipeline.doctor import examine
    from pipeline.doctor.finding import Patient

    settings, ws = open_workspace(home)
    result = examine(Patient(ws, load_registry(ws), settings))
    console.show(result, as_json)
    exit_if(result["state"] == "failed")
