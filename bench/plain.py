"""The same tables by a plain DuckDB script: what dbt's own work is measured against.

Reads dbt's manifest of the last compile for the SQL and its order, and runs `CREATE TABLE … AS` for
each model in one connection with the same settings.

    python -m bench.plain MANIFEST DATABASE THREADS MEMORY_LIMIT TEMP_DIRECTORY
"""

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb


def main(manifest_file: str, database: str, threads: str, memory_limit: str, temp: str) -> None:
    manifest = json.loads(Path(manifest_file).read_text(encoding="utf-8"))
    models = {key: node for key, node in manifest["nodes"].items() if key.startswith("model.")}
    order = TopologicalSorter(
        {
            key: [d for d in node["depends_on"]["nodes"] if d in models]
            for key, node in models.items()
        }
    ).static_order()
    config = {"threads": threads, "memory_limit": memory_limit, "temp_directory": temp}
    with duckdb.connect(database, config={**config, "preserve_insertion_order": "false"}) as db:
        db.execute("SET TimeZone = 'UTC'")
        for schema in sorted({node["schema"] for node in models.values()}):
            db.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        for seed in (node for key, node in manifest["nodes"].items() if key.startswith("seed.")):
            file = Path(seed["root_path"], seed["original_file_path"])
            db.execute(f'CREATE SCHEMA IF NOT EXISTS "{seed["schema"]}"')
            name = f'"{seed["schema"]}"."{seed["alias"]}"'
            db.execute(f"CREATE TABLE {name} AS FROM read_csv('{file}')")
        for key in order:
            node = models[key]
            kind = node["config"]["materialized"]
            if kind != "ephemeral":
                what = "VIEW" if kind == "view" else "TABLE"
                name = f'"{node["schema"]}"."{node["alias"]}"'
                db.execute(f"CREATE {what} {name} AS {node['compiled_code']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
