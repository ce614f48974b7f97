"""What the doctor says of an installation, and how grave it is."""

import shutil
from collections import namedtuple

import polars as pl
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.private_files import close_to_others
from pipeline.doctor import examine
from pipeline.doctor.finding import Patient

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def patient(workspace: Workspace) -> Patient:
    close_to_others(workspace.root)  # whatever the rights that files are made with here
    return Patient(workspace, load_registry(workspace), Settings(home=workspace.root))


def said(patient: Patient, check: str) -> dict[str, str]:
    row: dict[str, str]
    (row,) = [row for row in examine(patient)["checks"] if row["check"] == check]
    return row


def test_a_machine_on_which_the_tests_run_is_well(patient: Patient) -> None:
    result = examine(patient)
    assert {row["state"] for row in result["checks"]} == {"ok"}
    assert result["state"] == "ok"
    assert {row["mend"] for row in result["checks"]} == {""}


@pytest.mark.parametrize(("free", "state"), [(1 << 30, "warning"), (1 << 20, "failed")])
def test_a_disk_that_is_nearly_full(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 1 << 39, free))
    assert said(patient, "disk")["state"] == state
    assert "MILEPOST_HOME" in said(patient, "disk")["mend"]
    assert examine(patient)["state"] == state


def test_a_missing_library_names_its_package(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
    assert said(patient, "pango-1.0")["mend"] == "apt-get install libpango-1.0-0"
    assert said(patient, "harfbuzz-subset")["state"] == "warning"


def test_rules_that_nobody_chose_are_named_where_instalments_landed(workspace: Workspace) -> None:
    for tenant, rules in (("leads_only", "{}"), ("builder", "{interest: {grace_days: 0}}")):
        text = f"name: {tenant}\nrealty: {rules}\n"
        (workspace.tenants_dir / f"{tenant}.yaml").write_text(text)
    folder = workspace.raw("instalments")
    folder.mkdir(parents=True)
    pl.DataFrame({"tenant_id": ["builder"]}).write_parquet(folder / "batch.parquet")
    patient = Patient(workspace, load_registry(workspace), Settings(home=workspace.root))
    found = said(patient, "realty rules of builder")
    assert found["state"] == "warning"
    assert "forfeiture.percent" in found["says"]
    assert "interest.grace_days" not in found["says"]
    assert "tenants/builder.yaml" in found["mend"]
    assert not [row for row in examine(patient)["checks"] if "leads_only" in row["check"]]
