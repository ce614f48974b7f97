"""`mail.yaml`: how mail leaves this machine, and how its fate is found out.

The operator's file, one a workspace; without it mails are written to the outbox. Passwords and keys
are in environment variables whose names it gives. What a tenant wants is in its own file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from pipeline.config.fields import Domain, Email, Model, Text, Tuple, Variable
from pipeline.config.registry import explain
from pipeline.config.workspace import Workspace
from pipeline.config.yaml_text import read_yaml
from pipeline.core.errors import ConfigError

Security = Literal["starttls", "tls", "none"]


class SmtpServer(Model):
    """The server that takes all mail. `answer_seconds` is how long it may take over a whole mail.

    `per_second` counts mails over all `connections`.
    """

    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Security = "starttls"
    username: Text | None = None
    password_env: Variable | None = None
    ca_file: Text | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20
    answer_seconds: Annotated[float, Field(gt=0, le=600)] = 120
    per_second: Annotated[float, Field(gt=0, le=1000)] = 20
    connections: Annotated[int, Field(ge=1, le=50)] = 4

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> SmtpServer:
        if (self.username is None) != (self.password_env is None):
            raise ValueError("username and password_env go together")
        if self.username and self.security == "none":
            raise ValueError("a password needs security: starttls or tls")
        return self


class DkimKey(Model):
    """The key that signs a domain's mail: a PEM file (in the workspace or absolute)."""

    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    key_file: Text


class ImapServer(Model):
    """A mailbox on a server."""

    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Security = "tls"
    username: Text
    password_env: Variable
    folder: Text = "INBOX"
    ca_file: Text | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20


class Mailbox(Model):
    """A folder of mail: a Maildir on this machine, or a folder of an IMAP server."""

    maildir: Text | None = None
    imap: ImapServer | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Mailbox:
        if (self.maildir is None) == (self.imap is None):
            raise ValueError("expected either maildir or imap")
        return self


class Evidence(Model):
    """Where to look whether a mail arrived that was cut off: a mailbox that gets a copy of every
    mail (`always_bcc` in Postfix), or the mail server's log.

    Only after `settle_minutes` does its absence there say that it did not.
    """

    archive: Mailbox | None = None
    mta_log: Text | None = None
    settle_minutes: Annotated[int, Field(ge=1, le=1440)] = 15

    @model_validator(mode="after")
    def _exactly_one(self) -> Evidence:
        if (self.archive is None) == (self.mta_log is None):
            raise ValueError("expected either archive or mta_log")
        return self


class MailConfig(Model):
    """All of `mail.yaml`. `incoming` is where bounces and unsubscribe requests arrive."""

    transport: Literal["outbox", "smtp"] = "outbox"
    smtp: SmtpServer | None = None
    dkim: dict[Domain, DkimKey] = Field(default_factory=dict)
    sender: Email | None = None
    operators: Annotated[tuple[Email, ...], Tuple] = ()
    bounce_address: Email | None = None
    incoming: Mailbox | None = None
    evidence: Evidence | None = None

    @model_validator(mode="after")
    def _a_server_to_send_by(self) -> MailConfig:
        if self.transport == "smtp" and self.smtp is None:
            raise ValueError("transport is smtp, so an smtp section with a host is needed")
        return self


def load_mail_config(ws: Workspace) -> MailConfig:
    """Read `mail.yaml`; the outbox where there is none. ConfigError, one line a problem."""
    path, problems = ws.mail_file, list[str]()
    if not path.exists():
        return MailConfig()
    data = read_yaml(path, problems)
    if not problems:
        try:
            return MailConfig.model_validate(data)
        except ValidationError as error:
            problems = explain(path, error)
    raise ConfigError("\n".join(problems))
