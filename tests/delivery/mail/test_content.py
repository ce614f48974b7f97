"""What mails say beyond the report itself: covering letters, attachments, marks, test copies."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import ConfigError, MilepostError
from pipeline.delivery.mail import report_files
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.rendering import stored, wanted_formats
from pipeline.reports import artifacts
from pipeline.reports.report import File

S = State


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def attached(mail: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}


def one_mail(world: Any, tools: SimpleNamespace, report: str, **changes: Any) -> EmailMessage:
    config = {report: tools.report("0 8 * * *", "finance@skyline.example", **changes)}
    world.registry = tools.registry(tools.tenant(reports=config))
    assert [o.state for o in world.send()] == [S.SENT]
    [mail] = world.outbox().values()
    assert isinstance(mail, EmailMessage)
    return mail


def test_the_daily_summary_is_its_own_mail_with_the_pdf_attached(world: Any, tools: Any) -> None:
    mail = one_mail(world, tools, "daily_summary")
    assert mail["Subject"] == "Skyline Homes · 2026-03-31 · 42 new leads (+12), 3 bookings ₹2.4 Cr"
    assert text_of(mail) == "42 new leads as of 2026-03-31, ₹2.4 Cr\r\n"
    assert "42 new leads" in text_of(mail, "html")
    assert attached(mail) == {"Skyline-Homes-daily-summary-2026-03-31.pdf": tools.PDF}


def test_the_dashboard_travels_under_a_covering_letter(world: Any, tools: Any) -> None:
    mail = one_mail(world, tools, "sales_dashboard")
    assert mail["Subject"] == "Skyline Homes · 31 Mar · Sales dashboard"
    assert set(attached(mail)) == {
        "Skyline-Homes-sales-dashboard-2026-03-31.html",
        "Skyline-Homes-sales-dashboard-2026-03-31.pdf",
    }
    for kind in ("plain", "html"):
        words = " ".join(re.sub(r"<[^>]+>", " ", text_of(mail, kind)).split())
        assert "as of 31 March 2026 is attached" in words
        assert "You receive this because your address is on the list" in words
        assert "build 2026-03-31-abc" in words


def test_the_statements_letter_lists_what_is_owed_and_brings_the_pdfs(
    world: Any, tools: Any
) -> None:
    mail = one_mail(world, tools, "customer_statement")
    text = text_of(mail)
    assert "3 of 3 customers owe money. All balances come to ₹6,001.50" in text
    owes = "balance 3,000.50\xa0Dr, due now 30.00, next due 14 Apr 2026"
    assert f"SKY-0003 · =Customer 3 & Søn शर्मा: {owes}" in text
    html = text_of(mail, "html")
    assert html.index("SKY-0003") < html.index("SKY-0002") < html.index("SKY-0001")
    assert "=Customer 3 &amp; Søn शर्मा" in html
    [(name, data)] = attached(mail).items()
    assert name == "Skyline-Homes-customer-statement-2026-03-31.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert bundle.namelist() == ["sky-0001.pdf", "sky-0002.pdf", "sky-0003.pdf"]
        assert bundle.read("sky-0002.pdf") == tools.PDF
        assert {entry.date_time for entry in bundle.infolist()} == {(2026, 3, 31, 0, 0, 0)}


def test_a_long_list_is_cut_in_the_letter_and_whole_in_the_index(world: Any, tools: Any) -> None:
    world.statements = 380
    world.pdf = b"%PDF"
    mail = one_mail(world, tools, "customer_statement")
    assert "Showing 25 of 380, those with the most due first" in text_of(mail)
    assert text_of(mail, "html").count("SKY-") == 25
    assert len(text_of(mail, "html")) < 90_000
    index = attached(mail)["Skyline-Homes-customer-statement-2026-03-31.csv"]
    rows = list(csv.DictReader(io.StringIO(str(index).lstrip("\ufeff"))))
    assert len(rows) == 380
    assert rows[0] == {
        "customer_code": "SKY-0380",
        "customer_name": "'=Customer 380 & Søn शर्मा",
        "statement": "ST-0380",
        "closing": "380000.50",
        "due_now": "3800.00",
        "next_due": "2026-04-14",
    }


@pytest.mark.parametrize("report", ["customer_statement", "sales_dashboard", "daily_summary"])
def test_what_is_too_large_is_named_instead_of_attached(
    world: Any, tools: Any, monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    monkeypatch.setattr(report_files, "LARGEST_ATTACHMENTS", 2000)
    mail = one_mail(world, tools, report)
    assert not any(name.endswith((".pdf", ".zip")) for name in attached(mail))
    where = {"customer_statement": ""}.get(report, f"/{report}.pdf")
    for kind in ("plain", "html"):
        expected = f"in the Milepost workspace: artifacts/skyline/{report}/2026-03-31{where}"
        assert expected in text_of(mail, kind)


def test_an_artifact_that_was_changed_is_not_mailed(world: Any, tools: Any) -> None:
    render = world.render

    def tampering(*arguments: Any) -> Any:
        made = render(*arguments)
        made[1].path.write_bytes(b"another's figures")
        return made

    world.render = tampering
    [outcome] = world.send()
    assert outcome.state is S.HELD
    assert "daily_summary.pdf is not as it was rendered" in outcome.reason


def test_a_tenant_without_mail_settings_still_gets_its_outbox(world: Any, tools: Any) -> None:
    world.registry = tools.registry(tools.tenant(email=None, contact=None))
    world.send()
    [mail] = world.outbox().values()
    assert str(mail["From"]) == "Skyline Homes <milepost@outbox.invalid>"
    assert mail["Reply-To"] is None


def test_formats_of_the_tenant_file_choose_the_attachments_and_not_the_mail(tools: Any) -> None:
    config = {"daily_summary": tools.report("0 8 * * *", "a@x.example", formats=["pdf"])}
    assert wanted_formats(tools.tenant(reports=config), "daily_summary") == ("html", "text", "pdf")
    assert wanted_formats(tools.tenant(), "daily_summary") is None


def test_stored_artifacts_are_the_ones_that_were_rendered(world: Any) -> None:
    day = date(2026, 3, 30)
    folder = world.ws.artifacts("skyline", "daily_summary", day)
    index = artifacts.Index(
        tenant="skyline",
        report="daily_summary",
        key=(),
        as_of=day,
        content_key="k",
        content_hash="h",
        build_id="b",
        files=(),
    )
    artifacts.write_folder(folder, index, b"{}", [File("daily_summary.txt", "text", b"42")])
    found = stored(world.ws, "skyline", "daily_summary", day)
    assert [a.format for a in found] == ["text", "json"]
    (folder / "daily_summary.txt").write_bytes(b"43")
    with pytest.raises(MilepostError, match=r"daily_summary/2026-03-30 is not as it was rendered"):
        stored(world.ws, "skyline", "daily_summary", day)


# --- test copies


def test_a_test_copy_goes_to_one_address_and_is_recorded_as_what_it_is(world: Any) -> None:
    [copy] = world.send(to="me@operator.example")
    assert (copy.recipient, copy.state, copy.test) == ("me@operator.example", S.SENT, True)
    with Deliveries(world.ws.deliveries_file) as record:
        [row] = record.in_states(*S)
        assert (row.key.report, row.key.recipient, row.state) == (
            *("test-daily_summary", "me@operator.example"),
            S.SENT,
        )
        assert row.evidence == copy.evidence
        assert [move.after for move in record.history(row)] == [
            *(S.QUEUED, S.CLAIMED, S.DATA_STARTED, S.SENT)
        ]
        assert record.covered() == {}, "nobody is subscribed by it"
    [(path, mail)] = world.outbox().items()
    assert path.startswith("skyline/test-2026-03-31-daily_summary-me@operator.example-")
    assert mail["To"] == "me@operator.example"
    assert mail["Subject"].startswith("[TEST] Skyline Homes · 2026-03-31")
    assert text_of(mail).startswith("TEST COPY.")
    assert "<strong>Test copy.</strong>" in text_of(mail, "html")
    [real] = world.send()
    assert real.state is S.SENT
    assert not world.outbox()[real.evidence.removeprefix("outbox/")]["Subject"].startswith("[TEST]")
    with Deliveries(world.ws.deliveries_file) as record:
        owed = [row.key.recipient for row in record.in_states(*S) if row.key.is_owed]
        assert owed == ["head@skyline.example"]


def test_a_changed_report_is_a_new_test_copy_and_an_unchanged_one_is_not(world: Any) -> None:
    for _ in range(2):
        world.send(to="me@operator.example")
    assert len(world.outbox()) == 1
    world.content = {"subject": "Another"}
    world.send(to="me@operator.example")
    assert len(world.outbox()) == 2
    with Deliveries(world.ws.deliveries_file) as record:
        assert len(record.in_states(S.SENT)) == 3, "each one is in the record"


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_test_copy_goes_nowhere_that_the_tenants_mail_may_not_go(
    workspace: Any, tools: Any, now: Any, dry_run: bool
) -> None:
    email = {"sender": "reports@skyline.example", "allowed_domains": ["skyline.example"]}
    other = {"sender": "reports@olist.example"}
    registry = tools.registry(tools.tenant(email=email), tools.tenant("olist", email=other))
    world = tools.World(workspace, registry, now)
    world.publish(date(2026, 3, 31))
    skyline, olist = world.send(to="stranger@elsewhere.example", dry_run=dry_run)
    assert (skyline.tenant, skyline.state) == ("skyline", S.HELD)
    assert "allowed_domains of skyline has skyline.example" in skyline.reason
    assert olist.state is (S.QUEUED if dry_run else S.SENT)
    assert not any("skyline" in path for path in world.outbox())
    assert world.send(to="qa@skyline.example", tenant="skyline")[0].state is S.SENT


def test_a_test_copy_that_does_not_leave_is_not_tried_again(world: Any) -> None:
    world.ws.path("outbox").write_text("in the way")
    [copy] = world.send(to="me@operator.example")
    assert copy.state is S.QUEUED
    with Deliveries(world.ws.deliveries_file) as record:
        [row] = record.in_states(*S)
        assert (row.state, row.key.is_owed) == (S.SKIPPED, False)
        assert "not tried again" in row.reason


def test_a_test_copy_can_be_looked_at_while_the_tenant_is_held(world: Any) -> None:
    world.hold("skyline", date(2026, 4, 1))
    [copy] = world.send(to="me@operator.example")
    assert copy.state is S.SENT
    [mail] = world.outbox().values()
    assert mail["Subject"].startswith("[TEST] HELD · Skyline")
    assert "the recipients do not get this now. data of 2026-04-01 is held: ledger_ties" in (
        text_of(mail)
    )


def test_test_copies_say_what_is_wrong(world: Any, tools: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not an e-mail address"):
        world.send(to="me@operator.example, you@operator.example")
    [planned] = world.send(to="me@operator.example", dry_run=True)
    assert (planned.state, planned.reason) == (S.QUEUED, "a test copy would be sent")
    world.fail = {"skyline": MilepostError("the ledger does not tie")}
    [failed] = world.send(to="me@operator.example")
    assert (failed.state, failed.reason) == (S.HELD, "the ledger does not tie")
    assert world.outbox() == {}
    fresh = tools.World(type(world.ws)(tmp_path / "fresh"), world.registry, world.now)
    [nothing] = fresh.send(to="me@operator.example")
    assert nothing.reason == "nothing is published yet: run `milepost refresh`"
