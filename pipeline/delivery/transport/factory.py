"""From `mail.yaml` to the means of sending: the transport, its witness and the signer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pipeline.config.settings import secret
from pipeline.config.workspace import Workspace
from pipeline.delivery.transport.config import Evidence, MailConfig, load_mail_config
from pipeline.delivery.transport.evidence import Archive, MtaLog, Witness
from pipeline.delivery.transport.mailboxes import mail_folder
from pipeline.delivery.transport.outbox import FileOutbox, Transport
from pipeline.delivery.transport.signing import Sign, signer
from pipeline.delivery.transport.smtp import Login, SmtpTransport


@dataclass(frozen=True)
class MailSystem:
    """How this workspace's mail leaves."""

    config: MailConfig
    transport: Transport
    sign: Sign


def open_mail_system(ws: Workspace) -> MailSystem:
    """The mail system of the workspace. ConfigError for a wrong file, a missing key or password."""
    config = load_mail_config(ws)
    return MailSystem(config, _transport(ws, config), signer(ws.root, config.dkim))


def _transport(ws: Workspace, config: MailConfig) -> Transport:
    if config.transport == "outbox" or config.smtp is None:
        return FileOutbox(ws)
    server = config.smtp
    login = None
    if server.username and server.password_env:
        login = Login(server.username, secret(server.password_env))
    witness = _witness(ws, config.evidence) if config.evidence else None
    return SmtpTransport(server, login, witness=witness, bounces_to=config.bounce_address)


def _witness(ws: Workspace, evidence: Evidence) -> Witness:
    settles = timedelta(minutes=evidence.settle_minutes)
    if evidence.archive:
        return Archive(mail_folder(ws, evidence.archive), settles)
    return MtaLog(ws.root / str(evidence.mta_log), settles)
