"""The workbook: each reporting view as a sheet, as it is published, for whoever goes on counting.

A view with more rows than a sheet should hold is cut, newest (or likeliest) first, and says so;
`milepost query --format csv` gives all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from pipeline.reports.drawing.xlsx import Cell, Kind, Sheet, SheetColumn
from pipeline.reports.lists.units import units_of
from pipeline.reports.payload import Frozen, Payload
from pipeline.reports.report import Inputs, Key, ReportModule

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

# Opens in a second or two, and fits a worker.
MOST_ROWS = 50_000
# A fraction is shown as a percentage, and a percentage as what it is.
_PERCENTAGES: Mapping[str, Kind] = {"fraction": "percent", "percent": "points"}
_FIRST = (
    "date",
    "month",
    "booking_month",
    "milestone_date",
    "last_engagement",
    "booking_probability",
)


class ViewColumn(Frozen):
    name: str
    kind: Kind


class View(Frozen):
    """One view. `rows` as text, as JSON has them; `total`: how many rows there are."""

    name: str
    columns: tuple[ViewColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int


class Views(Frozen):
    views: tuple[View, ...]


class ViewWorkbook(ReportModule[Views]):
    """One workbook per tenant."""

    schema = "workbook/1"
    content = Views

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Views]]:
        yield (
            (),
            Views(views=tuple(_view(inputs.published, name) for name in inputs.report.tables)),
        )

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        for view in content.views:
            readers = [_READERS[column.kind] for column in view.columns]
            yield Sheet(
                view.name.removeprefix("v_"),
                tuple(SheetColumn(column.name, column.kind) for column in view.columns),
                [
                    tuple(
                        None if text is None else read(text)
                        for read, text in zip(readers, row, strict=True)
                    )
                    for row in view.rows
                ],
                total=view.total,
            )


def _view(published: Published, name: str) -> View:
    described = published.rows(f'describe "{name}"')
    columns = [
        ViewColumn(
            name=row["column_name"],
            kind=_kind(row["column_type"], units_of(name).get(row["column_name"])),
        )
        for row in described
        if row["column_name"] != "tenant_id"
    ]
    names = [column.name for column in columns]
    first = [f'"{column}" desc nulls last' for column in _FIRST if column in names]
    # Every column takes part, so that rows of one day come in one order.
    order = ", ".join([*first, *(f'"{column}"' for column in names)])
    listed = ", ".join(f'"{column}"' for column in names)
    rows = published.rows(
        f'select {listed} from "{name}" order by {order} limit $most',  # noqa: S608
        {"most": MOST_ROWS},
    )
    total = published.rows(f'select count(*) as n from "{name}"')[0]["n"]  # noqa: S608
    return View(
        name=name,
        columns=tuple(columns),
        rows=tuple(tuple(_write(value) for value in row.values()) for row in rows),
        total=total,
    )


def _kind(type_: str, unit: str | None) -> Kind:
    if unit is not None and unit in _PERCENTAGES:
        return _PERCENTAGES[unit]
    if type_.startswith("DECIMAL"):
        return "money" if type_.endswith(",2)") else "decimal"
    if type_ == "DOUBLE":
        return "decimal"
    if type_ == "DATE":
        return "date"
    if type_.startswith("TIMESTAMP"):
        return "moment"
    if type_ == "BOOLEAN":
        return "flag"
    return "number" if type_.endswith("INT") or type_ == "INTEGER" else "text"


def _write(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        # A sum of doubles depends on the order of its parts in the last bits.
        return repr(round(value, 9) + 0.0)
    return value.isoformat() if isinstance(value, date) else str(value)


def _flag(text: str) -> Cell:
    return text == "True"


_MOMENT = TypeAdapter(datetime)
_READERS: dict[Kind, Any] = {
    "text": str,
    "money": Decimal,
    "decimal": float,
    "percent": float,
    "points": float,
    "number": int,
    "date": date.fromisoformat,
    "moment": _MOMENT.validate_python,
    "flag": _flag,
}
