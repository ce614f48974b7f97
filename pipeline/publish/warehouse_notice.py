"""A word beside the warehouse for whoever is about to open it with a tool of their own."""

from pathlib import Path

NAME = "READ-ME-FIRST.txt"
NOTICE = """\
warehouse.duckdb is Milepost's own: it holds every tenant, is rebuilt without notice, and while
another program has it open no refresh can run. To look into the data use one of these:

    milepost query --tenant T "SELECT * FROM v_kpi_dashboard"
    milepost export --tenant T --to FILE.duckdb        (or FILE.xlsx, or a folder)

docs/analysts.md says how spreadsheets, notebooks and BI tools read such a copy.
"""


def leave_notice(folder: Path) -> None:
    """Write the notice into the warehouse's folder, once."""
    if not (folder / NAME).exists():
        (folder / NAME).write_text(NOTICE, encoding="utf-8")
