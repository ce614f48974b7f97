"""Sending: a thousand mails of 200 kB against a plain loop, and 200 tenants due in one minute.

The server is Postfix's smtp-sink on this machine; what is rendered is made up, so that only the
sending is measured.
"""

import hashlib
import json
import random
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.measure import report
from pipeline.config.registry import Registry
from pipeline.config.source import FileSource
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.delivery.record.states import State
from pipeline.delivery.send import DeliveryOutcome, send_due
from pipeline.delivery.transport.config import MailConfig, SmtpServer
from pipeline.delivery.transport.factory import MailSystem
from pipeline.delivery.transport.signing import unsigned
from pipeline.delivery.transport.smtp import SmtpTransport
from pipeline.publish import layout
from pipeline.publish.layout import Manifest
from pipeline.reports.artifacts import Artifact
from pipeline.reports.selection import Selection

NOW = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
AS_OF = date(2026, 3, 31)
PDF = random.Random(1).randbytes(200_000)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        ours = _timed(Path(folder) / "one", {"skyline": 1000}, port)
        report("send 1,000 mails with a PDF of 200 kB", f"{ours:.1f} s", "< 60 s")
        mails = sorted((Path(folder) / "one" / "state" / "mail" / "skyline").glob("*.eml"))
        plain = _plain(mails, port)
        report("the same bytes by a loop that remembers nothing", f"{plain:.1f} s", "-")
        report("what remembering, signing off and syncing costs", f"{ours / plain:.1f} x", "< 10 x")
        many = {f"tenant{n:03}": 2 for n in range(200)}
        overhead = _timed(Path(folder) / "many", many, port, attach=False)
        report("200 tenants due at one minute: all but rendering", f"{overhead:.1f} s", "< 20 s")


def _timed(home: Path, recipients: dict[str, int], port: int, *, attach: bool = True) -> float:
    """Seconds to send every tenant's report to so many recipients."""
    ws, registry = _world(home, recipients)
    server = SmtpServer(host="127.0.0.1", port=port, security="none", per_second=1000.0)
    mail_system = MailSystem(MailConfig(), SmtpTransport(server), unsigned)

    def render(tenant: Tenant, name: str, as_of: date, _slice: Selection) -> Sequence[Artifact]:
        return _artifacts(ws, tenant, name, as_of, attach)

    begin = time.perf_counter()
    outcomes: list[DeliveryOutcome] = send_due(
        ws, registry, now=NOW, render=render, mail_system=mail_system
    )
    seconds = time.perf_counter() - begin
    states = {one.state for one in outcomes}
    assert len(outcomes) == sum(recipients.values()), len(outcomes)
    assert states == {State.SENT}, states
    return seconds


def _world(home: Path, recipients: dict[str, int]) -> tuple[Workspace, Registry]:
    ws, tenants = Workspace(home), {}
    for name, count in recipients.items():
        addresses = [{"email": f"user{n}@d{n % 50}.{name}.example"} for n in range(count)]
        daily = {"schedule": "0 8 * * *", "recipients": addresses}
        values: dict[str, Any] = {"id": name, "name": name, "reports": {"daily_summary": daily}}
        tenants[name] = Tenant.model_validate(values)
        build = layout.builds_dir(ws, name) / "b"
        build.mkdir(parents=True)
        manifest = Manifest(tenant=name, build_id="b", as_of=AS_OF, tables={})
        (build / layout.MANIFEST).write_text(manifest.model_dump_json())
        layout.current_link(ws, name).symlink_to(build)
    sources = MappingProxyType({"inbox": FileSource()})
    return ws, Registry(MappingProxyType(tenants), sources)


def _artifacts(
    ws: Workspace, tenant: Tenant, name: str, as_of: date, attach: bool
) -> Sequence[Artifact]:
    content = {"subject": f"{tenant.name} · 42 new leads", "quiet": False}
    files = {
        "json": ("payload.json", json.dumps({"content": content}).encode()),
        "html": (f"{name}.html", b"<!doctype html><html><body>" + b"<p>42</p>" * 3000),
        "text": (f"{name}.txt", b"42 new leads\n" * 200),
    }
    if attach:
        files["pdf"] = (f"{name}.pdf", PDF)
    folder = ws.artifacts(tenant.id, name, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for format_, (file, data) in files.items():
        (folder / file).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        made.append(
            Artifact(
                *(tenant.id, name, (), format_, folder / file, digest, len(data), "b", as_of, True)
            )
        )
    return made


def _plain(mails: Sequence[Path], port: int) -> float:
    begin = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as session:
        for path in mails:
            session.sendmail("a@b.example", ["c@d.example"], path.read_bytes())
    return time.perf_counter() - begin


@contextmanager
def _sink() -> Iterator[int]:
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [program, "-c", "-u", "nobody", f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sink:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
        sink.terminate()
