"""Which file is read as what, and what is said of the rest."""

import os
from pathlib import Path

import pytest

from pipeline.config.registry import Registry, load_registry
from pipeline.config.workspace import Workspace
from pipeline.contracts import CONTRACTS
from pipeline.sources.files.inbox import find_files, fingerprint, open_file
from pipeline.sources.refusals import Refused


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    for tenant in ("skyline", "tidewater"):
        (workspace.tenants_dir / f"{tenant}.yaml").write_text(f"name: {tenant.title()}\n")
    return load_registry(workspace)


def put(workspace: Workspace, name: str, content: str = "id\n") -> Path:
    path = workspace.inbox_root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_files_name_begins_with_its_entity(workspace: Workspace, registry: Registry) -> None:
    names = {
        "leads.csv": "leads",
        "lead_sources_2.csv": "lead_sources",
        "campaign_spend.csv": "campaign_spend",
        "campaigns-april.csv.gz": "campaigns",
        "Ledger_Entries 2026.CSV": "ledger_entries",
    }
    for name in names:
        put(workspace, f"skyline/{name}")
    files, misfits = find_files(workspace, registry, CONTRACTS)
    assert {file.path.name: file.entity for file in files} == names
    assert misfits == []


def test_files_come_by_tenant_and_then_as_a_person_counts(
    workspace: Workspace, registry: Registry
) -> None:
    for name in ("tidewater/leads.csv", "skyline/leads_10.csv", "skyline/leads_2.csv"):
        put(workspace, name)
    files, _ = find_files(workspace, registry, CONTRACTS)
    assert [file.name for file in files] == [
        "skyline/leads_2.csv",
        "skyline/leads_10.csv",
        "tidewater/leads.csv",
    ]


def test_only_the_entities_that_are_asked_for(workspace: Workspace, registry: Registry) -> None:
    put(workspace, "skyline/leads.csv")
    put(workspace, "skyline/users.csv")
    files, _ = find_files(workspace, registry, ["users"])
    assert [file.entity for file in files] == ["users"]


def test_what_does_not_fit_is_reported_with_the_reason(
    workspace: Workspace, registry: Registry, tmp_path: Path
) -> None:
    put(workspace, "skyline/invoices.csv")
    put(workspace, "skyline/leads.ods")
    put(workspace, "nobody/leads.csv")
    put(workspace, "leads.csv")
    (workspace.inbox_root / "skyline" / "leads_old").mkdir()
    outside = tmp_path / "outside.csv"
    outside.write_text("id\n")
    (workspace.inbox_root / "skyline" / "leads_link.csv").symlink_to(outside)
    files, misfits = find_files(workspace, registry, CONTRACTS)
    assert files == []
    assert {misfit.name: misfit.message.split(":")[0] for misfit in misfits} == {
        "leads.csv": "lies in no tenant's folder",
        "nobody": "no tenant file tenants/nobody.yaml",
        "skyline/invoices.csv": "its name begins with none of " + ", ".join(CONTRACTS),
        "skyline/leads.ods": "its name ends with none of .csv, .csv.gz, .tsv, .tsv.gz, .jsonl,"
        " .jsonl.gz, .xlsx, .parquet",
        "skyline/leads_old": "is no file; files lie directly in the tenant's folder",
        "skyline/leads_link.csv": "is a link, which is not followed",
    }


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_a_tenant_s_folder_that_is_a_link_is_not_followed(
    workspace: Workspace, registry: Registry, tmp_path: Path, where: str
) -> None:
    folder = (workspace.root if where == "inside" else tmp_path) / "delivered"
    folder.mkdir()
    (folder / "leads.csv").write_text("id\n")
    workspace.inbox_root.mkdir()
    (workspace.inbox_root / "skyline").symlink_to(folder)
    files, [misfit] = find_files(workspace, registry, CONTRACTS)
    assert files == []
    assert (misfit.tenant, "link" in misfit.message) == ("skyline", True)


def test_a_file_that_becomes_a_link_or_a_pipe_after_the_look_is_refused(
    workspace: Workspace, registry: Registry
) -> None:
    put(workspace, "skyline/leads.csv", "id,status,created_at\n")
    put(workspace, "tidewater/leads.csv", "id,status,created_at\nL1,new,2026-01-05\n")
    (file, _), _ = find_files(workspace, registry, CONTRACTS)
    file.path.unlink()
    file.path.symlink_to(workspace.inbox_root / "tidewater" / "leads.csv")
    with pytest.raises(Refused, match="link"):
        open_file(file, CONTRACTS["leads"])
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(Refused, match="no file"):
        open_file(file, CONTRACTS["leads"])


def test_a_folder_that_becomes_a_link_after_the_look_is_refused(
    workspace: Workspace, registry: Registry
) -> None:
    put(workspace, "skyline/leads.csv", "id,status,created_at\n")
    put(workspace, "tidewater/leads.csv", "id,status,created_at\nL1,new,2026-01-05\n")
    (file, _), _ = find_files(workspace, registry, CONTRACTS)
    file.path.unlink()
    file.path.parent.rmdir()
    file.path.parent.symlink_to(workspace.inbox_root / "tidewater")
    with pytest.raises(Refused, match="link"):
        open_file(file, CONTRACTS["leads"])


def test_marks_and_what_systems_leave_behind_are_no_deliveries(
    workspace: Workspace, registry: Registry
) -> None:
    for name in ("leads.csv.done", ".DS_Store", "~$leads.csv", "Thumbs.db", ".leads.csv.part"):
        put(workspace, f"skyline/{name}")
    assert find_files(workspace, registry, CONTRACTS) == ([], [])


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id,first_name", r"no column status, created_at.*header is: id, first_name"),
        ("ID,Status,created_at", r"no column id, status.*it has 'ID', 'Status'"),
        ("id;status;created_at", r"is ',' the delimiter\?"),
        ("id,status,create_at", r"header is: id, status, create_at \(did you mean create_at\?\)"),
        ("id,created_at,updated_at", r"header is: id, created_at, updated_at\. If one"),
        ("Leads of April\nid,status,created_at", r"row 2 looks like the header"),
    ],
)
def test_a_missing_required_column_is_named(
    workspace: Workspace, registry: Registry, header: str, message: str
) -> None:
    put(workspace, "skyline/leads.csv", f"{header}\n")
    (file,), _ = find_files(workspace, registry, CONTRACTS)
    with pytest.raises(Refused, match=message):
        open_file(file, CONTRACTS["leads"])


def test_a_file_that_is_written_to_is_another(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("id\n1\n")
    mark = fingerprint(path)
    assert mark.still_holds(path)
    with path.open("a") as stream:
        stream.write("2\n")
    assert not mark.still_holds(path)
    assert fingerprint(path).sha256 != mark.sha256
