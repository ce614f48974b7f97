"""`milepost demo`: write the demo organisation into a workspace and run everything on it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.calendar import local_yesterday
from pipeline.core.errors import ConfigError
from pipeline.demo.write import DemoSummary, write_demo

INDIA = ZoneInfo("Asia/Kolkata")
# Marks a workspace as the demo's own, which it may write again.
MARKER = "demo.txt"

RunJob = Callable[..., dict[str, Any]]


def run_demo(settings: Settings, scale: str, as_of: date | None, run_job: RunJob) -> dict[str, Any]:
    """Write, refresh, render and send; returns what was made and where to look.

    Raises ConfigError for a workspace with somebody's own tenants in it.
    """
    if scale not in ("small", "large"):
        raise ConfigError(f"no scale {scale!r}; there are small and large")
    ws = Workspace(settings.home)
    marker = ws.path("state", MARKER)
    if ws.tenants_dir.is_dir() and any(ws.tenants_dir.iterdir()) and not marker.exists():
        raise ConfigError(
            f"{ws.root} has tenants that are not the demo's; name another folder with --home"
        )
    as_of = as_of or local_yesterday(INDIA, settings.now())
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text("made by milepost demo\n")
    summary = write_demo(ws, as_of, scale)  # type: ignore[arg-type]
    refreshed = run_job(settings, "refresh", "Reading, building, publishing", as_of=as_of)
    rendered = run_job(settings, "report", "Rendering", as_of=as_of)
    sent = run_job(settings, "send", "Sending", as_of=as_of)
    return _summary(ws, as_of, summary, refreshed, rendered, sent)


def _summary(
    ws: Workspace,
    as_of: date,
    written: DemoSummary,
    refreshed: dict[str, Any],
    rendered: dict[str, Any],
    sent: dict[str, Any],
) -> dict[str, Any]:
    """What `make demo` ends with: what was made, and where to look."""
    tenants = [build["tenant"] for build in refreshed["published"]]
    first = tenants[0] if tenants else "TENANT"
    return {
        "workspace": str(ws.root),
        "as_of": as_of,
        "tenants": [_tenant_row(tenant, refreshed, rendered, sent) for tenant in tenants],
        "bad_rows_planted": written.bad_total,
        "failed": rendered["failed"],
        "look_at": [
            *(f"{path}" for path in _showpieces(rendered["artifacts"], first)),
            f"{ws.outbox(first)}/   (open an .eml with a mail program)",
            f'milepost query --home {ws.root} --tenant {first} "SELECT * FROM v_kpi_dashboard"',  # noqa: S608
            f"milepost status --home {ws.root}",
            "make dev   (the Dagster UI)",
        ],
    }


def _tenant_row(
    tenant: str, refreshed: dict[str, Any], rendered: dict[str, Any], sent: dict[str, Any]
) -> dict[str, Any]:
    landed = [row for row in refreshed["landed"] if row["tenant"] == tenant]
    return {
        "tenant": tenant,
        "rows_landed": sum(row["landed"] for row in landed),
        "quarantined": sum(row["quarantined"] for row in landed),
        "artifacts": sum(row["tenant"] == tenant for row in rendered["artifacts"]),
        "mails_sent": sum(
            row["tenant"] == tenant and row["state"] == "sent" for row in sent["deliveries"]
        ),
    }


def _showpieces(artifacts: list[dict[str, Any]], tenant: str) -> list[str]:
    """One page of each report of the tenant, the nicest format first."""
    found: dict[str, str] = {}
    for artifact in artifacts:
        if artifact["tenant"] == tenant and artifact["format"] in ("html", "pdf"):
            found.setdefault(artifact["report"], artifact["path"])
    return list(found.values())
