"""What the doctor finds about mail, with a real server to send to."""

from email import message_from_bytes
from email.policy import default

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.doctor.finding import Gravity, Patient
from pipeline.doctor.mail import examine
from tests.delivery.smtp_peer import Peer

TENANT = """\
name: Skyline
reports: {daily_summary: {schedule: "0 8 * * *", recipients: [{email: a@skyline.example}]}}
"""
SMTP = """\
transport: smtp
smtp: {{host: 127.0.0.1, port: {port}, security: none, timeout_seconds: 5}}
operators: [ops@example.com]
sender: milepost@example.com
"""


@pytest.fixture
def skyline(workspace: Workspace) -> Workspace:
    text = TENANT + "email: {sender: reports@skyline.example}\n"
    (workspace.tenants_dir / "skyline.yaml").write_text(text)
    return workspace


def findings(ws: Workspace) -> dict[str, tuple[Gravity, str]]:
    patient = Patient(ws, load_registry(ws), Settings(home=ws.root))
    return {one.check: (one.state, one.says) for one in examine(patient)}


def test_without_a_file_the_outbox_is_well(skyline: Workspace) -> None:
    found = findings(skyline)
    assert {state for state, _ in found.values()} == {Gravity.OK}
    assert "outbox" in found["mail server"][1]


def test_the_operator_gets_a_test_mail(skyline: Workspace) -> None:
    with Peer().running() as peer:
        skyline.mail_file.write_text(SMTP.format(port=peer.port))
        found = findings(skyline)
    assert {state for state, _ in found.values()} == {Gravity.OK}
    [mail] = [message_from_bytes(one.data, policy=default) for one in peer.accepted]
    assert (mail["To"], mail["Subject"]) == ("ops@example.com", "Milepost can send mail")


def test_what_is_wrong_is_found_and_how_to_mend_it(skyline: Workspace) -> None:
    (skyline.tenants_dir / "skyline.yaml").write_text(TENANT)
    with Peer(lambda verb, _: "5xx" if verb == "RCPT" else None).running() as peer:
        text = SMTP.format(port=peer.port).replace("sender: milepost@example.com\n", "")
        boxes = "incoming: {maildir: nowhere}\nevidence: {mta_log: no.log}\n"
        skyline.mail_file.write_text(text + boxes)
        found = findings(skyline)
    wrong = {check for check, (state, _) in found.items() if state is Gravity.FAILED}
    assert wrong == {
        *("test mail", "sender of skyline", "sender of notices"),
        *("incoming mail", "mail server's log"),
    }
    assert "550 5.1.1 no such mailbox" in found["test mail"][1]


def test_a_server_that_is_down_and_a_file_that_is_wrong(skyline: Workspace) -> None:
    skyline.mail_file.write_text(SMTP.format(port=9))
    assert findings(skyline)["mail server"][0] is Gravity.FAILED
    skyline.mail_file.write_text("transport: pigeon\n")
    assert findings(skyline)["mail.yaml"][0] is Gravity.FAILED


def test_a_slice_that_a_report_cannot_be_narrowed_to_is_found_before_its_day(
    skyline: Workspace,
) -> None:
    file = skyline.tenants_dir / "skyline.yaml"
    slice_ = "{email: a@skyline.example, filter: {assigned_to: Asha Rao}}"
    whole = file.read_text().replace("{email: a@skyline.example}", slice_)
    file.write_text(whole.replace("daily_summary", "sales_dashboard"))
    state, says = findings(skyline)["a@skyline.example of skyline"]
    assert state is Gravity.FAILED
    assert "sales_dashboard cannot be narrowed to owner Asha Rao" in says
    assert "reports that can: daily_summary, receivables, booking_register" in says
    file.write_text(whole)
    assert "a@skyline.example of skyline" not in findings(skyline)
