"""The catalogue against the models' contracts: a report asks for no column that nobody promises."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config.settings import DBT_PROJECT_DIR, REPOSITORY, TEMPLATES_DIR
from pipeline.config.tenant import REPORTS
from pipeline.core.errors import BuildError, ConfigError
from pipeline.reports.catalogue import (
    CATALOGUE,
    check_columns,
    check_formats,
    find_report,
)
from pipeline.reports.payload import Frozen
from pipeline.reports.report import Report, ReportModule

HOOKS = ("sheets", "attachments", "bind")
# Layers and models that dbt_project.yml publishes.
PUBLISHED = ("marts/**/*.yml", "reporting/**/*.yml", "quality/data_checks.yml")


@pytest.fixture(scope="module")
def contracts() -> dict[str, set[str]]:
    """The columns of every published model, as its YAML declares them."""
    columns: dict[str, set[str]] = {}
    for pattern in PUBLISHED:
        for path in sorted(Path(DBT_PROJECT_DIR, "models").glob(pattern)):
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
    module = report.module
    assert module.schema.split("/")[0] == report.name
    assert issubclass(module.content, Frozen)
    has = {name for name in HOOKS if getattr(type(module), name) is not getattr(ReportModule, name)}
    assert ("sheets" in has) == report.spreadsheet
    assert ("attachments" in has) == ("archive" in report.formats)
    assert ("bind" in has) == bool(report.binds)
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


def test_a_misspelt_hook_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Odd: nothing calls contxt; a report's .* context,"):

        class Odd(ReportModule[Frozen]):
            schema = "odd/1"
            content = Frozen

            def contxt(self) -> dict[str, object]:
                return {}


def test_a_hook_of_another_shape_is_refused_by_the_type_checker(tmp_path: Path) -> None:
    """What Python would not notice before a worker calls it."""
    (tmp_path / "odd.py").write_text(
        "from collections.abc import Iterator\n"
        "from pipeline.reports.payload import Frozen, Payload\n"
        "from pipeline.reports.report import Inputs, Key, ReportModule\n"
        "class Odd(ReportModule[Frozen]):\n"
        "    schema = 'odd/1'\n"
        "    content = Frozen\n"
        "    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Frozen]]:\n"
        "        yield (), Frozen()\n"
        "    def finish(self, payload: Payload, text: str) -> str:\n"
        "        return text\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", tmp_path / "odd.py"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert 'Signature of "finish" incompatible with supertype' in done.stdout, done.stdout


def test_a_worker_loads_the_one_report_that_it_renders() -> None:
    """And neither DuckDB nor what reads published data: it is given a payload."""
    code = (
        "import sys\n"
        "import pipeline.reports.workers.worker\n"
        "from pipeline.reports.catalogue import find_report\n"
        "find_report('daily_summary').module\n"
        "print('\\n'.join(sys.modules))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "pipeline.reports.daily_summary.report" in loaded
    for report in CATALOGUE.values():
        place = report.load.__module__.removesuffix(".spec")
        if report.name != "daily_summary":
            own = {f"{place}.report", f"{place}.content", f"{place}.{report.name}"}
            assert not own & loaded
    assert not {"duckdb", "pipeline.publish", "weasyprint", "xlsxwriter"} & loaded
