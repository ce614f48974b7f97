"""What PDF/UA-1 and PDF/A-3a ask of a file's structure; no validator is in Debian or PyPI."""

import io
from collections.abc import Iterable

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from pipeline.reports.catalogue import find_report
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.workers.rendering import render_files
from tests.reports.customer_statement.test_pages import ODD, YEAR, many, payload

PAINT = {"TJ", "Tj", "S", "s", "f", "f*", "B", "B*", "b", "Do", "sh"}


@pytest.fixture(scope="module", params=["pdf", "archive"])
def made(request: pytest.FixtureRequest) -> tuple[str, list[pikepdf.Pdf]]:
    """A statement of two pages and more, and one with names in many scripts."""
    report = find_report("customer_statement")
    contents = [assemble("skyline", each, YEAR) for each in (many(60), ODD["indic"])]
    files = [render_files(report, payload(one).to_json(), [request.param]) for one in contents]
    return request.param, [pikepdf.open(io.BytesIO(parts[0].data)) for parts in files]


def test_title_language_and_what_it_claims_to_be(made: tuple[str, list[pikepdf.Pdf]]) -> None:
    kind, pdfs = made
    for pdf in pdfs:
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert pdf.Root.MarkInfo.Marked is True  # type: ignore[comparison-overlap]
        assert str(pdf.Root.Lang) == "en-IN"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle is True
        assert "<dc:title>" in metadata
        assert "/ID" in pdf.trailer
        assert not pdf.is_encrypted
        if kind == "pdf":
            assert 'pdfuaid:part="1"' in metadata
        else:
            assert 'pdfaid:part="3" pdfaid:conformance="A"' in metadata


def test_every_font_is_embedded_and_maps_to_text(made: tuple[str, list[pikepdf.Pdf]]) -> None:
    for pdf in made[1]:
        objects = [each for each in pdf.objects if isinstance(each, Dictionary)]
        described = [each for each in objects if each.get("/Type") == Name.FontDescriptor]
        assert described
        assert all({"/FontFile2", "/FontFile3"} & set(each.keys()) for each in described)
        composed = [each for each in objects if each.get("/Subtype") == Name.Type0]
        assert composed
        assert all("/ToUnicode" in each for each in composed)


def check_tags(pdf: pikepdf.Pdf, pages: Iterable[int]) -> None:
    """All that these pages paint is an artifact or has its element, which knows its page."""
    parents = pdf.Root.StructTreeRoot.ParentTree.Nums
    owners = {int(parents[n]): parents[n + 1] for n in range(0, len(parents), 2)}
    keys = [int(page.obj.StructParents) for page in pdf.pages]
    assert len(set(keys)) == len(keys)
    for number in pages:
        page = pdf.pages[number]
        assert page.obj.Tabs == Name.S
        tagged: set[int] = set()
        marks: list[str] = []
        for step in pikepdf.parse_content_stream(page):
            name, operands = str(step.operator), step.operands
            if name in ("BDC", "BMC"):
                marks.append(str(operands[0]))
                if name == "BDC" and "/MCID" in operands[1]:
                    tagged.add(int(operands[1].MCID))
            elif name == "EMC":
                marks.pop()
            assert marks or name not in PAINT
        assert marks == []
        own = owners[keys[number]]
        assert tagged == set(range(len(own)))
        assert {element.Pg.objgen for element in own} == {page.obj.objgen}


def test_all_that_is_painted_is_tagged_or_an_artifact(made: tuple[str, list[pikepdf.Pdf]]) -> None:
    for pdf in made[1]:
        check_tags(pdf, range(len(pdf.pages)))


def test_the_archive_has_a_colour_profile_and_its_ledger(
    made: tuple[str, list[pikepdf.Pdf]],
) -> None:
    kind, pdfs = made
    for pdf in pdfs:
        if kind == "pdf":
            assert not pdf.attachments
            continue
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == Name.GTS_PDFA1
        assert len(intent.DestOutputProfile.read_bytes()) > 100
        assert list(pdf.attachments) == ["ledger.csv"]
        assert {str(each.AFRelationship) for each in pdf.Root.AF} == {"/Data"}
        assert all(each.EF.F.Subtype == Name("/text/csv") for each in pdf.Root.AF)
