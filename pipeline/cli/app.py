"""The `milepost` command: thin. Each verb runs a Dagster job or reads what is published.

Verbs that change something run as jobs in the workspace's Dagster instance, so the UI shows them;
the others import neither dagster nor dbt and answer in under a second. Results go to stdout (a
table, or JSON with --json), everything else to stderr. Exit codes: 0 well; 1 a tenant is held, a
file, table or source could not be read, or something failed; 2 bad usage or configuration.
"""

import signal
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import console, deliveries, lookups, published, tenants
from pipeline.cli.options import (
    AsOf,
    Home,
    Json,
    OneReport,
    OneTenant,
    Reports,
    Tenants,
    exit_if,
    open_workspace,
)
from pipeline.config.settings import Settings, hide_secrets, load_settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.core.locking import exclusive
from pipeline.core.private_files import keep_private

app = typer.Typer(
    name="milepost",
    help="Figures people trust and documents they can send, from what sales teams record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Customer = Annotated[
    str | None, typer.Option(help="One customer's code or id: the statement.", show_default=False)
]
Lead = Annotated[
    str | None, typer.Option(help="One lead's code or id: the timeline.", show_default=False)
]
FirstDay = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="First day.", show_default=False),
]
LastDay = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.", show_default=False),
]
Owner = Annotated[str | None, typer.Option(help="Only this owner's.")]
Source = Annotated[str | None, typer.Option(help="Only this source's, by name or code.")]
Campaign = Annotated[str | None, typer.Option(help="Only this campaign's, by name or id.")]
UnitType = Annotated[str | None, typer.Option(help="Only this unit type's.")]
Project = Annotated[str | None, typer.Option(help="Only this project's, by name or code.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="html, text, pdf, xlsx, archive (PDF/A) or json; repeatable."),
]


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _missed_days(settings: Settings) -> list[date]:
    """Past days whose owed reports nobody made at their time, so that they are made first."""
    with console.working("Looking for what is owed"):
        from pipeline.defs.run import missed_days

        return missed_days(settings.home)


def _run_job(settings: Settings, job: str, waiting: str, **options: Any) -> dict[str, Any]:
    """Run a Dagster job in this process; raises MilepostError if it failed."""
    if job in ("refresh", "daily"):
        # Turn a second refresh away before Dagster is imported, which takes seconds.
        with exclusive(Workspace(settings.home).refresh_lock_file, settings.now()):
            pass
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
    from pipeline.cli.new_workspace import init_workspace

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
    settings, _ = open_workspace(home)
    result = _run_job(
        settings, "refresh", "Refreshing", as_of=_day(as_of), entities=entity, full=full
    )
    unread = result.pop("unread", 0)
    _show_run(result, as_json)
    exit_if(result["held"] or unread)


@app.command()
def report(
    home: Home = None,
    tenant: Tenants = None,
    report: Reports = None,
    as_of: AsOf = None,
    customer: Customer = None,
    lead: Lead = None,
    first: FirstDay = None,
    last: LastDay = None,
    owner: Owner = None,
    source: Source = None,
    campaign: Campaign = None,
    unit_type: UnitType = None,
    project: Project = None,
    format: Formats = None,
    as_json: Json = False,
) -> None:
    """Render reports from what is published, or as of any day before."""
    settings, _ = open_workspace(home)
    result = _run_job(
        settings,
        "report",
        "Rendering",
        tenants=tenant,
        reports=report,
        as_of=_day(as_of),
        customer=customer,
        lead=lead,
        from_day=_day(first),
        to_day=_day(last),
        owner=owner,
        source=source,
        campaign=campaign,
        unit_type=unit_type,
        project=project,
        formats=format,
    )
    console.show(result, as_json)
    exit_if(result["failed"])


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
    settings, _ = open_workspace(home)
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
    exit_if(result["unsettled"])


@app.command()
def run(home: Home = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Refresh, report and send, as the schedules would."""
    settings, _ = open_workspace(home)
    missed = [] if as_of else _missed_days(settings)
    for day in missed:
        _run_job(settings, "catch_up", f"Making the reports of {day}", as_of=day)
    result = _run_job(settings, "daily", "Running", as_of=_day(as_of))
    result = {**({"made_up_for": missed} if missed else {}), **result}
    unread = result.pop("unread", 0)
    _show_run(result, as_json)
    exit_if(result["held"] or result["unsettled"] or unread)


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


app.add_typer(lookups.app)
app.add_typer(published.app)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(tenants.app, name="tenant")


def main() -> None:
    """Run the command line; errors for people are printed without a traceback."""
    hide_secrets()
    keep_private()
    # A command that is stopped ends what it started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        app()
    except MilepostError as error:
        console.fail(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
