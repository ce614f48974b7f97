"""`milepost deliveries`: what became of each mail, and a person's word on it.

These verbs read and correct the delivery record itself and send nothing, so they are no Dagster
runs: what they queue goes out with the next `milepost send` or tick.
"""

from datetime import datetime
from typing import Annotated, Any

import typer

from pipeline.cli import console
from pipeline.cli.local_times import localised
from pipeline.cli.options import Home, Json, OneReport, OneTenant, open_workspace
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError, MilepostError

app = typer.Typer(help="What became of each mail; resolve, retry, suppress.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The number that `milepost deliveries list` shows.")]


@app.command("list")
def list_(
    home: Home = None,
    tenant: OneTenant = None,
    report: OneReport = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only in this state, or `open`; repeatable.")
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    limit: Annotated[int, typer.Option(help="The newest so many; 0 for all.")] = 50,
    as_json: Json = False,
) -> None:
    """Deliveries, the newest first."""
    from pipeline.delivery import bookkeeping

    _, ws = open_workspace(home)
    day = as_of.date() if as_of else None
    found = bookkeeping.listed(ws, tenant=tenant, report=report, states=state, as_of=day)
    shown = found[:limit] if limit else found
    cut = f"{len(shown)} of {len(found)}; --limit 0 for all" if len(shown) < len(found) else None
    result = {"deliveries": shown, "showing": cut if found else "there are none"}
    _show(ws, result, as_json)


@app.command()
def show(number: Number, home: Home = None, as_json: Json = False) -> None:
    """One delivery whole: its history, its mail's headers, its bounces."""
    from pipeline.delivery import bookkeeping

    _, ws = open_workspace(home)
    _show(ws, bookkeeping.whole(ws, number), as_json)


@app.command()
def resolve(
    number: Number,
    home: Home = None,
    sent: Annotated[bool, typer.Option("--sent", help="It arrived.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="It is to be left.")] = False,
    because: Annotated[str, typer.Option(help="For the history.")] = "a person said so",
    as_json: Json = False,
) -> None:
    """Say what became of an uncertain mail, or that a dead or waiting one is to be left."""
    from pipeline.delivery import bookkeeping

    if sent == skip:
        raise ConfigError("say either --sent (it arrived) or --skip (it is to be left)")
    settings, ws = open_workspace(home)
    act = bookkeeping.mark_sent if sent else bookkeeping.leave
    _show(ws, act(ws, number, because, settings.now()), as_json)


@app.command()
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Numbers; all dead ones of --tenant or of all.")
    ] = None,
    home: Home = None,
    tenant: OneTenant = None,
    report: OneReport = None,
    as_json: Json = False,
) -> None:
    """Queue what failed, and only that; `milepost send` or the next tick sends it."""
    from pipeline.delivery import bookkeeping

    settings, ws = open_workspace(home)
    now = settings.now()
    queued = bookkeeping.retry(ws, numbers or [], tenant=tenant, report=report, now=now)
    _show(ws, {"queued": queued}, as_json)


@app.command()
def suppress(
    address: str,
    home: Home = None,
    tenant: OneTenant = None,
    report: OneReport = None,
    because: Annotated[str, typer.Option(help="For the record.")] = "a person said so",
    as_json: Json = False,
) -> None:
    """Send nothing more to an address: of one report of one tenant, or of any."""
    from pipeline.delivery import bookkeeping

    if (tenant is None) != (report is None):
        raise ConfigError("name both --tenant and --report, or neither for everything")
    settings, ws = open_workspace(home)
    bookkeeping.suppress(ws, address, tenant, report, because, settings.now())
    _show(ws, _suppressed(ws), as_json)


@app.command()
def allow(address: str, home: Home = None, as_json: Json = False) -> None:
    """Lift what suppresses an address."""
    from pipeline.delivery import bookkeeping

    _, ws = open_workspace(home)
    if not bookkeeping.allow(ws, address):
        raise MilepostError(f"{address} is not suppressed")
    _show(ws, _suppressed(ws), as_json)


@app.command()
def override(
    tenant: str,
    because: Annotated[str, typer.Option(help="Why, for the record.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let a held tenant's figures go out all the same, stamped UNVERIFIED."""
    from pipeline.delivery import bookkeeping

    settings, ws = open_workspace(home)
    _show(ws, bookkeeping.override(ws, tenant, because, settings.now()), as_json)


@app.command()
def backup(target: str, home: Home = None, as_json: Json = False) -> None:
    """Copy the delivery record to a file, whole, even while a run writes to it."""
    from pathlib import Path

    from pipeline.delivery.record.deliveries import Deliveries

    _, ws = open_workspace(home)
    with Deliveries(ws.deliveries_file) as record:
        record.back_up(Path(target).absolute())
    console.show({"copied_to": target}, as_json)


def _show(ws: Workspace, result: dict[str, Any], as_json: bool) -> None:
    """The result with each tenant's times as its clocks show them."""
    from pipeline.config.registry import load_registry

    console.show(localised(load_registry(ws), result), as_json)


def _suppressed(ws: Workspace) -> dict[str, Any]:
    from pipeline.delivery import bookkeeping

    return {"suppressed": bookkeeping.suppressed(ws)}
