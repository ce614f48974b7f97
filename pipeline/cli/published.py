"""The verbs of `milepost` on what is published: tables, describe, export.

They read the dictionary and a tenant's current build, and write nothing but the export asked for.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.cli.options import Home, Json, OneTenant, open_workspace
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace

app = typer.Typer()


def _whose(home: Path | None, tenant: str | None) -> tuple[Workspace | None, Tenant | None]:
    """The workspace and the tenant; neither is needed to say what a table means."""
    if tenant is None:
        return None, None
    from pipeline.config.registry import load_registry

    _, ws = open_workspace(home)
    return ws, load_registry(ws).tenant(tenant)


@app.command()
def tables(home: Home = None, tenant: OneTenant = None, as_json: Json = False) -> None:
    """The published tables and what a row of each is; with --tenant, how many it has."""
    from pipeline.cli.explain import list_tables

    console.show(list_tables(*_whose(home, tenant)), as_json)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A published table, or a column of any.")],
    home: Home = None,
    tenant: OneTenant = None,
    as_json: Json = False,
) -> None:
    """A table: grain, columns, units, definitions, an example; or a column, wherever it is."""
    from pipeline.cli.explain import describe as described

    console.show(described(name, *_whose(home, tenant)), as_json)


@app.command()
def export(
    tenant: Annotated[str, typer.Option(help="The tenant whose published tables to copy.")],
    to: Annotated[
        Path, typer.Option(help="FILE.duckdb, FILE.xlsx, a folder; one table: FILE.csv, .parquet.")
    ],
    home: Home = None,
    format: Annotated[
        str | None, typer.Option(help="Of the files in a folder: parquet or csv.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option(help="Only this table; repeatable.", show_default=False)
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over what an earlier export left there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy a tenant's published tables, explained, for Excel, notebooks and BI tools."""
    from pipeline.config.registry import load_registry
    from pipeline.publish.export.export import Wish
    from pipeline.publish.export.export import export as write

    _, ws = open_workspace(home)
    wish = Wish(to, format, tuple(table) if table else None, replace)
    owner = load_registry(ws).tenant(tenant)
    with console.working("Exporting"):
        result = write(ws, owner, wish)
    console.show(result, as_json)


@app.command()
def goals(
    tenant: Annotated[str, typer.Option(help="The tenant whose goals to look at.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """How far along the goals of the tenant's file are, on the day that its figures are of."""
    from dataclasses import asdict

    from pipeline.config.registry import load_registry
    from pipeline.publish.reader import open_published
    from pipeline.reports.figures.goals import progress, rows

    _, ws = open_workspace(home)
    owner = load_registry(ws).tenant(tenant)
    with open_published(ws, tenant) as published:
        found = progress(published, owner)
        plain = [{**asdict(one), "share": one.share, "expected": one.expected} for one in found]
        listed = plain if as_json else list(rows(published, owner))
        none = None if found else f"none in tenants/{tenant}.yaml: add `goals`"
        console.show({"as_of": published.as_of, "goals": listed, "showing": none}, as_json)
