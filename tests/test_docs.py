"""The documents for people: each link leads somewhere, each decision says its day."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDERS = (ROOT, *(path for path in DOCS.rglob("*") if path.is_dir()), DOCS, ROOT / "deploy")
PAGES = sorted({page for folder in FOLDERS for page in folder.glob("*.md")})
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DATED = re.compile(r"\*20\d\d-\d\d-\d\d(, revised 20\d\d-\d\d-\d\d)?\*$")


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Path and fragment of each link of a page that does not leave the repository."""
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, fragment = target.partition("#")
            yield path, fragment


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as forges and the site make them."""
    headings = re.findall(
        r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE
    )
    return {
        re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_leads_somewhere(page: Path) -> None:
    broken = []
    for path, fragment in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(f"{path}#{fragment}")
    assert broken == []


def test_each_decision_says_its_day() -> None:
    decisions = {}
    for page in sorted((DOCS / "decisions").glob("*.md")):
        if page.name != "index.md":
            text = page.read_text(encoding="utf-8")
            for found in re.findall(r"^\* .*(?:\n  .*)*", text, re.MULTILINE):
                decisions[" ".join(found.split())] = page.name
    assert len(decisions) > 130
    assert [one[:60] for one in decisions if not DATED.search(one)] == []


def test_the_index_of_decisions_lists_every_page() -> None:
    listed = {path for path, _ in links(DOCS / "decisions" / "index.md")}
    assert listed == {page.name for page in (DOCS / "decisions").glob("*.md")} - {"index.md"}


NAMED = re.compile(
    r"`((?:pipeline|dbt_project|reports_templates|tests|scripts|deploy|docs|examples|bench)"
    r"/[^`\s…]*)`"
)
PEOPLE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md")


def test_each_path_that_a_page_names_is_there() -> None:
    """`<report>` and the like stand for any name: one is enough."""
    missing = set()
    for page in (*(ROOT / name for name in PEOPLE), *DOCS.rglob("*.md")):
        for path in NAMED.findall(page.read_text(encoding="utf-8")):
            if not any(ROOT.glob(re.sub(r"<\w+>", "*", path).rstrip("/"))):
                missing.add(f"{page.relative_to(ROOT)}: {path}")
    assert missing == set()
