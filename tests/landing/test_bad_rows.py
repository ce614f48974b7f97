"""Ten thousand bad rows of sixteen kinds among a hundred thousand good ones: each is found out."""

import json
from collections.abc import Iterator

from pipeline.landing.result import RowCounts
from tests.landing.conftest import House

HEADER = (
    "id,tenant_id,customer_id,ledger_code,ledger_date,transaction_type,debit_amount,"
    "credit_amount,description,created_at"
)
GOOD = 100_000
BAD = 10_000
FIELDS = HEADER.split(",")

# kind: (what is changed, column and rule of the one reason)
KINDS = {
    "no customer": ({"customer_id": "  "}, ("customer_id", "required")),
    "no id": ({"id": ""}, ("id", "required")),
    "no date": ({"ledger_date": "30/02/2026"}, ("ledger_date", "unreadable")),
    "long ago": ({"ledger_date": "1969-12-31"}, ("ledger_date", "date_range")),
    "far ahead": ({"ledger_date": "2126-01-01"}, ("ledger_date", "date_range")),
    "no such type": ({"transaction_type": "Invoice"}, ("transaction_type", "not_in_list")),
    "words for money": ({"debit_amount": "1 lakh"}, ("debit_amount", "unreadable")),
    "separators": ({"debit_amount": '"1,00,000"'}, ("debit_amount", "unreadable")),
    "half a paisa": ({"debit_amount": "10.005"}, ("debit_amount", "decimals")),
    "below zero": ({"debit_amount": "-10.00"}, ("debit_amount", "negative")),
    "too large": ({"debit_amount": "1" + "0" * 16}, ("debit_amount", "out_of_range")),
    "both sides": ({"credit_amount": "0.01"}, ("debit_amount", "debit_and_credit")),
    "no time": ({"created_at": "2026-01-05T25:00:00"}, ("created_at", "unreadable")),
    "whose": ({"tenant_id": "tidewater"}, ("tenant_id", "tenant")),
    "nul": ({"description": "a\0b"}, ("description", "nul")),
    "a field more": ({"created_at": "2026-01-05T10:00:00Z,"}, (None, "fields")),
}


def lines() -> Iterator[tuple[str, str | None]]:
    """Every line, and which kind of bad it is."""
    kinds = list(KINDS)
    for number in range(GOOD + BAD):
        row = {
            "id": f"E{number}",
            "tenant_id": "",
            "customer_id": f"C{number % 997}",
            "ledger_code": f"V{number}",
            "ledger_date": f"2026-01-{number % 28 + 1:02d}",
            "transaction_type": "invoice",
            "debit_amount": f"{number}.{number % 100:02d}",
            "credit_amount": "0.00",
            "description": f'"Instalment {number}, of many"',
            "created_at": "2026-01-05T10:00:00Z",
        }
        kind = kinds[number // 11 % len(kinds)] if number % 11 == 5 else None
        yield ",".join((row | KINDS[kind][0] if kind else row).values()), kind


def test_each_bad_row_is_quarantined_with_file_row_column_and_reason(house: House) -> None:
    every = list(lines())
    house.put("skyline/ledger_entries.csv", HEADER, *(line for line, _ in every))
    counts = house.counts()
    assert counts == {
        ("skyline", "ledger_entries"): RowCounts(rows_read=GOOD + BAD, landed=GOOD, quarantined=BAD)
    }
    expected = [
        (number, line, KINDS[kind][1]) for number, (line, kind) in enumerate(every, 2) if kind
    ]
    quarantined = house.quarantine("ledger_entries")
    assert len(quarantined) == len(expected) == BAD
    for (number, line, (column, rule)), row in zip(
        expected, quarantined.iter_rows(named=True), strict=True
    ):
        (reason,) = json.loads(row["reasons"])
        assert (row["source_file"], row["source_row"]) == ("skyline/ledger_entries.csv", number)
        assert (reason["column"], reason["rule"]) == (column, rule)
        original = json.loads(row["original"])
        if rule == "fields":
            assert original == {"line": line}
        else:
            assert all((original[field] or "") in line for field in FIELDS)
    landed = house.raw("ledger_entries")["source_row"].to_list()
    assert landed == [number for number, (_, kind) in enumerate(every, 2) if not kind]
