"""`milepost tenant`: what is done with a tenant as a whole."""

from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.cli.options import Home, Json, open_workspace

app = typer.Typer(help="Remove a tenant, or take one back.", no_args_is_help=True)

Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]


@app.command()
def remove(
    tenant: Tenant,
    home: Home = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what goes.")] = False,
    as_json: Json = False,
) -> None:
    """Remove everything kept of a tenant: rows, builds, reports, mails, its record and its file."""
    from pipeline.delivery import removal

    settings, ws = open_workspace(home)
    if yes:
        console.show({"removed": True, **removal.remove(ws, tenant, settings.now())}, as_json)
        return
    said = removal.foreseen(ws, tenant)
    console.show({"removed": False, **said, "next": "the same with --yes removes it"}, as_json)


@app.command()
def keep(tenant: Tenant, home: Home = None, as_json: Json = False) -> None:
    """Say that a tenant whose file is back is the one whose rows are still there."""
    from pipeline.delivery import removal

    _, ws = open_workspace(home)
    removal.keep(ws, tenant)
    console.show({"tenant": tenant, "next": "milepost refresh takes its rows again"}, as_json)
