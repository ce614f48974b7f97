"""The UI's first page and the rendered files beside Dagster's pages."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import uvicorn

from pipeline.config.workspace import Workspace
from pipeline.defs.metadata.reports import artifacts_metadata
from pipeline.reports.artifacts import Artifact

pytestmark = pytest.mark.models

AS_OF = date(2026, 3, 31)
TILE = {
    "title": "Booked value",
    "value": "52110000.50",
    "previous_day": {"base": None},
    "to_date": "238080000.00",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


@dataclass(frozen=True)
class Client:
    """Asks for paths as they are written, dots and all."""

    port: int

    def get(self, path: str, method: str = "GET") -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path)
        answer = connection.getresponse()
        headers: dict[str, str] = {}
        for name, value in answer.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        try:
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Workspace]]:
    """Dagster's web server on a workspace, as `pipeline.defs.web_server` makes it."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import EmptyWorkspaceTarget

    from pipeline.defs.web_server import create_app

    ws = Workspace(tmp_path_factory.mktemp("ui") / "workspace")
    ws.tenants_dir.mkdir(parents=True)
    with (
        dg.instance_for_test() as instance,
        WorkspaceProcessContext(instance, EmptyWorkspaceTarget(), read_only=True) as context,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        app = create_app(ws, (), context)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield Client(listening.getsockname()[1]), ws
        server.should_exit = True
        thread.join()


@pytest.fixture
def client(ui: tuple[Client, Workspace]) -> Client:
    return ui[0]


@pytest.fixture
def served(ui: tuple[Client, Workspace]) -> Workspace:
    """The workspace of the server, with one tenant and nothing rendered."""
    ws = ui[1]
    shutil.rmtree(ws.path("artifacts"), ignore_errors=True)
    (ws.tenants_dir / "skyline.yaml").write_text(
        "name: Skyline\n"
        "reports:\n"
        "  daily_summary: {schedule: '0 8 * * *', recipients: [{email: head@skyline.example}]}\n"
    )
    return ws


def rendered(ws: Workspace, content: dict[str, object]) -> list[Artifact]:
    """A report of skyline's as the reports leave it: the page, and the payload it was made from."""
    folder = ws.artifacts("skyline", "daily_summary", AS_OF)
    folder.mkdir(parents=True)
    files = {
        ("html", "daily_summary.html"): b"<script>alert(1)</script><p>42 new leads",
        ("pdf", "daily_summary.pdf"): b"%PDF-1.7\n",
        ("json", "payload.json"): json.dumps({"content": content}).encode(),
    }
    made = []
    for (format_, name), data in files.items():
        (folder / name).write_bytes(data)
        digest = sha256(data).hexdigest()
        one = ("skyline", "daily_summary", (), format_, folder / name, digest, len(data))
        made.append(Artifact(*one, "b-1", AS_OF, True))
    entries = [
        {"name": a.path.name, "format": a.format, "sha256": a.sha256, "bytes": a.bytes}
        for a in made
    ]
    index: dict[str, Any] = {
        "tenant": "skyline",
        "report": "daily_summary",
        "key": [],
        "as_of": str(AS_OF),
    }
    index |= {"content_key": "k", "content_hash": "h", "build_id": "b-1", "files": entries}
    (folder / "artifacts.json").write_text(json.dumps(index))
    return made


def test_the_first_page_leads_to_report_figures_checks_and_button(
    client: Client, served: Workspace
) -> None:
    page = client.get("/").text
    assert "Skyline" in page
    assert "no figures yet" in page
    assert "not made yet" in page
    rendered(served, {})
    page = client.get("/").text
    assert "31 Mar 2026" in page
    assert 'href="/artifacts/skyline/daily_summary/2026-03-31/daily_summary.html"' in page
    assert "/assets/reports/daily_summary?view=partitions&amp;partition=skyline" in page
    assert "payload.json" not in page


def test_a_name_with_markup_is_text_on_the_first_page(client: Client, served: Workspace) -> None:
    file = served.tenants_dir / "skyline.yaml"
    file.write_text(file.read_text().replace("name: Skyline", 'name: "<img src=x> & Sons"'))
    assert "&lt;img src=x&gt; &amp; Sons" in client.get("/").text


def test_everything_else_is_dagsters(client: Client) -> None:
    assert "dagster_webserver_version" in json.loads(client.get("/server_info").content)
    assert "dagster" in client.get("/assets").text.lower()


def test_a_page_is_shown_without_the_rights_of_its_server(
    client: Client, served: Workspace
) -> None:
    html, pdf, _ = rendered(served, {})
    shown = client.get("/artifacts/skyline/daily_summary/2026-03-31/daily_summary.html")
    assert shown.content == html.path.read_bytes()
    assert shown.headers["content-security-policy"].startswith("sandbox ")
    for policy in ("default-src 'none'", "img-src data:", "form-action 'none'"):
        assert policy in shown.headers["content-security-policy"]
        assert policy in client.get("/").headers["content-security-policy"]
    assert "allow-same-origin" not in shown.headers["content-security-policy"]
    shown = client.get("/artifacts/skyline/daily_summary/2026-03-31/daily_summary.pdf")
    assert shown.content == pdf.path.read_bytes()
    assert client.get("/artifacts/skyline/daily_summary/2026-03-31/x", "POST").status == 415


@pytest.mark.parametrize(
    "path",
    ["..%2fmail.yaml", "%2e%2e/mail.yaml", "skyline/../../mail.yaml", "out.yaml", "", "skyline"],
)
def test_nothing_outside_the_folder_is_shown(client: Client, served: Workspace, path: str) -> None:
    served.mail_file.write_text("a secret")
    served.path("artifacts", "skyline").mkdir(parents=True)
    served.path("artifacts", "out.yaml").symlink_to(served.mail_file)
    answer = client.get(f"/artifacts/{path}")
    assert answer.status == 404
    assert "a secret" not in answer.text


def test_a_report_tells_its_figures_and_links_that_a_browser_follows(
    skyline: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(skyline.root))
    metadata = artifacts_metadata(rendered(skyline, {"tiles": [TILE]}))
    figures = metadata["figures"]
    assert isinstance(figures, dg.TableMetadataValue)
    assert [row.data for row in figures.records] == [
        {
            "figure": "Booked value",
            "value": "52,110,000.50",
            "day_before": "",
            "month_to_date": "238,080,000.00",
        }
    ]
    links = {
        key: one.value for key, one in metadata.items() if isinstance(one, dg.UrlMetadataValue)
    }
    folder = Path("/artifacts/skyline/daily_summary/2026-03-31")
    assert links["open_html"] == str(folder / "daily_summary.html")
    assert {one[0] for one in links.values()} == {"/"}
    assert "open_json" not in links
    assert artifacts_metadata([]).keys() == {"files", "rendered", "bytes"}
