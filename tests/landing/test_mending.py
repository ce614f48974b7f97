"""What earlier versions landed and today's would not is taken out of raw and quarantine."""

import json
from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipeline.config.workspace import Workspace
from pipeline.landing.batches.batches import METADATA_KEY, read_batches
from tests.crm import Crm, new_crm
from tests.landing.conftest import House
from tests.servers import Server


@pytest.fixture
def crm(postgres: Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    with new_crm(postgres, "mending", workspace, monkeypatch) as crm:
        yield crm


def test_a_secret_that_landed_is_removed_and_nothing_lands_anew(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.configure("skyline")
    crm.create("users")
    crm.execute(
        "ALTER TABLE users ADD COLUMN password_hash text, ADD COLUMN role text",
        "INSERT INTO users (id, tenant_id, name, password_hash, role) VALUES"
        " (gen_random_uuid(), 'skyline', 'Asha', '$2b$invented', 'seller'),"
        " (gen_random_uuid(), 'skyline', '', '$2b$invented', 'seller')",
    )
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.config.source._is_secret", lambda _: False)
        crm.ingest(entities=["users"])
    assert "password_hash" in crm.raw("users")["extra"].item()
    assert "password_hash" in crm.quarantine("users")["original"].item()
    crm.ingest(entities=["users"])
    users = crm.raw("users")
    assert [json.loads(extra) for extra in users["extra"]] == [{"role": "seller"}]
    assert "$2b$" not in "".join(crm.quarantine("users")["original"])
    assert crm.ingest(entities=["users"]).batches == {}


def test_what_ignore_lists_is_removed_too(crm: Crm) -> None:
    crm.configure("skyline")
    crm.create("users")
    crm.execute(
        "ALTER TABLE users ADD COLUMN photo text",
        "INSERT INTO users (id, tenant_id, name, photo) VALUES"
        " (gen_random_uuid(), 'skyline', 'Asha', 'data')",
    )
    crm.ingest(entities=["users"])
    assert crm.raw("users")["extra"].item() == '{"photo":"data"}'
    crm.configure("skyline", ignore={"users": ["photo"]})
    crm.ingest(entities=["users"])
    assert crm.raw("users")["extra"].to_list() == [None]


def test_rows_without_a_required_value_are_taken_out_and_their_file_is_read_again(
    house: House,
) -> None:
    house.put("skyline/users.csv", "id,name", "U1,Asha")
    house.ingest(entities=["users"])
    (batch,) = read_batches(house.ws, "users")
    # As an earlier version wrote it, by a mapping that left the id out.
    path = house.ws.raw("users") / batch.file_name
    (file,) = batch.files
    said = replace(batch, files=(replace(file, absent_columns=("id",), rules=""),)).to_json()
    rows = pl.read_parquet(path).with_columns(id=pl.lit(None, dtype=pl.String))
    table = rows.to_arrow().replace_schema_metadata({METADATA_KEY: said})
    pq.write_table(table, path)
    house.ingest(entities=["users"])
    assert house.raw("users").select("id", "name").rows() == [("U1", "Asha")]
