"""Deliveries one after the other: the newest counts, row by row, and corrected rules read again."""

import itertools
import os
from decimal import Decimal
from typing import Any

import pytest

from pipeline.landing.reading import arrivals
from pipeline.sources.files.inbox import open_file
from pipeline.sources.parsed import Reader
from tests.landing.conftest import House

HEADER = "id,customer_id,ledger_code,ledger_date,transaction_type,debit_amount"


def entry(amount: object, key: str = "E1", day: str = "2026-03-01") -> str:
    return f"{key},C1,V-{key},{day},invoice,{amount}"


def amounts(house: House) -> dict[str, Decimal]:
    rows = house.raw("ledger_entries").sort("batch_id").unique("id", keep="last")
    return dict(rows.select("id", "debit_amount").rows())


@pytest.mark.parametrize("names", [["a", "a", "a"], ["a", "b", "c"], ["c", "b", "a"]])
@pytest.mark.parametrize("other", [False, True])
def test_content_that_returns_counts_again(house: House, names: list[str], other: bool) -> None:
    for number, (name, amount) in enumerate(zip(names, (100, 120, 100), strict=True)):
        more = [entry(number, "E2")] if other else []
        house.put(f"skyline/ledger_entries-{name}.csv", HEADER, entry(amount), *more)
        house.ingest(entities=["ledger_entries"])
        assert amounts(house)["E1"] == amount
    # What lies there since then brings nothing back.
    for _ in range(2):
        result = house.ingest(entities=["ledger_entries"])
        assert (result.batches, amounts(house)["E1"]) == ({}, Decimal(100))


def test_every_order_of_three_contents_ends_with_the_last(house: House) -> None:
    for number, (first, last) in enumerate(itertools.product((1, 2, 3), repeat=2)):
        for amount in (first, last):
            house.put("skyline/ledger_entries.csv", HEADER, entry(amount, f"K{number}"))
            house.ingest(entities=["ledger_entries"])
        assert amounts(house)[f"K{number}"] == last


def test_a_copy_of_an_earlier_delivery_never_overrides_a_later_one_once_it_was_seen(
    house: House,
) -> None:
    house.put("skyline/ledger_entries.csv", HEADER, entry(100))
    house.put("skyline/ledger_entries_copy.csv", HEADER, entry(100))
    house.ingest(entities=["ledger_entries"])
    house.put("skyline/ledger_entries.csv", HEADER, entry(120))
    house.ingest(entities=["ledger_entries"])
    assert amounts(house) == {"E1": 120}
    assert house.ingest(entities=["ledger_entries"]).batches == {}
    assert amounts(house) == {"E1": 120}


def test_a_file_that_was_renamed_is_no_new_delivery(house: House) -> None:
    path = house.put("skyline/ledger_entries_1.csv", HEADER, entry(100))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    house.ingest(entities=["ledger_entries"])
    house.put("skyline/ledger_entries_2.csv", HEADER, entry(120))
    house.ingest(entities=["ledger_entries"])
    path.rename(path.with_name("ledger_entries_old.csv"))
    house.ingest(entities=["ledger_entries"])
    assert amounts(house) == {"E1": 120}


def rules(house: House, text: str) -> None:
    house.ws.sources_file.write_text(f"inbox: {{settle_seconds: 0{text}}}\n")


def test_a_corrected_date_form_reads_the_files_again_and_new_values_are_new_versions(
    house: House,
) -> None:
    rules(house, ", date_format: MM/DD/YYYY")
    house.put("skyline/ledger_entries.csv", HEADER, entry(1, day="03/04/2026"), entry(2, "E2"))
    house.ingest(entities=["ledger_entries"])
    rules(house, ", date_format: DD/MM/YYYY")
    counts = house.ingest(entities=["ledger_entries"]).counts["skyline", "ledger_entries"]
    assert (counts.landed, counts.unchanged) == (1, 1)
    days = house.newest("ledger_entries")["ledger_date"].cast(str).to_list()
    assert days == ["2026-04-03", "2026-03-01"]
    assert house.ingest(entities=["ledger_entries"]).batches == {}


def test_corrected_values_and_columns_read_again_what_was_quarantined(house: House) -> None:
    lines = (HEADER.replace("ledger_code", "Voucher"), entry(1).replace("invoice", "Rechnung"))
    house.put("skyline/ledger_entries.csv", *lines)
    (file,) = house.ingest(entities=["ledger_entries"]).files
    assert file.status == "refused"
    rules(house, ", columns: {ledger_code: Voucher}")
    (file,) = house.ingest(entities=["ledger_entries"]).files
    assert (file.status, file.is_all_quarantined) == ("landed", True)
    values = "values: {transaction_type: {Rechnung: invoice}}"
    rules(house, f", columns: {{ledger_code: Voucher}}, {values}")
    house.ingest(entities=["ledger_entries"])
    assert amounts(house) == {"E1": 1}


def test_what_another_file_has_replaced_stays_replaced_when_rules_are_corrected(
    house: House,
) -> None:
    for name, amount in (("b", 100), ("a", 120)):
        house.put(f"skyline/ledger_entries-{name}.csv", HEADER, entry(amount, day="03/04/2026"))
        house.ws.sources_file.write_text("inbox: {settle_seconds: 0, date_format: MM/DD/YYYY}\n")
        house.ingest(entities=["ledger_entries"])
    rules(house, ", date_format: DD/MM/YYYY")
    house.ingest(entities=["ledger_entries"])
    (newest,) = house.newest("ledger_entries").rows(named=True)
    assert (newest["debit_amount"], str(newest["ledger_date"])) == (120, "2026-04-03")
    assert house.quarantine("ledger_entries").is_empty()


def test_of_a_replacement_that_is_gone_from_the_inbox_the_rows_stay_as_they_are(
    house: House,
) -> None:
    rules(house, ", date_format: MM/DD/YYYY")
    house.put("skyline/ledger_entries-1.csv", HEADER, entry(100, day="03/04/2026"))
    house.ingest(entities=["ledger_entries"])
    later = house.put("skyline/ledger_entries-2.csv", HEADER, entry(120, day="03/04/2026"))
    house.ingest(entities=["ledger_entries"])
    later.unlink()
    rules(house, ", date_format: DD/MM/YYYY")
    house.ingest(entities=["ledger_entries"])
    assert amounts(house) == {"E1": 120}


def test_a_refused_file_is_not_opened_again_until_it_or_its_rules_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.put("skyline/users.csv", "id,fullname", "U1,Asha")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    opened: list[int] = []

    def counted(*given: Any, **named: Any) -> Reader:
        opened.append(1)
        return open_file(*given, **named)

    monkeypatch.setattr(arrivals, "open_file", counted)
    for _ in range(3):
        (file,) = house.ingest(entities=["users"]).files
        assert (file.status, "no column name" in file.message) == ("refused", True)
    assert len(opened) == 1
    rules(house, ", columns: {users: {name: fullname}}")
    (file,) = house.ingest(entities=["users"]).files
    assert (file.status, len(opened)) == ("landed", 2)
