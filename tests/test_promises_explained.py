"""Each promise that a test names by its number is explained in tests/README.md, with its place."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
# `F9`, but neither a spreadsheet's cell nor a linter's rule.
CODE = re.compile(r"(?<![\w\"'])F(?:[1-9]|1\d|2\d)(?![\w\"'])(?! is a formula)")


def promises() -> dict[str, list[str]]:
    """Code -> the files that prove it."""
    rows = re.findall(r"^\| (F\d+) \| [A-Z][^|]+\. \| ([^|]+) \|$", PAGE, re.M)
    return {code: re.findall(r"`([^`]+)`", places) for code, places in rows}


def test_there_are_twenty_each_with_its_tests() -> None:
    assert list(promises()) == [f"F{number}" for number in range(1, 21)]
    for code, places in promises().items():
        assert places, code
        assert [place for place in places if not (HERE / place).is_file()] == [], code


def test_each_code_in_the_tests_is_explained_and_points_back() -> None:
    found = {
        (code, file.relative_to(HERE).as_posix())
        for file in HERE.rglob("*.py")
        if file != Path(__file__)
        for code in CODE.findall(file.read_text(encoding="utf-8"))
    }
    assert len(found) > 5
    assert {
        (code, place) for code, place in found if place not in promises().get(code, ())
    } == set()
