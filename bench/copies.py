"""Published builds of the size that a bench needs, multiplied out of the demo's."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb

from bench.refresh import published_demo
from pipeline.config.settings import load_settings
from pipeline.config.workspace import Workspace
from pipeline.publish import layout

SMALL = Path("build/bench/small")
COPIES = Path("build/bench/copies")
# What the demo's largest tenant has.
DEMO_LEADS = 2_500
# Each copy of a lead has its own id and owner's number, and lies up to four weeks apart.
OF_LEADS = {
    "leads": """* REPLACE (lead_id || '-' || k AS lead_id, lead_code || '-' || k AS lead_code,
        owner_name || ' ' || (k % 6) AS owner_name,
        lead_date - CAST((hash(lead_id, k) % 28) AS INT) AS lead_date)""",
    "bookings": """* REPLACE (lead_id || '-' || k AS lead_id,
        booking_code || '-' || k AS booking_code, booking_id || '-' || k AS booking_id,
        owner_name || ' ' || (k % 6) AS owner_name)""",
    "milestones": """* REPLACE (lead_id || '-' || k AS lead_id,
        milestone_id || '-' || k AS milestone_id)""",
    "engagement": """* REPLACE (lead_id || '-' || k AS lead_id,
        engagement_id || '-' || k AS engagement_id)""",
    "follow_ups": """* REPLACE (lead_id || '-' || k AS lead_id,
        owner_name || ' ' || (k % 6) AS owner_name)""",
}


# The same for customers and their accounts.
_CUSTOMER = "* REPLACE (customer_id || '-' || k AS customer_id)"
_CODED = """* REPLACE (customer_id || '-' || k AS customer_id,
        customer_code || '-' || k AS customer_code)"""
OF_ACCOUNTS = {
    **dict.fromkeys(("customers", "v_customer_ledger_summary"), _CODED),
    **dict.fromkeys(("ledger_entries", "ledger_open_items", "ledger_allocations"), _CUSTOMER),
    "bookings": _CUSTOMER,
}


def copied_demo(times: int, tenants: list[str], copied: Mapping[str, str] = OF_LEADS) -> Workspace:
    """A workspace of its own with the published demo and `tenants`, see `multiplied`."""
    settings = load_settings(SMALL)
    small = Workspace(settings.home)
    source = published_demo(small, settings, "small")
    shutil.rmtree(COPIES, ignore_errors=True)
    shutil.copytree(small.tenants_dir, COPIES / "tenants")
    shutil.copy(small.sources_file, COPIES)
    shutil.copytree(small.published_root, COPIES / "published", symlinks=True)
    ws = Workspace(COPIES.resolve())
    multiplied(ws, source, times, tenants, copied)
    return ws


def multiplied(
    ws: Workspace, tenant: str, times: int, copies: list[str], copied: Mapping[str, str]
) -> None:
    """Publish `copies`, tenants of their own with `times` the leads (or accounts) of `tenant` each.

    All else stays that of `tenant`: what is measured is the work, not the figures.
    """
    build = layout.current_link(ws, tenant).resolve()
    settings = (ws.tenants_dir / f"{tenant}.yaml").read_text(encoding="utf-8")
    manifest = json.loads((build / layout.MANIFEST).read_text(encoding="utf-8"))
    # A copy's tables are one file each.
    in_parts = {table for table, entry in manifest["tables"].items() if entry.pop("parts")}
    first = _write(ws, copies[0], settings, manifest)
    with duckdb.connect() as db:
        for table in manifest["tables"]:
            source = build / (f"{table}/*.parquet" if table in in_parts else f"{table}.parquet")
            target = first / f"{table}.parquet"
            if table in copied or table in in_parts:
                columns, number = copied.get(table, "*"), times if table in copied else 1
                db.execute(
                    f"COPY (SELECT * EXCLUDE (k) FROM (SELECT {columns}"
                    f" FROM '{source}', range({number}) AS copies(k))) TO '{target}'"
                )
            else:
                target.hardlink_to(source)
    for name in copies[1:]:
        folder = _write(ws, name, settings, manifest)
        for file in first.glob("*.parquet"):
            (folder / file.name).hardlink_to(file)


def _write(ws: Workspace, tenant: str, settings: str, manifest: dict[str, object]) -> Path:
    """The tenant's file and an empty build folder with its manifest."""
    named = settings.replace("name: ", f"name: {tenant} ", 1)
    (ws.tenants_dir / f"{tenant}.yaml").write_text(named, encoding="utf-8")
    folder = layout.builds_dir(ws, tenant) / str(manifest["build_id"])
    folder.mkdir(parents=True)
    text = json.dumps({**manifest, "tenant": tenant})
    (folder / layout.MANIFEST).write_text(text, encoding="utf-8")
    layout.current_link(ws, tenant).symlink_to(f"{layout.BUILDS}/{folder.name}")
    return folder
