"""Writes the tables that `asha` reads from a published build of the worked example.

    python -m tests.reports.realty.dump WORKSPACE TENANT

where the tenant's inbox held tests/dbt_project/realty/example, as of 30 June 2026.
"""

import csv
import sys
from pathlib import Path

from pipeline.config.workspace import Workspace
from pipeline.publish.reader import open_published
from tests.reports.realty.asha import PUBLISHED, TABLES


def dump(home: Path, tenant: str) -> None:
    """A file a table; the first line has names and types."""
    PUBLISHED.mkdir(exist_ok=True)
    with open_published(Workspace(home), tenant) as published:
        for table in TABLES:
            described = published.rows(f"describe {table}")
            names = [row["column_name"] for row in described if row["column_name"] != "tenant_id"]
            types = {row["column_name"]: row["column_type"] for row in described}
            chosen = ", ".join(f'"{name}"' for name in names)
            rows = published.rows(f"select {chosen} from {table} order by all")
            with (PUBLISHED / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([f"{name}:{types[name]}" for name in names])
                writer.writerows(row.values() for row in rows)


if __name__ == "__main__":
    dump(Path(sys.argv[1]), sys.argv[2])
