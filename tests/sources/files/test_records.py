"""Pieces end where records end, whatever the quotes, and splitting changes nothing."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.config.registry import FileSource
from pipeline.sources.files import delimited
from pipeline.sources.files.delimited import DelimitedFile
from pipeline.sources.files.records import first_record, split_at

soup = st.text(alphabet='",\nab\r', max_size=30).map(str.encode)
values = st.text(alphabet='",\nxé\r 1', max_size=6)


def ends_of_records(data: bytes) -> tuple[list[int], bool]:
    """A reader byte by byte: where records end, and whether the data ends inside quotes."""
    ends = []
    inside, beginning, place = False, True, 0
    while place < len(data):
        byte = data[place : place + 1]
        if inside:
            if byte == b'"' and data[place + 1 : place + 2] == b'"':
                place += 1
            elif byte == b'"':
                inside = False
            beginning = False
        elif byte == b'"' and beginning:
            inside, beginning = True, False
        else:
            beginning = byte in b",\n\r"
            if byte == b"\n":
                ends.append(place + 1)
        place += 1
    return ends, inside


@settings(max_examples=1000)
@given(soup)
@example(b'5",x\n"a""\nb",c\n')
@example(b'5" pipe,"a\nb"\n"')
@example(b'"a""\n"\n')
@example(b'a""b\n"c')
def test_a_piece_ends_where_its_last_record_ends(data: bytes) -> None:
    ends, is_open = ends_of_records(data)
    assert split_at(data, b",") == (max(ends, default=0), is_open)
    assert first_record(data, b",") == min(ends, default=0)


@given(
    rows=st.lists(st.tuples(values, values, values), max_size=30),
    size=st.integers(min_value=1, max_value=200),
)
def test_what_is_read_does_not_depend_on_how_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], size: int
) -> None:
    # A row without any value is no row to Milepost; a CR alone ends a line to the parser.
    rows = [row for row in rows if any(row)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *rows])
    path = tmp_path_factory.mktemp("cut") / "leads.csv"
    path.write_bytes(text.getvalue().encode())
    whole = delimited.PIECE
    delimited.PIECE = size
    try:
        with DelimitedFile(path, FileSource()) as file:
            pieces = [file.parse(piece) for piece in file.pieces()]
    finally:
        delimited.PIECE = whole
    found = [row for piece in pieces for row in piece.rows.rows()]
    assert found == [tuple(value or None for value in row) for row in rows]
    assert sum(piece.records for piece in pieces) == len(rows)
