"""Every paper about a flat: PDF/UA tags, the same bytes each time, and the book of all demands."""

import io
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.reports.artifacts import Artifact
from pipeline.reports.build import render_report
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import EVERYTHING, Selection
from tests.reports.drawing.pdf.test_structure import check_tags
from tests.reports.making import render_in_worker
from tests.reports.realty.asha import payloads, publish, tables

YEAR = Selection(first=date(2025, 6, 1))
PAPERS = {
    "demand_letter": YEAR,
    "unit_statement": EVERYTHING,
    "interest_memo": EVERYTHING,
    "collection_forecast": EVERYTHING,
    "unit_inventory": EVERYTHING,
    "brokerage_statement": EVERYTHING,
}


@pytest.mark.browser
@pytest.mark.parametrize("report", PAPERS)
def test_a_paper_is_tagged_and_its_bytes_are_the_same_each_time(
    tmp_path: Path, report: str
) -> None:
    made = payloads(tmp_path / "ws", report, selection=PAPERS[report])
    payload = next(iter(made.values()))
    data = render_in_worker(payload, tmp_path, "pdf")["pdf"]
    assert render_in_worker(payload, tmp_path, "pdf")["pdf"] == data
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert 'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes().decode()
        check_tags(pdf, range(len(pdf.pages)))


def rendered(ws: Workspace, *formats: str) -> dict[str, Artifact]:
    asked = ReportRequest("asha", "demand_book", formats=formats or None, selection=YEAR)
    settings = Settings(home=ws.root, threads=1, memory_limit="1GB")
    return {one.format: one for one in render_report(ws, load_registry(ws), settings, asked)}


@pytest.mark.browser
def test_the_book_has_the_register_and_every_letter(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    ws.tenants_dir.mkdir(parents=True)
    (ws.tenants_dir / "asha.yaml").write_text("name: Asha Developers\n", encoding="utf-8")
    publish(ws, tables())
    made = rendered(ws)
    assert set(made) == {"pdf", "xlsx", "json"}
    with pikepdf.open(made["pdf"].path) as book:
        with book.open_outline() as outline:
            titles = [item.title for item in outline.root]
        check_tags(book, range(len(book.pages)))
    assert titles[0] == "Register of demands"
    assert "INV/01/4 · A-102" in titles
    assert len(titles) == 12  # the register and eleven letters
    first = {name: one.path.read_bytes() for name, one in made.items()}
    again = rendered(ws)
    assert {name: one.path.read_bytes() for name, one in again.items()} == first
