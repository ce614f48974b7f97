"""A small world to deliver in: tenants, published builds, artifacts as the reports leave them."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from pipeline.config.registry import Registry
from pipeline.config.source import FileSource
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.delivery.send import DeliveryOutcome, send_due
from pipeline.delivery.transport.factory import open_mail_system
from pipeline.delivery.transport.outbox import Transport
from pipeline.publish import layout
from pipeline.publish.layout import Held, HeldReason, Manifest
from pipeline.reports.artifacts import Artifact
from pipeline.reports.selection import Selection

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 8


def make_tenant(tenant_id: str = "skyline", **changes: Any) -> Tenant:
    """Skyline Homes with a daily summary at 08:00 of every day for one recipient."""
    values: dict[str, Any] = {
        "id": tenant_id,
        "name": f"{tenant_id.title()} Homes",
        "contact": {"email": f"asha@{tenant_id}.example"},
        "email": {"sender": f"reports@{tenant_id}.example"},
        "reports": {"daily_summary": report("0 8 * * *", f"head@{tenant_id}.example")},
    }
    return Tenant.model_validate(values | changes)


def report(schedule: str, *addresses: str, **changes: Any) -> dict[str, Any]:
    recipients = [{"email": email} for email in addresses]
    return {"schedule": schedule, "recipients": recipients, **changes}


def registry_of(*tenants: Tenant) -> Registry:
    return Registry(
        MappingProxyType({t.id: t for t in tenants}), MappingProxyType({"inbox": FileSource()})
    )


@dataclass
class World:
    """A workspace and what is done with it. `rendered` lists every call for artifacts."""

    ws: Workspace
    registry: Registry
    now: datetime
    rendered: list[tuple[str, str, date]] = field(default_factory=list)
    slices: list[Selection] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)
    fail: dict[str, Exception] = field(default_factory=dict)
    statements: int = 3
    pdf: bytes = PDF

    def publish(self, as_of: date) -> None:
        """Every tenant has a build as of this day, and none is held; the workspace's key is one
        that other worlds have, too, so that their mails can be compared."""
        self.ws.state.mkdir(parents=True, exist_ok=True)
        (self.ws.state / "mail.key").write_text("ab" * 32)
        for tenant in self.registry.tenants:
            build = layout.builds_dir(self.ws, tenant) / f"b-{as_of}"
            build.mkdir(parents=True, exist_ok=True)
            manifest = Manifest(tenant=tenant, build_id=build.name, as_of=as_of, tables={})
            (build / layout.MANIFEST).write_text(manifest.model_dump_json())
            link = layout.current_link(self.ws, tenant)
            link.unlink(missing_ok=True)
            link.symlink_to(build)
            (self.ws.published(tenant) / layout.HELD).unlink(missing_ok=True)

    def hold(self, tenant: str, as_of: date) -> None:
        reason = HeldReason(
            check_name="ledger_ties", failures=2, sample="SKY-7", owner_hint="finance"
        )
        path = self.ws.published(tenant) / layout.HELD
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Held(tenant=tenant, as_of=as_of, reasons=(reason,)).model_dump_json())

    def send(
        self, now: datetime | None = None, transport: Transport | None = None, **options: Any
    ) -> list[DeliveryOutcome]:
        if transport:
            options["mail_system"] = replace(open_mail_system(self.ws), transport=transport)
        return send_due(
            self.ws,
            options.pop("registry", self.registry),
            now=now or self.now,
            render=self.render,
            **options,
        )

    def render(
        self, tenant: Tenant, report_name: str, as_of: date, selection: Selection
    ) -> list[Artifact]:
        self.rendered.append((tenant.id, report_name, as_of))
        self.slices.append(selection)
        if error := self.fail.get(tenant.id):
            raise error
        folder = self.ws.artifacts(tenant.id, report_name, as_of)
        if selection:
            folder = folder / selection.slug()
        if report_name == "customer_statement":
            return self._statements(folder, as_of)
        content: dict[str, Any] = {}
        files = {"html": ("html", self._html(tenant, as_of)), "pdf": ("pdf", self.pdf)}
        if report_name == "daily_summary":
            files["text"] = ("txt", f"42 new leads as of {as_of}, ₹2.4 Cr".encode())
            whose = ", ".join([tenant.name, *selection.described()])
            subject = f"{whose} · {as_of} · 42 new leads (+12), 3 bookings ₹2.4 Cr"
            content = {"subject": subject, "quiet": False} | self.content
        files["json"] = ("json", json.dumps({"content": content}).encode())
        return [self._file(folder, report_name, fmt, *file) for fmt, file in files.items()]

    def _html(self, tenant: Tenant, as_of: date) -> bytes:
        picture = f'<img alt="chart" src="data:image/png;base64,{base64.b64encode(PNG).decode()}">'
        body = f"<p>{tenant.name}: 42 new leads as of {as_of}, ₹2.4 Cr</p>{picture * 2}"
        return f'<!doctype html><html><body class="mail">{body}</body></html>'.encode()

    def _statements(self, folder: Path, as_of: date) -> list[Artifact]:
        made = []
        for n in range(1, self.statements + 1):
            content = {
                "number": f"ST-{n:04}",
                "customer": {"code": f"SKY-{n:04}", "name": f"=Customer {n} & Søn शर्मा"},
                "summary": {"closing": f"{n * 1000}.50"},
                "due": {"amount": f"{n * 10}.00", "next_due": "2026-04-14"},
            }
            own = folder / f"sky-{n:04}"
            payload = json.dumps({"content": content}).encode()
            made.append(self._file(own, "customer_statement", "json", "json", payload, own.name))
            made.append(self._file(own, "customer_statement", "pdf", "pdf", self.pdf, own.name))
        return made

    def _file(
        self, folder: Path, name: str, format_: str, suffix: str, data: bytes, *key: str
    ) -> Artifact:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / ("payload.json" if format_ == "json" else f"{name}.{suffix}")
        path.write_bytes(data)
        return Artifact(
            tenant=folder.relative_to(self.ws.root).parts[1],
            report=name,
            key=key,
            format=format_,
            path=path,
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            build_id="2026-03-31-abc",
            as_of=self.now.date(),
            rendered=True,
        )

    def outbox(self, *, notices: bool = False) -> dict[str, EmailMessage]:
        """Every mail in the outbox by its path below it: the reports, or the notices."""
        root = self.ws.path("outbox")
        return {
            path.relative_to(root).as_posix(): message_from_bytes(path.read_bytes(), policy=default)
            for path in sorted(root.rglob("*"))
            if path.is_file() and ("-notice-" in path.name) == notices
        }

    def notices(self) -> list[tuple[str, str, str]]:
        """Of every notice sent: to whom, subject, text."""
        return [
            (str(mail["To"]), str(mail["Subject"]), mail.get_content())
            for mail in self.outbox(notices=True).values()
        ]


@pytest.fixture
def world(workspace: Workspace, now: datetime) -> World:
    """One tenant, published as of yesterday; it is 08:00 there."""
    world = World(workspace, registry_of(make_tenant()), now)
    world.publish(date(2026, 3, 31))
    return world


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """The helpers of this file, for tests that need other tenants."""
    return SimpleNamespace(
        **{"tenant": make_tenant, "report": report, "registry": registry_of, "World": World},
        **{"UTC": UTC, "timedelta": timedelta, "PNG": PNG, "PDF": PDF},
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
