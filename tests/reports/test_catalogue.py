"""The catalogue against the models' contracts: a report asks for no column that nobody promises."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config.settings import DBT_PROJECT_DIR, TEMPLATES_DIR
from pipeline.config.tenant import REPORTS
from pipeline.core.errors import BuildError, ConfigError
from pipeline.reports.catalogue import (
    CATALOGUE,
    Report,
    check_columns,
    check_formats,
    find_report,
)
from pipeline.reports.payload import Frozen

PUBLISHED_LAYERS = ("marts", "reporting")


@pytest.fixture(scope="module")
def contracts() -> dict[str, set[str]]:
    """The columns of every published model, as its YAML declares them."""
    columns: dict[str, set[str]] = {}
    for layer in PUBLISHED_LAYERS:
        for path in sorted(Path(DBT_PROJECT_DIR, "models", layer).glob("*.yml")):
            parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            for model in parsed.get("models", ()):
                columns[model["name"]] = {column["name"] for column in model["columns"]}
    return columns


@pytest.mark.parametrize("report", CATALOGUE.values(), ids=lambda report: report.name)
def test_the_models_promise_what_the_report_reads(
    report: Report, contracts: dict[str, set[str]]
) -> None:
    check_columns(report, contracts)


@pytest.mark.parametrize("report", CATALOGUE.values(), ids=lambda report: report.name)
def test_the_row_and_its_module_belong_together(report: Report) -> None:
    assert report.module.SCHEMA.split("/")[0] == report.name
    assert issubclass(report.module.Content, Frozen)
    assert callable(report.module.contents)
    for name in (*report.templates.values(), *report.stylesheets):
        assert (TEMPLATES_DIR / name).is_file()


def test_every_missing_table_and_column_is_named() -> None:
    report = find_report("customer_statement")
    there = {name: list(columns) for name, columns in report.tables.items()}
    there["ledger_entries"].remove("due_date")
    del there["bookings"]
    with pytest.raises(BuildError, match=r"bookings, ledger_entries\.due_date;"):
        check_columns(report, there)


def test_unknown_reports_and_formats_are_named() -> None:
    with pytest.raises(ConfigError, match=r"no report 'ledger'; there are .*customer_statement"):
        find_report("ledger")
    report = find_report("customer_statement")
    assert check_formats(report, None) == ("pdf",)
    assert check_formats(report, ["json", "pdf", "pdf"]) == ("pdf",)
    with pytest.raises(ConfigError, match="has no format docx"):
        check_formats(report, ["docx"])


def test_a_tenant_file_can_ask_for_every_report_that_is_not_about_one_lead() -> None:
    by_mail = {report.name for report in CATALOGUE.values() if report.per != "lead"}
    assert set(REPORTS) == by_mail
