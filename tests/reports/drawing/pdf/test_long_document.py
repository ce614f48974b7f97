"""A statement laid out in parts is the statement laid out whole: pages, tags and bookmarks."""

import io
import subprocess
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest

from pipeline.reports.catalogue import find_report
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.drawing.pdf import long_document
from pipeline.reports.overrides import knows_parts
from pipeline.reports.workers import rendering
from tests.reports.customer_statement.test_pages import YEAR, many, payload

pytestmark = pytest.mark.browser  # Poppler reads what was drawn

ENTRIES = 150
NAME = "customer_statement.html.jinja"
OURS = '{% extends "milepost/customer_statement.html.jinja" %}'


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The archive copy, in parts and whole; the parts end within each of the three long tables."""
    content = payload(assemble("skyline", many(ENTRIES), YEAR)).to_json()
    folder = tmp_path_factory.mktemp("long")
    report = find_report("customer_statement")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_document, "ROWS", 90)
        patch.setattr(long_document, "LONG", 110)
        for name, limit in (("parts.pdf", 110), ("whole.pdf", 10_000)):
            patch.setattr(rendering, "LONG", limit)
            made = rendering.render_files(report, content, ["archive"])
            (folder / name).write_bytes(made[0].data)
    return folder / "parts.pdf", folder / "whole.pdf"


def shown(command: str, path: Path) -> str:
    done = subprocess.run(
        [*command.split(), path.name, "-"],
        cwd=path.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_the_pages_say_the_same_in_the_same_places(both: tuple[Path, Path]) -> None:
    parts, whole = (shown("pdftotext -layout", path).split("\f") for path in both)
    assert len(parts) > 9
    assert parts == whole
    assert f"Page 7 of {len(parts) - 1}" in parts[6]


def test_the_tags_are_the_same(both: tuple[Path, Path]) -> None:
    def tags(element: pikepdf.Object, depth: int = 0) -> list[tuple[int, str, int]]:
        kids: Any = element.get("/K", [])
        inside = [kid for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        found = [(depth, str(element.S), len(kids))]
        return found + [tag for kid in inside for tag in tags(kid, depth + 1)]

    with pikepdf.open(both[0]) as parts, pikepdf.open(both[1]) as whole:
        ours, theirs = (tags(pdf.Root.StructTreeRoot.K[0]) for pdf in (parts, whole))
    assert len(ours) > 1000
    assert hash(tuple(ours)) == hash(tuple(theirs))


def test_each_cell_names_headers_that_are_there_once(both: tuple[Path, Path]) -> None:
    with pikepdf.open(both[0]) as pdf:
        elements = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary)]
        there = [str(each.ID) for each in elements if each.get("/S") == pikepdf.Name.TH]
        named = {
            str(name)
            for each in elements
            if each.get("/S") == pikepdf.Name.TD
            for name in cast(Any, each).get("/A", {}).get("/Headers", [])
        }
        assert len(there) == len(set(there))
        assert named <= set(there)
        parents = [int(key) for key in list(pdf.Root.StructTreeRoot.ParentTree.Nums)[::2]]
        assert parents == sorted(set(parents)) == [int(p.obj.StructParents) for p in pdf.pages]


def test_bookmarks_title_and_ledger_stay(both: tuple[Path, Path]) -> None:
    def outside(path: Path) -> object:
        with pikepdf.open(io.BytesIO(path.read_bytes())) as pdf, pdf.open_outline() as outline:
            numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
            (root,) = outline.root
            places: list[Any] = [(item.title, item.destination) for item in root.children]
            marks = [(title, numbers[place[0].objgen]) for title, place in places]
            files = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
            return marks, files, str(pdf.Root.Lang), pdf.Root.Metadata.read_bytes()

    assert outside(both[0]) == outside(both[1])
    assert len(outside(both[0])[0]) > 5  # type: ignore[index]


@pytest.mark.parametrize(
    ("own", "laid_out_in_parts"),
    [
        (OURS + "{% block title %}Of ours{% endblock %}", True),
        (OURS + "{% block body %}<p>Of ours</p>{{ super() }}{% endblock %}", False),
        (
            OURS + "{% block styles %}{{ super() }}<style>p { margin: 0 }</style>{% endblock %}",
            False,
        ),
        ("<html lang=en><title>-</title><body><p>Of ours</p></body></html>", False),
        ("{% block %}", False),
    ],
)
def test_a_tenants_own_body_is_laid_out_whole(own: str, laid_out_in_parts: bool) -> None:
    assert knows_parts(((NAME, own),), NAME) is laid_out_in_parts
    assert knows_parts((("daily_summary.html.jinja", own),), NAME)


def test_a_tenants_own_body_of_a_long_statement_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (rendering, "LONG", 70),
        (long_document, "LONG", 70),
        (long_document, "ROWS", 50),
    ):
        monkeypatch.setattr(module, name, value)
    content = payload(assemble("skyline", many(60), YEAR)).to_json()
    own = OURS + "{% block body %}<p>A word of ours.</p>{{ super() }}{% endblock %}"
    report = find_report("customer_statement")
    (made,) = rendering.render_files(report, content, ["pdf"], ((NAME, own),))
    (tmp_path / "own.pdf").write_bytes(made.data)
    text = shown("pdftotext -layout", tmp_path / "own.pdf")
    pages = text.split("\f")[:-1]
    assert text.count("A word of ours.") == 1
    assert [page.count(f"Page {n} of {len(pages)}") for n, page in enumerate(pages, 1)] == [
        1 for _ in pages
    ]
