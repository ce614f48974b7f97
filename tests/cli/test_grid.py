"""Rows on a screen: never a figure that shows as dots, never a path that is cut."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.cli.grid import Grid, draw

WORDS = st.text("abc中₹[]/\\é1.", min_size=1, max_size=24)


def drawn(grid: Grid, width: int) -> str:
    file = io.StringIO()
    draw(Console(file=file, width=width, highlight=False), grid)
    return file.getvalue()


def grid(names: list[str], *rows: list[str]) -> Grid:
    return Grid(names, rows, [False] * len(names))


def test_rows_that_fit_are_a_table() -> None:
    assert drawn(grid(["a", "bb"], ["1", "2"], ["30", "4"]), 6).splitlines() == [
        "a   bb",
        "1   2 ",
        "30  4 ",
    ]


def test_rows_that_do_not_fit_are_a_value_a_line() -> None:
    text = drawn(grid(["figure", "b"], ["12345", "x"], ["6", "two\nlines"]), 8)
    assert text.splitlines() == [
        "1 of 2",
        "figure  12345",
        "b       x",
        "2 of 2",
        "figure  6",
        "b       two",
        "        lines",
    ]


def test_one_row_needs_no_number() -> None:
    assert drawn(grid(["a", "b"], ["12345", "x"]), 4).splitlines() == ["a  12345", "b  x"]


def test_brackets_are_text_and_no_markup() -> None:
    assert "[bold]x[/bold]" in drawn(grid(["a"], ["[bold]x[/bold]"]), 80)
    assert "[bold]x[/bold]" in drawn(grid(["a"], ["[bold]x[/bold]"]), 5)


def test_sentences_are_folded_between_words_beside_figures_that_are_not() -> None:
    told = "What each of the last days brought, and what it was compared with."
    text = drawn(grid(["figure", "meaning"], ["1234567890", told]), 50)
    (_, first, second) = text.splitlines()
    assert first.startswith("1234567890  What each")
    assert second.startswith(" " * 12)
    assert " ".join((first[12:] + " " + second[12:]).split()) == told


def test_sentences_without_room_are_a_value_a_line() -> None:
    told = "What each of the last days brought, and what it was compared with."
    assert drawn(grid(["a", "b"], ["1234567890", told]), 40).splitlines()[1] == f"b  {told}"


def test_columns_without_rows_are_a_heading() -> None:
    assert "lead_id" in drawn(grid(["lead_id"]), 3)


@given(st.data(), st.integers(4, 60))
def test_every_cell_is_there_whole_on_any_screen(data: st.DataObject, width: int) -> None:
    columns = data.draw(st.integers(1, 5))
    rows = data.draw(
        st.lists(st.lists(WORDS, min_size=columns, max_size=columns), min_size=1, max_size=4)
    )
    text = drawn(grid([f"c{number}" for number in range(columns)], *rows), width)
    assert all(cell in text for row in rows for cell in row)
