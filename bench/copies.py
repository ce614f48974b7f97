"""Published builds of the size that a bench needs, multiplied out of the demo's."""

import json
from pathlib import Path

import duckdb

from pipeline.publish import layout
from pipeline.workspace import Workspace

# Each copy of a lead has its own id and owner's number, and lies up to four weeks apart.
_COPIED = {
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
}  # fmt: skip


def multiplied(ws: Workspace, tenant: str, times: int, copies: list[str]) -> None:
    """Publish `copies`, tenants of their own with `times` the leads of `tenant` each.

    Views and accounts stay those of `tenant`: what is measured is the work, not the figures.
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
            if table in _COPIED:
                db.execute(
                    f"COPY (SELECT * EXCLUDE (k) FROM (SELECT {_COPIED[table]}"
                    f" FROM '{source}', range({times}) AS copies(k))) TO '{target}'"
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
