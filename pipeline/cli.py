"""The `milepost` command: thin. Each verb runs a Dagster job or reads what is published.

Verbs that change something run as jobs in the workspace's Dagster instance, so the UI shows them;
the others import neither dagster nor dbt and answer in under a second. Results go to stdout (a
table, or JSON with --json), everything else to stderr. Exit codes: 0 well; 1 a tenant is held or
something failed; 2 bad usage or configuration.
"""

import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import console
from pipeline.errors import ConfigError, MilepostError
from pipeline.settings import Settings, load_settings
from pipeline.workspace import Workspace

app = typer.Typer(
    name="milepost",
    help="Figures people trust and documents they can send, from what sales teams record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

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


def _open(home: Path | None) -> tuple[Settings, Workspace]:
    """Settings and workspace; ConfigError if there is no workspace to work in."""
    settings = load_settings(home)
    ws = Workspace(settings.home)
    if not ws.tenants_dir.is_dir():
        raise ConfigError(
            f"{ws.root} is not a workspace: it has no tenants/ folder."
            " Make one with `milepost init DIR` or `milepost demo`, or name another with --home."
        )
    return settings, ws


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _run_job(settings: Settings, job: str, waiting: str, **options: Any) -> dict[str, Any]:
    """Run a Dagster job in this process; raises MilepostError if it failed."""
    with console.working(waiting):
        from pipeline.defs.run import run_job

        return run_job(settings.home, job, **options)


@app.command()
def demo(
    home: Home = None,
    scale: Annotated[str, typer.Option(help="small (three tenants) or large (200).")] = "small",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Make a workspace with tenants and data that look real, and run everything on it."""
    from pipeline.demo.run import run_demo

    console.show(run_demo(load_settings(home), scale, _day(as_of), _run_job), as_json)


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    as_json: Json = False,
) -> None:
    """Make an empty workspace with an example tenant."""
    from pipeline.init import init_workspace

    console.show(init_workspace(directory), as_json)


@app.command()
def refresh(
    home: Home = None,
    as_of: AsOf = None,
    entity: Annotated[list[str] | None, typer.Option(help="Read only this entity.")] = None,
    full: Annotated[bool, typer.Option(help="Rebuild every model from raw.")] = False,
    as_json: Json = False,
) -> None:
    """Read what is new, build, check and publish."""
    settings, _ = _open(home)
    result = _run_job(
        settings, "refresh", "Refreshing", as_of=_day(as_of), entities=entity, full=full
    )
    _show_run(result, as_json)
    _exit_if(result["held"])


@app.command()
def report(
    home: Home = None,
    tenant: Tenants = None,
    report: Reports = None,
    as_of: AsOf = None,
    customer: Annotated[str | None, typer.Option(help="One customer's code or id.")] = None,
    format: Annotated[list[str] | None, typer.Option(help="html, text or pdf.")] = None,
    as_json: Json = False,
) -> None:
    """Render reports from what is published."""
    settings, _ = _open(home)
    result = _run_job(
        settings,
        "report",
        "Rendering",
        tenants=tenant,
        reports=report,
        as_of=_day(as_of),
        customer=customer,
        formats=format,
    )
    console.show(result, as_json)
    _exit_if(result["failed"])


@app.command()
def send(
    home: Home = None,
    tenant: OneTenant = None,
    report: OneReport = None,
    as_of: AsOf = None,
    to: Annotated[str | None, typer.Option(help="A test copy to this address instead.")] = None,
    dry_run: Annotated[
        bool, typer.Option(help="Show what would go to whom; send nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Deliver what is due, once."""
    settings, _ = _open(home)
    result = _run_job(
        settings,
        "send",
        "Sending",
        tenant=tenant,
        report=report,
        as_of=_day(as_of),
        to=to,
        dry_run=dry_run,
    )
    console.show(result, as_json)
    _exit_if(result["unsettled"])


@app.command()
def run(home: Home = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Refresh, report and send, as the schedules would."""
    settings, _ = _open(home)
    result = _run_job(settings, "daily", "Running", as_of=_day(as_of))
    _show_run(result, as_json)
    _exit_if(result["held"] or result["unsettled"])


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='For example "SELECT * FROM v_kpi_dashboard".')],
    tenant: Annotated[str, typer.Option(help="The tenant whose published tables to read.")],
    home: Home = None,
    format: Annotated[str, typer.Option(help="table, json, csv or parquet.")] = "table",
    as_json: Json = False,
) -> None:
    """Read-only SQL over one tenant's published tables."""
    from pipeline.publish.reader import open_published

    _, ws = _open(home)
    with open_published(ws, tenant) as published:
        console.write_result(published.query(sql), "json" if as_json else format)


@app.command()
def status(home: Home = None, as_json: Json = False) -> None:
    """What each tenant's data is as of, what is held, delivered and due."""
    from pipeline.status import workspace_status

    settings, ws = _open(home)
    console.show(workspace_status(ws, settings.now()), as_json)


def _show_run(result: dict[str, Any], as_json: bool) -> None:
    """The whole result as JSON; for a person, what landed summed over a tenant's entities."""
    if not as_json:
        result = {**result, "landed": _by_tenant(result["landed"])}
    console.show(result, as_json)


def _by_tenant(landed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[str, Counter[str]] = {}
    for row in landed:
        counts = {key: value for key, value in row.items() if isinstance(value, int)}
        sums.setdefault(row["tenant"], Counter()).update(counts)
    return [{"tenant": tenant, **counts} for tenant, counts in sums.items()]


def _exit_if(something_is_wrong: object) -> None:
    if something_is_wrong:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors for people are printed without a traceback."""
    try:
        app()
    except MilepostError as error:
        console.fail(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
