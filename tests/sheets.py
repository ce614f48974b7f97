"""Workbooks for tests, written part by part, as programs write them that no library imitates."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell(
    place: str, value: object = None, *, kind: str = "", style: int = 0, formula: str = ""
) -> str:
    """One <c>: a number, a text (inline), or what `kind` says; without anything an empty one."""
    attributes = f' r="{place}"' + (f' s="{style}"' if style else "")
    inside = f"<f>{formula}</f>" if formula else ""
    if isinstance(value, str) and not kind:
        return f'<c{attributes} t="inlineStr"><is><t>{value}</t></is></c>'
    attributes += f' t="{kind}"' if kind else ""
    inside += "" if value is None else f"<v>{value}</v>"
    return f"<c{attributes}>{inside}</c>" if inside else f"<c{attributes}/>"


def row(number: int, *cells: object) -> str:
    """Values in columns A, B, …, or cells as they are."""
    written = [
        each
        if isinstance(each, str) and each.startswith("<c")
        else cell(f"{chr(65 + at)}{number}", each)
        for at, each in enumerate(cells)
        if each is not None
    ]
    return f'<row r="{number}">{"".join(written)}</row>'


def book(
    sheets: Sequence[tuple[str, str, str]],
    formats: Sequence[str] = (),
    *,
    merged: Sequence[str] = (),
    prefix: str = "",
) -> bytes:
    """A workbook of (name, part, rows) in the order of its tabs; a part named chart… is a chart.

    Style 1 has the first of the number formats, and so on.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        listed, related = [], []
        for number, (name, part, rows) in enumerate(sheets, 1):
            kind = "chartsheet" if part.startswith("chart") else "worksheet"
            folder = f"{kind}s"
            listed.append(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>')
            target = f'Type="{_RELATION}/{kind}" Target="{folder}/{part}"'
            related.append(f'<Relationship Id="rId{number}" {target}/>')
            areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
            areas = f"<mergeCells>{areas}</mergeCells>" if areas else ""
            sheet = f"<worksheet xmlns='{_MAIN}'><sheetData>{rows}</sheetData>{areas}</worksheet>"
            archive.writestr(f"xl/{folder}/{part}", _prefixed(sheet, prefix))
        related.append(f'<Relationship Id="rS" Type="{_RELATION}/styles" Target="styles.xml"/>')
        archive.writestr(
            "xl/workbook.xml",
            f"<workbook xmlns='{_MAIN}' xmlns:r='{_RELATION}'><sheets>{''.join(listed)}</sheets>"
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f"<Relationships xmlns='{_PACKAGE}'>{''.join(related)}</Relationships>",
        )
        codes = "".join(
            f'<numFmt numFmtId="{164 + at}" formatCode="{_escaped(code)}"/>'
            for at, code in enumerate(formats)
        )
        styles = "".join(f'<xf numFmtId="{164 + at}"/>' for at in range(len(formats)))
        archive.writestr(
            "xl/styles.xml",
            f"<styleSheet xmlns='{_MAIN}'><numFmts>{codes}</numFmts>"
            f"<cellXfs><xf numFmtId='0'/>{styles}</cellXfs></styleSheet>",
        )
    return stream.getvalue()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _prefixed(sheet: str, prefix: str) -> str:
    """The same with every element's name behind a prefix, as some libraries write it."""
    if not prefix:
        return sheet
    for name in (
        "worksheet",
        "sheetData",
        "row",
        "c",
        "v",
        "f",
        "is",
        "t",
        "mergeCells",
        "mergeCell",
    ):
        for end in (" ", ">", "/"):
            sheet = sheet.replace(f"<{name}{end}", f"<{prefix}:{name}{end}")
        sheet = sheet.replace(f"</{name}>", f"</{prefix}:{name}>")
    return sheet.replace("xmlns=", f"xmlns:{prefix}=")
