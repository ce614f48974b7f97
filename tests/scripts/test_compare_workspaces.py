"""scripts/compare_workspaces.py sees one changed cell or word, and nothing where nothing is."""

import io
import subprocess
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "compare_workspaces.py"
LEADS = "SELECT 'acme' AS tenant_id, {0} AS lead_id, {1} AS amount, 0.1::DOUBLE AS {2}"


def make(
    root: Path,
    *,
    amount: str = "10.50",
    column: str = "rate_brief",
    build: str = "20260630-0123456789ab",
    parted: bool = False,
    text: str = "2 new leads",
) -> Path:
    """A workspace with a table of two rows and with an artifact and a mail that say `text`."""
    current = root / "published" / "acme" / "current"
    current.mkdir(parents=True)
    one, other = LEADS.format(1, amount, column), LEADS.format(2, "7.25", column)
    if parted:
        (current / "leads").mkdir()
        save(one, current / "leads" / "b.parquet")
        save(other, current / "leads" / "a.parquet")
    else:
        save(f"{one} UNION ALL {other}", current / "leads.parquet")
    folder = root / "artifacts" / "acme" / "daily" / "2026-06-30"
    folder.mkdir(parents=True)
    page = f'<style>p {{}}</style><p title="{column}">{text}</p><footer>build {build}</footer>'
    (folder / "daily.html").write_text(page)
    (folder / "payload.json").write_text(f'{{"{column}": 0.1, "build_id": "{build}"}}')
    write_mail(root / "outbox" / "acme", text, build)
    return root


def save(sql: str, path: Path) -> None:
    duckdb.sql(sql).write_parquet(str(path))


def write_mail(folder: Path, text: str, build: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["X-Milepost-Build"] = "Daily", build
    mail.set_content("See the paper.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("daily.txt", f"{text}\nbuild {build}\n")
    mail.add_attachment(
        packed.getvalue(), maintype="application", subtype="zip", filename="daily.zip"
    )
    folder.mkdir(parents=True)
    (folder / f"2026-06-30-daily-head@acme.example-{build[-8:]}.eml").write_bytes(bytes(mail))


def compare(old: Path, new: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, str(SCRIPT), str(old), str(new), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return make(tmp_path / "old")


def test_order_parts_build_ids_and_told_names_are_no_difference(old: Path, tmp_path: Path) -> None:
    new = make(tmp_path / "new", column="rate_legacy", build="20260630-ba9876543210", parted=True)
    code, told = compare(old, new, "--rename-suffix", "_brief=_legacy")
    assert code == 0, told
    assert "tables: 1 compared: 1 equal; 2 rows" in told
    assert "artifacts: 2 compared: 2 equal" in told
    assert "outbox: 1 compared: 1 equal" in told


def test_a_renamed_column_that_nobody_told_of_is_a_difference(old: Path, tmp_path: Path) -> None:
    code, told = compare(old, make(tmp_path / "new", column="rate_legacy"))
    assert code == 1
    assert "column rate_brief: DOUBLE in old, absent in new" in told


def test_one_changed_amount_is_found_and_shown(old: Path, tmp_path: Path) -> None:
    code, told = compare(old, make(tmp_path / "new", amount="10.51"))
    assert code == 1
    assert "different    acme/leads" in told
    assert "columns: amount\n" in told
    assert "only in old: tenant_id=acme, lead_id=1, amount=10.50" in told
    assert "only in new: tenant_id=acme, lead_id=1, amount=10.51" in told
    assert "lead_id=2" not in told


def test_one_changed_word_is_found_in_the_page_and_in_the_mails_packed_attachment(
    old: Path, tmp_path: Path
) -> None:
    code, told = compare(old, make(tmp_path / "new", text="3 new leads"))
    assert code == 1
    assert "artifacts: 2 compared: 1 different, 1 equal" in told
    assert "outbox: 1 compared: 1 different" in told
    assert told.count("    new: 3 new leads") == 2


def test_what_only_one_has_is_a_difference(old: Path, tmp_path: Path) -> None:
    new = make(tmp_path / "new")
    save("SELECT 1 AS x", new / "published" / "acme" / "current" / "more.parquet")
    next((new / "outbox" / "acme").iterdir()).unlink()
    code, told = compare(old, new)
    assert code == 1
    assert "only in new  acme/more" in told
    assert "only in old  outbox/acme/2026-06-30-daily-head@acme.example.eml" in told


def test_nothing_to_compare_is_not_the_same(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name / "published").mkdir(parents=True)
    assert compare(tmp_path / "old", tmp_path / "new")[0] == 2
