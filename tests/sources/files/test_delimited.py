"""What a CSV file may be, and what is refused instead of read half."""

import gzip

import pytest

from pipeline.sources.parsed import Parsed
from pipeline.sources.refusals import Refused, Waiting
from tests.sources.conftest import Read


def values(pieces: list[Parsed]) -> list[tuple[object, ...]]:
    return [row for piece in pieces for row in piece.rows.rows()]


def test_plain_rows(read: Read) -> None:
    pieces = read(b"id,name\n1,Asha\n2,\n")
    assert values(pieces) == [("1", "Asha"), ("2", None)]
    assert pieces[0].numbers.tolist() == [1, 2]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_breaks_within_values(read: Read, end: bytes) -> None:
    content = end.join([b"id,note", b'1,"two' + end + b'lines"', b"2,one", b""])
    assert values(read(content)) == [("1", f"two{end.decode()}lines"), ("2", "one")]


def test_a_byte_order_mark_is_no_part_of_the_first_name(read: Read) -> None:
    (piece,) = read("\ufeffid,name\n1,आशा\n".encode())
    assert piece.rows.columns == ["id", "name"]
    assert piece.rows.rows() == [("1", "आशा")]


def test_gzip(read: Read) -> None:
    assert values(read(gzip.compress(b"id\n1\n"), "leads.csv.gz")) == [("1",)]


def test_another_delimiter_and_encoding_where_configured(read: Read) -> None:
    content = "id;name\n1;José\n".encode("cp1252")
    assert values(read(content, delimiter=";", encoding="cp1252")) == [("1", "José")]
    assert values(read("id,name\n1,José\n".encode("utf-16"), encoding="utf-16")) == [("1", "José")]


def test_a_cell_of_ten_megabytes(read: Read) -> None:
    cell = "x" * 10_000_000
    assert values(read(f"id,note\n1,{cell}\n".encode())) == [("1", cell)]


def test_a_quote_within_a_value_is_a_character(read: Read) -> None:
    assert values(read(b'id,size,note\n1,5" pipe,"a\nb"\n2,6",c\n')) == [
        ("1", '5" pipe', "a\nb"),
        ("2", '6"', "c"),
    ]


def test_rows_are_numbered_by_record_and_empty_ones_are_none(read: Read) -> None:
    pieces = read(b'id,note\n1,"a\nb"\n\n3,c\n,\n5,d\n')
    assert values(pieces) == [("1", "a\nb"), ("3", "c"), ("5", "d")]
    assert pieces[0].numbers.tolist() == [1, 3, 5]
    assert pieces[0].records == 5


def test_a_row_with_other_fields_than_the_header_is_set_aside_with_its_text(read: Read) -> None:
    (piece,) = read(b"id,name\n1,a\n2,b,c\n3\n4,d\n")
    assert piece.rows.rows() == [("1", "a"), ("4", "d")]
    assert piece.numbers.tolist() == [1, 4]
    assert [(row.record, row.fields, row.text) for row in piece.ragged] == [
        (2, 3, "2,b,c"),
        (3, 1, "3"),
    ]
    assert not piece.ends_short


def test_a_short_last_row_shows(read: Read) -> None:
    assert read(b"id,name,city\n1,a,b\n2,b\n")[0].ends_short
    assert not read(b"id,name,city\n1,a,b\n2,b,c,d\n")[0].ends_short


def test_untidy_columns_and_nuls_are_seen_before_anyone_looks_at_values(read: Read) -> None:
    (piece,) = read("a,b,c,d,e\nx, x,x y,x ,é\n".encode())
    assert piece.untidy == frozenset({"b", "d", "e"})
    assert not piece.has_nul
    assert read(b"a,b\nx,y\0z\n")[0].has_nul


def test_a_column_without_a_name_gets_its_place(read: Read) -> None:
    (piece,) = read(b"id,,name,\n1,2,3,4\n")
    assert piece.rows.columns == ["id", "column_2", "name", "column_4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"id,na", "no complete header line"),
        (b"id,name\n1,As", "does not end with a line break"),
        (b'id,name\n1,"As', "inside a quoted value"),
        (b'id,name\n1,"Asha\n2,Ravi\n', "inside a quoted value"),
    ],
)
def test_what_looks_unfinished_waits(read: Read, content: bytes, message: str) -> None:
    with pytest.raises(Waiting, match=message):
        read(content)


def test_a_last_line_without_a_break_counts_where_the_file_is_declared_complete(read: Read) -> None:
    assert values(read(b"id,name\n1,As", finished=True)) == [("1", "As")]
    assert values(read(b"id,name", finished=True)) == []
    with pytest.raises(Waiting, match="inside a quoted value"):
        read(b'id,name\n1,"As', finished=True)


def test_a_cut_gzip_waits_and_a_broken_one_is_refused(read: Read) -> None:
    whole = gzip.compress(b"id,name\n" + b"1,Asha\n" * 1000)
    with pytest.raises(Waiting, match="cut off"):
        read(whole[:-20], "leads.csv.gz")
    with pytest.raises(Refused, match="gzip"):
        read(b"id,name\n1,Asha\n", "leads.csv.gz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,name\n1,José\n".encode("cp1252"), "not UTF-8: byte 0xe9 after .*Jos"),
        ("id,name\n1,José\n".encode("utf-16"), "UTF-16"),
        ("id,näme\n1,x\n".encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"\x1f\x8brest", "should end in .gz"),
        (b"  <!DOCTYPE html><html>", "web page"),
        (b"id,name\r1,Asha\r", "CR alone"),
        (b"id,name,id,name\n1,a,2,b\n", "column id, name more than once"),
    ],
)
def test_what_is_no_csv_is_refused_with_the_reason(
    read: Read, content: bytes, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        read(content)


def test_what_is_not_in_the_configured_encoding_is_refused(read: Read) -> None:
    with pytest.raises(Refused, match="is not ascii"):
        read("id,name\n1,José\n".encode(), encoding="ascii")
