#!/usr/bin/env bash
# Time zones in one Python process: polars 2.1.0, DuckDB 1.5.6 and zoneinfo with tzdata 2026.6 carry a
# time-zone database each, and they disagree about zones whose rules changed in 2026. Installing a newer
# tzdata moves zoneinfo alone.
#
# A good engineer expects one database a process, or that the newest package counts for all. British
# Columbia stays at UTC-7 and Manitoba at UTC-5 in the winter of 2026/27: noon UTC is another hour, and a
# time near midnight another day, depending on which library is asked.
#
# Output seen (hour of 2026-12-15 12:00 UTC):
#   America/Vancouver: zoneinfo 5 duckdb 5 polars 4
#   America/Winnipeg: zoneinfo 7 duckdb 6 polars 6
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check polars==2.1.0 duckdb==1.5.6 tzdata==2026.6 pytz 2>/dev/null
cat > "$folder/look.py" <<'PY'
import zoneinfo
from datetime import UTC, datetime

import duckdb
import polars as pl

zoneinfo.reset_tzpath([])  # the package's zones, not the machine's
at = datetime(2026, 12, 15, 12, tzinfo=UTC)
seen = {}
for zone in ("America/Vancouver", "America/Winnipeg"):
    query = "SELECT hour(TIMESTAMPTZ '2026-12-15 12:00:00+00' AT TIME ZONE ?)"
    (of_duckdb,) = duckdb.execute(query, [zone]).fetchone()
    of_polars = pl.Series([at]).dt.convert_time_zone(zone).dt.hour()[0]
    seen[zone] = (at.astimezone(zoneinfo.ZoneInfo(zone)).hour, of_duckdb, of_polars)
    print(f"{zone}: zoneinfo {seen[zone][0]} duckdb {of_duckdb} polars {of_polars}")
assert seen == {"America/Vancouver": (5, 5, 4), "America/Winnipeg": (7, 6, 6)}, "behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/look.py"
