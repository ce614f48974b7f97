"""The contracts hang together, and their page says what they say."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts import CONTRACTS, Contract, HardRule, SoftRule, Type
from pipeline.contracts.__main__ import main
from pipeline.contracts.reference import source_contract
from pipeline.landing.batches.schema import raw_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "source-contract.md"

REQUIRED = {
    "leads": ["id", "status", "created_at"],
    "customers": ["id", "customer_name"],
    "lead_sources": ["id", "source_code", "source_name", "source_type"],
    "campaigns": ["id", "campaign_code", "campaign_name", "campaign_type", "start_date", "status"],
    "campaign_spend": ["id", "campaign_id", "spend_date", "amount"],
    "milestones": ["id", "lead_id", "milestone_type", "milestone_date"],
    "engagement": ["id", "lead_id", "engagement_type", "engagement_date"],
    "bookings": [
        "id",
        "customer_id",
        "booking_code",
        "booking_date",
        "booking_amount",
        "status",
    ],
    "ledger_entries": ["id", "customer_id", "ledger_code", "ledger_date", "transaction_type"],
    "users": ["id", "name"],
    "projects": ["id", "project_name"],
    "units": ["id", "project_id", "unit_number", "status"],
    "stages": ["id", "project_id", "stage_name"],
    "instalments": ["id", "booking_id", "label", "amount"],
    "interest_rates": ["id", "valid_from", "rate_percent"],
    "booking_parties": ["id", "booking_id", "party_name"],
    "channel_partners": ["id", "partner_name"],
    "brokerage_entries": ["id", "channel_partner_id", "entry_date", "kind", "amount"],
}
# Contract 2: old files stay valid, as none of these need be there.
SINCE_2 = tuple(REQUIRED)[10:]


def test_no_entitys_name_begins_anothers_so_that_a_file_name_says_one() -> None:
    for name in CONTRACTS:
        assert not [other for other in CONTRACTS if other != name and other.startswith(name)]


every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.entity)


def test_the_entities_and_what_each_row_must_have() -> None:
    assert {name: list(contract.required) for name, contract in CONTRACTS.items()} == REQUIRED


def test_what_version_2_brings_is_optional() -> None:
    assert all(CONTRACTS[entity].optional for entity in SINCE_2)
    added = {
        "bookings": "unit_id agreement_date possession_date stamp_value interest_percent"
        " pay_to_account lender channel_partner_id brokerage_percent transferred_from",
        "ledger_entries": "booking_id purpose tax_amount value_date",
    }
    for entity, columns in added.items():
        own = {column.name: column for column in CONTRACTS[entity].own_columns}
        assert not [name for name in columns.split() if own[name].required]


@every_contract
def test_a_contract_names_no_column_twice(contract: Contract) -> None:
    names = ("tenant_id", *contract.column_names)
    assert len(set(names)) == len(names)


@every_contract
def test_rules_look_at_columns_that_exist(contract: Contract) -> None:
    rules: list[HardRule | SoftRule] = [*contract.hard_rules, *contract.soft_rules]
    for rule in rules:
        if rule.broken is not None:
            assert set(rule.broken.meta.root_names()) <= set(contract.column_names), rule.name


@every_contract
def test_flags_can_be_joined_by_commas(contract: Contract) -> None:
    names = [rule.name for rule in contract.soft_rules]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "," in name]


@every_contract
def test_raw_files_can_hold_every_column(contract: Contract) -> None:
    schema = pl.DataFrame(schema=raw_schema(contract)).schema
    assert {column.name for column in contract.columns} <= set(schema)


def test_money_is_not_negative_but_for_balances() -> None:
    signed = {
        column.name
        for contract in CONTRACTS.values()
        for column in contract.columns
        if column.type is Type.MONEY and column.low is None
    }
    assert signed == {"current_balance", "balance_after"}


def test_the_page_is_what_the_contracts_say() -> None:
    assert main(["--check", str(PAGE)]) == 0, "python -m pipeline.contracts > the page"


def test_the_page_names_every_column_and_rule() -> None:
    page = source_contract()
    for contract in CONTRACTS.values():
        section = page.partition(f"### {contract.entity}\n")[2].partition("\n### ")[0]
        for column in contract.own_columns:
            assert f"| {column.name} |" in section or f"| **{column.name}** |" in section
        rules: list[HardRule | SoftRule] = [*contract.hard_rules, *contract.soft_rules]
        for rule in rules:
            assert f"* `{rule.name}`" in section


def test_an_outdated_page_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.md"
    old.write_text(source_contract() + "\n")
    assert main(["--check", str(old)]) == 1
    assert "python -m pipeline.contracts >" in capsys.readouterr().err
    assert main(["--check", str(tmp_path / "absent.md")]) == 1
    assert main(["--wrong"]) == 2


def test_the_module_prints_the_page() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.contracts"], capture_output=True, check=True, text=True
    )
    assert done.stdout == source_contract()
