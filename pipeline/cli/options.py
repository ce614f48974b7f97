"""What the commands have in common: their options, the workspace they open, how they end."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.config.settings import Settings, load_settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="The workspace. [default: $MILEPOST_HOME, else ./workspace]",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The result as JSON on stdout.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="The day the figures are for. [default: each tenant's yesterday]",
        show_default=False,
    ),
]
Tenants = Annotated[
    list[str] | None, typer.Option("--tenant", help="Only this tenant; repeatable.")
]
OneTenant = Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")]
Reports = Annotated[
    list[str] | None, typer.Option("--report", help="Only this report; repeatable.")
]
OneReport = Annotated[str | None, typer.Option("--report", help="Only this report.")]


def open_workspace(home: Path | None) -> tuple[Settings, Workspace]:
    """Settings and workspace; ConfigError if there is no workspace to work in."""
    settings = load_settings(home)
    ws = Workspace(settings.home)
    if not ws.tenants_dir.is_dir():
        raise ConfigError(
            f"{ws.root} is not a workspace: it has no tenants/ folder."
            " Make one with `milepost init DIR` or `milepost demo`, or name another with --home."
        )
    return settings, ws


def exit_if(something_is_wrong: object) -> None:
    if something_is_wrong:
        raise typer.Exit(1)
