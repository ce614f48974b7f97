"""What sources.yaml says of names, values and ids, in every format that a file may have."""

import io
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.landing.validation.ids import canonical, long_id
from tests.landing.conftest import House
from tests.sheets import book, row

USERS = ("id", "name")


def configure(house: House, text: str) -> None:
    house.ws.sources_file.write_text(f"inbox:\n  settle_seconds: 0\n{text}")


def content(kind: str, header: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    """The same rows as a file of a kind."""
    if kind == "csv":
        return "".join(",".join(each) + "\n" for each in (header, *rows)).encode()
    if kind == "jsonl":
        lines = (json.dumps(dict(zip(header, each, strict=True))) for each in rows)
        return "".join(f"{line}\n" for line in lines).encode()
    if kind == "parquet":
        frame = pl.DataFrame(rows, schema=list(header), orient="row")
        stream = io.BytesIO()
        frame.write_parquet(stream)
        return stream.getvalue()
    sheet = "".join(row(number, *each) for number, each in enumerate((header, *rows), 1))
    return book([("S", "sheet1.xml", sheet)])


KINDS = ["csv", "jsonl", "parquet", "xlsx"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["{id: Phone, phone: Phone}", "{phone: Phone, id: Phone}"])
def test_one_column_may_stand_for_several_of_ours(house: House, kind: str, order: str) -> None:
    configure(house, f"  columns: {{leads: {order}}}\n")
    header = ("Phone", "status", "created_at")
    house.put(f"skyline/leads.{kind}", content(kind, header, ("91", "new", "2026-01-05T10:00:00")))
    house.ingest()
    assert house.raw("leads").select("id", "phone", "extra").rows() == [("91", "91", None)]


def test_no_row_lands_without_a_required_value_whatever_the_mapping(house: House) -> None:
    configure(house, "  columns: {ledger_entries: {ledger_code: Voucher}}\n")
    header = ("id", "Voucher", "customer_id", "ledger_date", "transaction_type")
    good = ("E1", "V1", "C1", "2026-01-05", "invoice")
    rows = [good, ("", "V2", *good[2:]), ("E3", "", *good[2:])]
    house.put("skyline/ledger_entries.csv", content("csv", header, *rows))
    house.ingest()
    assert house.raw("ledger_entries").select("id", "ledger_code").rows() == [("E1", "V1")]
    assert len(house.quarantine("ledger_entries")) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_blanks_around_a_column_s_name_are_dropped_in_every_format(house: House, kind: str) -> None:
    configure(house, '  columns: {users: {id: " Staff No "}}\n')
    house.put(f"skyline/users.{kind}", content(kind, ("Staff No ", " name"), ("U1", "Asha")))
    house.ingest()
    assert house.raw("users").select("id", "name").rows() == [("U1", "Asha")]


@pytest.mark.parametrize("kind", KINDS)
def test_several_columns_make_one(house: House, kind: str) -> None:
    configure(house, "  columns: {users: {name: [first, middle, last]}}\n")
    header = ("id", "first", "last")
    rows = [("U1", "Asha", "Rao"), ("U2", " Ravi ", ""), ("U3", "", "")]
    house.put(f"skyline/users.{kind}", content(kind, header, *rows))
    house.ingest()
    assert house.raw("users").select("id", "name").rows() == [("U1", "Asha Rao"), ("U2", "Ravi")]
    assert house.quarantine("users")["reason_text"].to_list() == [
        "name: a value is required (column 'first + middle + last')"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_values_may_become_nothing_and_nothing_a_value(house: House, kind: str) -> None:
    configure(house, '  values: {users: {team: {N/A: "", "-": , "": North, "Nord": North}}}\n')
    header = ("id", "name", "team")
    teams = ["N/A", "-", "", "Nord", "East"]
    rows = [(f"U{at}", "A", team) for at, team in enumerate(teams)]
    house.put(f"skyline/users.{kind}", content(kind, header, *rows))
    house.ingest()
    assert house.raw("users")["team"].to_list() == [None, None, "North", "North", "East"]


def test_words_that_yaml_reads_otherwise_mean_the_text_that_stands_there(house: House) -> None:
    words = "{Yes: a, No: b, On: c, 012: d, 1:30: e, 0x1F: f, 1_000: g, null: h, ~: i, 1e3: j}"
    configure(house, f"  values: {{users: {{team: {words}}}}}\n  columns: {{users: {{id: No}}}}\n")
    teams = ["Yes", "No", "On", "012", "1:30", "0x1F", "1_000", "null", "~", "1e3", "true"]
    rows = [(f"U{at}", "A", team) for at, team in enumerate(teams)]
    house.put("skyline/users.csv", content("csv", ("No", "name", "team"), *rows))
    house.ingest()
    found = dict(house.raw("users").select("id", "team").rows())
    assert [found[f"U{at}"] for at in range(len(teams))] == [*"abcdefghij", "true"]


def test_salesforce_ids_of_both_lengths_are_one_record(house: House) -> None:
    configure(house, "  ids: salesforce\n")
    short, long = "0015g00000AbCdE", long_id("0015g00000AbCdE")
    house.put(
        "skyline/leads.csv",
        "id,status,created_at,customer_id",
        f"{short},new,2026-01-05,{long.lower()}",
    )
    house.put(
        "skyline/leads_2.csv", "id,status,created_at,customer_id", f"{long},lost,2026-01-05,{short}"
    )
    house.ingest()
    leads = house.newest("leads")
    assert leads.select("id", "status", "customer_id").rows() == [(long, "lost", long)]


SHORT_IDS = st.text("abcXYZ019", min_size=15, max_size=15)


@given(SHORT_IDS)
def test_an_id_is_known_by_fifteen_characters_or_by_eighteen_in_any_case(short: str) -> None:
    long = long_id(short)
    assert len(long) == 18
    assert long.startswith(short)
    texts = pl.Series([short, long, long.lower(), long.upper(), None, "other", "L-1"])
    assert canonical(texts).to_list() == [long] * 4 + [None, "other", "L-1"]


@given(st.lists(SHORT_IDS, min_size=2, max_size=2, unique=True))
def test_ids_that_differ_only_in_case_stay_two(ids: list[str]) -> None:
    assert len({long_id(each) for each in ids}) == 2
