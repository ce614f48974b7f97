"""What the published tables mean, as the YAML says it."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from pipeline.publish.dictionary import DefinedColumn, DefinedTable, dictionary, unit_of

TABLES = dictionary()


def test_every_published_model_is_in_it_reporting_views_first() -> None:
    names = list(TABLES)
    assert names[0] == "receivables"
    assert {"v_kpi_dashboard", "leads", "ledger_entries", "data_checks"} <= set(names)
    assert not [name for name in names if name.startswith(("int_", "stg_"))]


def test_a_table_says_what_a_row_is_and_what_it_is_made_from() -> None:
    leads = TABLES["leads"]
    assert leads.meaning.startswith("Leads that came by the as-of day")
    assert leads.grain == "one row per tenant and lead."
    assert leads.keys == ("tenant_id", "lead_id")
    assert "receivables" in TABLES["v_kpi_dashboard"].reads


def test_a_column_says_its_unit_formula_and_pitfall() -> None:
    columns = {column.name: column for column in TABLES["v_kpi_dashboard"].columns}
    rate = columns["conversion_rate"]
    assert (rate.unit, rate.formula) == ("fraction, 0 to 1", "converted_leads ÷ total_leads")
    assert "Young leads weigh it down" in rate.told
    assert columns["booked_amount"].unit == "money"


@pytest.mark.parametrize(
    ("name", "type_", "unit"),
    [
        ("step_rate_demo", "double precision", "fraction, 0 to 1"),
        ("conversion_rate_legacy", "double precision", "percent"),
        ("collection_pct", "double precision", "percent"),
        ("days_1_30", "decimal(18,2)", "money"),
        ("days_overdue", "integer", "days"),
        ("median_days_to_booking", "double precision", "days"),
        ("lead_month", "date", "month, as its first day"),
        ("lead_date", "date", "local day"),
        ("roas", "double precision", ""),
    ],
)
def test_the_unit_follows_from_name_and_type(name: str, type_: str, unit: str) -> None:
    assert unit_of(name, type_) == unit


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table, without rows."""
    with duckdb.connect() as connection:
        for table in TABLES.values():
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
        yield connection


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_example_runs_on_the_columns_that_there_are(
    table: DefinedTable, empty: duckdb.DuckDBPyConnection
) -> None:
    empty.execute(table.example)
    assert table.name in table.example


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_has_a_grain_whose_key_it_has(table: DefinedTable) -> None:
    assert table.grain
    assert set(table.keys) <= {column.name for column in table.columns}
    assert table.keys[0] == "tenant_id"


# A column is read alone: in a sorted catalogue, as a heading's note, as a comment in a BI tool.
LEANS_ON_ANOTHER = re.compile(
    r"^(Of (them|it|those)\b|Their |Its |It |The same )"
    r"|\b(of|to|on|than|with) (them|it)[.,;]|\bthat\.$"
)
SMALL_WORDS = {
    *("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "that", "the"),
    *("their", "to", "was", "were"),
}
COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]


@pytest.mark.parametrize(
    ("table", "column"), COLUMNS, ids=[f"{table.name}.{column.name}" for table, column in COLUMNS]
)
def test_a_column_is_understood_by_itself(table: DefinedTable, column: DefinedColumn) -> None:
    assert not LEANS_ON_ANOTHER.search(column.meaning.removeprefix("As in the old view: "))
    told = _stems(re.findall(r"[a-z0-9]+", column.meaning.lower()))
    assert told - _stems(column.name.split("_")), "says its own name over again"


def _stems(words: list[str]) -> set[str]:
    """The words that say something, without their endings."""
    return {re.sub(r"(ed|ing|s)$", "", word) for word in words if word not in SMALL_WORDS}
