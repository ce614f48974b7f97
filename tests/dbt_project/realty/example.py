"""The worked example: a developer's books as CSV files of the contract, and the known answers.

`example/` is the input, `expected/` what was computed from it by hand and with exact fractions.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from pipeline.contracts import CONTRACTS, Type
from tests.dbt_project.scenario import Row, Scenario, Tables, customer, day

HERE = Path(__file__).parent
AS_OF = day("2026-06-30")


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(name: str) -> list[dict[str, str]]:
    return rows_of_csv(HERE / "expected" / f"{name}.csv")


def typed(entity: str, row: dict[str, str]) -> Row:
    kinds = {column.name: column.type for column in CONTRACTS[entity].columns}
    return {name: _value(kinds[name], text) for name, text in row.items() if text != ""}


def _value(kind: Type, text: str) -> object:
    match kind:
        case Type.DATE:
            return date.fromisoformat(text)
        case Type.INTEGER:
            return int(text)
        case Type.MONEY | Type.AREA | Type.PERCENT:
            return str(Decimal(text))
        case _:
            return text


def tables() -> dict[str, list[Row]]:
    """Every table of the example; the customers are told by their bookings."""
    found = {
        path.stem: [typed(path.stem, row) for row in rows_of_csv(path)]
        for path in sorted((HERE / "example").glob("*.csv"))
    }
    found["customers"] = [customer(f"C{number}") for number in range(1, 7)]
    return found


def asha(as_of: date = AS_OF, **changes: object) -> Scenario:
    told: Tables = tables()
    return Scenario(as_of, [told], **changes)  # type: ignore[arg-type]
