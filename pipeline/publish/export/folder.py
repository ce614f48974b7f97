"""An export as a folder of CSV or Parquet files, one a table, and what is in them.

`columns.csv` says what each column means, `export.json` whose build it is and as of when.
"""

import csv
import json
from pathlib import Path

import polars as pl
import pyarrow.parquet

from pipeline.publish.export.content import COLUMN_HEADS, Content

FORMATS = ("parquet", "csv")
MARK = "export.json"

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = r"^[=+\-@\t\r]"
_INSTANT = "%Y-%m-%dT%H:%M:%S%:z"


def write_folder(content: Content, folder: Path, format_: str) -> None:
    """Write every table, what its columns mean, and whose build it is, into an empty folder."""
    for table in content.tables:
        write_table(content, table.name, folder / f"{table.name}.{format_}", format_)
    with (folder / "columns.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMN_HEADS)
        writer.writerows(content.columns())
    about = {name.lower().replace(" ", "_"): value for name, value in content.about()}
    tables = {table.name: content.rows(table.name) for table in content.tables}
    text = json.dumps({**about, "tables": tables}, ensure_ascii=False, indent=2)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def write_table(content: Content, table: str, path: Path, format_: str) -> None:
    """Write one table to one file, a piece at a time."""
    reader = content.read(table).to_arrow_reader(100_000)
    if format_ == "parquet":
        with pyarrow.parquet.ParquetWriter(path, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
        return
    with path.open("wb") as file:
        # Excel takes a CSV file for its machine's own code page unless it begins with this mark.
        _for_spreadsheets(content, pl.from_arrow(reader.schema.empty_table())).write_csv(
            file, include_bom=True
        )
        for batch in reader:
            frame = _for_spreadsheets(content, pl.from_arrow(batch))
            frame.write_csv(file, include_header=False, datetime_format=_INSTANT)


def _for_spreadsheets(content: Content, rows: pl.DataFrame | pl.Series) -> pl.DataFrame:
    """Instants in local time, and text that would become a formula marked as text."""
    frame = rows if isinstance(rows, pl.DataFrame) else rows.to_frame()
    texts = pl.selectors.string()
    instants = pl.selectors.datetime(time_zone="*")
    return frame.with_columns(
        pl.when(texts.str.contains(_FORMULA)).then("'" + texts).otherwise(texts).name.keep(),
        instants.dt.convert_time_zone(str(content.zone)),
    )
