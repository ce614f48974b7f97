"""Milepost: what sales teams' systems record, as numbers people trust and documents they can send.

sources    yield record batches from inbox files (and databases), read-only
landing    validates them into append-only raw/ Parquet; what breaks a rule goes to quarantine/
dbt        builds staging, marts and the reporting views in warehouse/ (disposable)
publish    splits the checked build by tenant into published/<tenant>/ with an atomic flip
reports    freeze published rows into a payload.json and render every format from it
delivery   sends each report of each period to each recipient once, and records it
defs       shows all of that in Dagster; `cli` is the `milepost` command
"""

import zoneinfo

# One time-zone database for all, the pinned tzdata package: the machine's files may be older.
zoneinfo.reset_tzpath(())

__version__ = "0.1.0"
