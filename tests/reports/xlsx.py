"""Reads XLSX files back: with openpyxl what is stored, with LibreOffice what a person sees."""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet


def stored(data: bytes) -> dict[str, Worksheet]:
    """The sheets by name, with the values as they are stored (formulas as formulas)."""
    return {sheet.title: sheet for sheet in load_workbook(io.BytesIO(data)).worksheets}


def values(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def shown(data: bytes, folder: Path) -> list[list[str]]:
    """The first sheet's cells as LibreOffice displays them. It must open without repair."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "book.xlsx"
    path.write_bytes(data)
    # A profile of its own: two LibreOffices cannot share one. 76: UTF-8, cells as shown.
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true",
            "--outdir",
            folder,
            path,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    text = (folder / "book.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))
