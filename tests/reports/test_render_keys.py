"""What a change renders again: a comment in one report's package leaves the others as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.reports import render_keys
from pipeline.reports.catalogue import CATALOGUE
from pipeline.reports.overrides import Overrides
from pipeline.reports.render_keys import PACKAGE, Keys

EVERY = set(CATALOGUE)
LISTS = {"receivables", "booking_register", "workbook", "data_quality"}
PRINTED = EVERY - {"workbook", "data_quality"}
OWN = ("customer_statement", "customer_statement.html.jinja")


class Copy:
    """A copy of the code and the templates, to change."""

    def __init__(self, folder: Path) -> None:
        self.code, self.templates = folder / "pipeline", folder / "reports_templates"
        shutil.copytree(PACKAGE, self.code, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(TEMPLATES_DIR, self.templates)

    def keys(self, overrides: Overrides = ()) -> dict[str, str]:
        keys = Keys(self.code, self.templates)
        return {name: keys.renderer(report, overrides) for name, report in CATALOGUE.items()}

    def payload_keys(self) -> dict[str, str]:
        keys = Keys(self.code, self.templates)
        return {name: keys.payload_code(report) for name, report in CATALOGUE.items()}

    def add(self, place: str, text: str = "\n# A comment.\n") -> None:
        path = (self.code if place.endswith(".py") else self.templates) / place
        path.write_bytes(path.read_bytes() + text.encode())


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def changed(keys: Callable[[], dict[str, str]], change: Callable[[], None]) -> set[str]:
    before = keys()
    change()
    after = keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("place", "reports"),
    [
        ("reports/daily_summary/movers.py", {"daily_summary"}),
        ("reports/daily_summary/spec.py", {"daily_summary"}),
        ("reports/customer_statement/account.py", {"customer_statement"}),
        ("reports/customer_statement/spec.py", {"customer_statement"}),
        # The book reads what a statement says.
        ("reports/customer_statement/content.py", {"customer_statement", "statement_book"}),
        ("reports/lists/receivables.py", LISTS),
        ("reports/sales_dashboard/charts.py", {"sales_dashboard"}),
        ("reports/drawing/vega.py", {"daily_summary", "sales_dashboard"}),
        ("reports/drawing/formats.py", EVERY),
        ("reports/drawing/pdf/line_cache.py", EVERY),
        ("reports/workers/rendering.py", EVERY),
        # Read by the parent process, and by what sends: a rendering looks the same.
        ("reports/catalogue.py", set()),
        ("reports/making.py", set()),
        ("delivery/send.py", set()),
        ("publish/reader.py", set()),
        ("contracts/leads.py", set()),
    ],
)
def test_a_comment_renders_again_what_imports_it(copy: Copy, place: str, reports: set[str]) -> None:
    if not (copy.code / place).exists():
        (copy.code / place).write_bytes(b'"""Something new."""\n')
    assert changed(copy.keys, lambda: copy.add(place)) == reports


@pytest.mark.parametrize(
    ("place", "reports"),
    [
        ("statement_macros.html.jinja", {"customer_statement"}),
        ("figures.jinja", {"daily_summary", "sales_dashboard", "lead_timeline"}),
        ("list.html.jinja", {"statement_book", "receivables", "booking_register"}),
        ("dashboard/filters.js", {"sales_dashboard"}),
        ("daily_summary.txt.jinja", {"daily_summary"}),
        ("customer_statement.css", {"customer_statement"}),
        ("vendor/vega.js.deflate", {"sales_dashboard"}),
        ("mail.css", {"daily_summary"}),
        ("base.html.jinja", EVERY - {"workbook"}),
        ("html.css", EVERY),
        ("fonts/SourceSans3-Regular.ttf", EVERY),
        ("email/letter.html.jinja", set()),
        ("fonts/README.md", set()),
    ],
)
def test_a_template_renders_again_what_is_made_of_it(
    copy: Copy, place: str, reports: set[str]
) -> None:
    assert changed(copy.keys, lambda: copy.add(place, "\n")) == reports


def test_a_style_sheet_brings_in_what_it_imports_and_draws_with(copy: Copy) -> None:
    copy.add("customer_statement.css", '\n@import "more.css"; p { background: url(dot.svg) }\n')
    (copy.templates / "more.css").write_text("p { color: red }")
    (copy.templates / "dot.svg").write_text("<svg/>")
    for name in ("more.css", "dot.svg"):
        assert changed(copy.keys, partial(copy.add, name, " ")) == {"customer_statement"}


def test_a_template_with_a_name_worked_out_later_may_include_any(copy: Copy) -> None:
    copy.add("statement_macros.html.jinja", "{% include page ~ '.jinja' %}")
    assert changed(copy.keys, lambda: copy.add("email/note.txt.jinja")) == {"customer_statement"}


def test_a_tenants_template_counts_where_it_is_used_with_what_it_includes(copy: Copy) -> None:
    report, name = OWN
    before = copy.keys()
    text = '{% extends "milepost/customer_statement.html.jinja" %}{% include "mail.css" %}'
    own = ((name, text),)
    with_own = copy.keys(own)
    assert {name for name in before if before[name] != with_own[name]} == {report}
    assert changed(lambda: copy.keys(own), lambda: copy.add("mail.css", "\n")) == {
        "daily_summary",
        report,
    }
    # What the product's own template says still counts, and one that cannot be parsed does no harm.
    assert report in changed(lambda: copy.keys(own), lambda: copy.add(name, "\n"))
    assert copy.keys(((name, "{% block"),))[report] != with_own[report]


@pytest.mark.parametrize(
    ("place", "reports"),
    [
        ("reports/daily_summary/movers.py", {"daily_summary"}),
        ("reports/customer_statement/published_rows.py", {"customer_statement"}),
        ("reports/envelope.py", EVERY),
        ("publish/reader.py", EVERY),
        ("config/tenant.py", EVERY),
        ("landing/ingest.py", set()),
        ("delivery/send.py", set()),
        ("reports/catalogue.py", set()),
    ],
)
def test_the_code_of_a_payload_is_what_makes_it(copy: Copy, place: str, reports: set[str]) -> None:
    assert changed(copy.payload_keys, lambda: copy.add(place)) == reports


def test_a_library_renders_again_what_is_drawn_with_it(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = render_keys.importlib.metadata.version  # type: ignore[attr-defined]

    def upgrade(library: str) -> None:
        monkeypatch.setattr(
            render_keys.importlib.metadata,  # type: ignore[attr-defined]
            "version",
            lambda name: "999" if name.lower() == library else installed(name),
        )

    for library, reports in (
        ("altair", {"daily_summary", "sales_dashboard"}),
        ("css-inline", {"daily_summary"}),
        ("weasyprint", EVERY),
        ("fonttools", EVERY),
        ("xlsxwriter", EVERY),
        ("dagster", set()),
        ("duckdb", set()),
    ):
        assert changed(copy.keys, partial(upgrade, library)) == reports, library
        upgrade("none")


def test_the_product_has_a_key_for_each_report() -> None:
    keys = {render_keys.renderer_key(report) for report in CATALOGUE.values()}
    assert len(keys) == len(EVERY)
    assert all(len(key) == 64 for key in keys)
