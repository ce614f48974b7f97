"""Mail: the delivery record, `mail.yaml`, the server (with a test mail to the operator), mailboxes.

Each is tried as the work would try it. What went wrong with single mails is in `milepost status`.
"""

from collections.abc import Iterator
from email.headerregistry import Address

from pipeline.core.errors import MilepostError
from pipeline.delivery.gate import personal_obstacle
from pipeline.delivery.mail.headers import address
from pipeline.delivery.mail.message import NO_SENDER, Header, Letter, compose, message_id
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import OPERATOR, DeliveryKey, State, digest
from pipeline.delivery.rendering import slice_of
from pipeline.delivery.transport.config import MailConfig
from pipeline.delivery.transport.factory import MailSystem, open_mail_system
from pipeline.delivery.transport.mailboxes import mail_folder
from pipeline.delivery.transport.outbox import Parcel
from pipeline.delivery.transport.smtp import SmtpTransport
from pipeline.doctor.finding import Finding, Patient, failed, warning, well

_BODY = (
    "This is the test mail of `milepost doctor`. That you read it says that reports can leave this"
    " machine.\nLook at its headers too: a receiver that trusts it says dkim=pass and spf=pass.\n"
)


def examine(patient: Patient) -> Iterator[Finding]:
    yield _record(patient)
    yield from _slices(patient)
    try:
        mail_system = open_mail_system(patient.ws)
    except MilepostError as error:
        yield failed("mail.yaml", str(error), "mend mail.yaml; docs/operator-guide.md, Mail")
        return
    yield from _server(patient, mail_system)
    yield from _senders(patient, mail_system.config)
    yield from _mailboxes(patient, mail_system.config)


def _record(patient: Patient) -> Finding:
    path = patient.ws.deliveries_file
    try:
        with Deliveries(path, rehearsal=True) as record:
            count = len(record.open())
    except MilepostError as error:
        return failed("delivery record", str(error), f"put a backup in the place of {path}")
    return well("delivery record", f"is readable; {count} deliveries wait or need a person")


def _slices(patient: Patient) -> Iterator[Finding]:
    """Recipients who would never get their report, because it cannot be narrowed to their slice."""
    for tenant in patient.registry.tenants.values():
        for report, config in tenant.reports.items():
            for recipient in config.recipients:
                if found := personal_obstacle(report, slice_of(recipient)):
                    mend = f"change the filter or the report in tenants/{tenant.id}.yaml"
                    yield failed(f"{recipient.email} of {tenant.id}", found.reason, mend)


def _server(patient: Patient, mail_system: MailSystem) -> Iterator[Finding]:
    server = mail_system.config.smtp
    if not isinstance(mail_system.transport, SmtpTransport) or server is None:
        yield well("mail server", "none: mails are files in outbox/ (mail.yaml: transport)")
        return
    where = f"{server.host}:{server.port}"
    if problem := mail_system.transport.check():
        mend = "check host, port, security and password in mail.yaml, and the firewall"
        yield failed("mail server", f"{where}: {problem}", mend)
        return
    yield well("mail server", f"{where} answers and takes the login")
    if not mail_system.config.operators:
        mend = "name yourself under `operators` in mail.yaml"
        yield warning("test mail", "nobody is named to get it, or to be told of trouble", mend)
        return
    yield _test_mail(patient, mail_system, mail_system.config.operators[0])


def _test_mail(patient: Patient, mail_system: MailSystem, operator: str) -> Finding:
    now = patient.settings.now()
    sender = mail_system.config.sender or NO_SENDER
    name = message_id(digest("doctor", now, operator), sender)
    key = DeliveryKey(OPERATOR, "doctor", now.date(), operator)
    header = Header(
        message_id=name,
        dated=now,
        sender=Address("Milepost", addr_spec=sender),
        recipient=address(operator),
        reply_to=None,
        unsubscribe=None,
        request_mark="",
        tenant=OPERATOR,
        report="doctor",
        as_of=now.date(),
        build_id="none",
    )
    mail = mail_system.sign(compose(header, Letter("Milepost can send mail", _BODY)), sender, now)
    result = mail_system.transport.deliver(Parcel(key, name, sender, operator), mail, lambda: None)
    mail_system.transport.close()
    if result.state is State.SENT:
        return well("test mail", f"was taken for {operator}: {result.detail}")
    mend = "the server's answer says why; often the sender in mail.yaml is not one it lets you use"
    return failed("test mail", f"to {operator}: {result.detail}", mend)


def _senders(patient: Patient, config: MailConfig) -> Iterator[Finding]:
    """Who the mails are from; a server refuses the placeholder that the outbox does not mind."""
    if config.transport == "outbox":
        return
    for tenant in patient.registry.tenants.values():
        if tenant.reports and tenant.email is None:
            mend = f"add `email: {{sender: …}}` to tenants/{tenant.id}.yaml"
            yield failed(f"sender of {tenant.id}", "there is none", mend)
    if config.sender is None:
        yield failed("sender of notices", "there is none", "add `sender` to mail.yaml")


def _mailboxes(patient: Patient, config: MailConfig) -> Iterator[Finding]:
    """Where bounces and copies are read."""
    archive = config.evidence.archive if config.evidence else None
    for check, box in (("incoming mail", config.incoming), ("archive", archive)):
        if box is None:
            continue
        folder = mail_folder(patient.ws, box)
        try:
            folder.has("<nothing@milepost.invalid>")
        except MilepostError as error:
            yield failed(check, str(error), "check it in mail.yaml, and who may read it")
        else:
            yield well(check, f"{folder.name} can be read")
    log = config.evidence.mta_log if config.evidence else None
    if log is not None:
        path = patient.ws.root / log
        try:
            path.open("rb").close()
        except OSError as error:
            mend = "let the user that runs Milepost read it (group adm on Debian)"
            yield failed("mail server's log", f"{path}: {error.strerror}", mend)
        else:
            yield well("mail server's log", f"{path} can be read")
