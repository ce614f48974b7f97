"""The operator's and the analysts' web servers, each in a process as `make dev` and `deploy/` start
it, asked what a page of another site in the operator's browser can ask.

The check stands before Dagster's app, so the servers do without the definitions, which take long to
load and change no answer here.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pipeline.config.settings import child_environment, load_settings
from pipeline.core.errors import ConfigError
from pipeline.defs.request_check import refused

pytestmark = pytest.mark.models  # the web server reads the manifest that dbt makes

# A change that hurts nobody: whether declarative automation is paused, and the question if it is.
PAUSE = "mutation { setAutoMaterializePaused(paused: true) }"
RESUME = "mutation { setAutoMaterializePaused(paused: false) }"
PAUSED = "{ instance { autoMaterializePaused } }"
JSON = {"Content-Type": "application/json"}
ATTACKER = "http://attacker.example"
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    port: int

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            told: dict[str, str] = {}
            for name, value in answer.getheaders():
                key = name.lower()
                told[key] = f"{told[key]}, {value}" if key in told else value
            return answer.status, told, answer.read().decode()
        finally:
            connection.close()

    def graphql(self, query: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        body = json.dumps({"query": query})
        status, _, text = self.ask("POST", "/graphql", body, {**JSON, **(headers or {})})
        return status, text

    @property
    def own(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paused(self) -> bool:
        status, text = self.graphql(PAUSED)
        assert status == 200, text
        paused: bool = json.loads(text)["data"]["instance"]["autoMaterializePaused"]
        return paused


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def servers(home: Path) -> Iterator[dict[str, Server]]:
    """Both user interfaces on one workspace, each in a process of its own."""
    ports = {"operator": _free_port(), "analysts": _free_port()}
    ui = ["-m", "pipeline.defs.web_server", "--empty-workspace", "-h", "127.0.0.1"]
    commands = {
        "operator": [*ui, "-p", str(ports["operator"])],
        "analysts": [*ui, "-p", str(ports["analysts"]), "--read-only"],
    }
    environment = child_environment({"MILEPOST_UI_HOSTS": "reports.example, office"})
    # Another test's instance may be gone.
    environment = {name: value for name, value in environment.items() if "DAGSTER" not in name}
    with ExitStack() as stack:
        for command in commands.values():
            process = subprocess.Popen(
                [sys.executable, *command], env=environment, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        for port in ports.values():
            _wait_for(port)
        yield {name: Server(port) for name, port in ports.items()}


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.2)
    raise TimeoutError(f"no web server on port {port}")


@pytest.fixture(params=["operator", "analysts"])
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """Each of the two."""
    return servers[request.param]


@pytest.fixture
def operator(servers: dict[str, Server]) -> Iterator[Server]:
    """The one that may change something, with nothing paused before and after."""
    one = servers["operator"]
    one.graphql(RESUME)
    yield one
    one.graphql(RESUME)


def test_pages_and_programs_of_its_own_work(operator: Server) -> None:
    assert not operator.paused
    own = {"Origin": operator.own, "Sec-Fetch-Site": "same-origin"}
    assert operator.graphql(PAUSE, own)[0] == 200
    assert operator.paused
    assert operator.graphql(RESUME)[0] == 200, "a program sends no Origin"
    assert not operator.paused


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", f"/graphql?query={PAUSE}", None, {}),
        ("GET", f"/graphql/?query={PAUSE}", None, {"Sec-Fetch-Site": "cross-site"}),
        ("HEAD", f"/graphql?query={PAUSE}", None, {}),
        ("POST", f"/graphql?query={PAUSE}", "x=1", {"Content-Type": "text/plain"}),
        ("POST", f"/graphql?query={PAUSE}", None, {}),
        (
            "POST",
            f"/graphql?query={PAUSE}",
            "x=1",
            {"Content-Type": "application/x-www-form-urlencoded", "Origin": ATTACKER},
        ),
        ("POST", "/graphql", PAUSE, {"Content-Type": "application/graphql"}),
        (
            "POST",
            "/graphql",
            json.dumps({"query": PAUSE}),
            {"Content-Type": "text/plain; x=application/json"},
        ),
        *(
            ("POST", "/graphql", json.dumps({"query": PAUSE}), {**JSON, **headers})
            for headers in (
                {"Origin": ATTACKER},
                {"Origin": "null"},
                {"Origin": "http://127.0.0.1:1"},
                {"Origin": "http://localhost"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Host": "attacker.example"},
                {"Host": "127.0.0.1.attacker.example"},
                {"Host": "localhost@attacker.example"},
            )
        ),
    ],
)
def test_another_sites_page_changes_nothing(
    operator: Server, method: str, path: str, body: str | None, headers: dict[str, str]
) -> None:
    operator.ask(method, path.replace(" ", "%20"), body, headers)
    assert not operator.paused


@pytest.mark.parametrize("path", ["/", "/graphql", "/artifacts/x", "/runs", "/server_info"])
def test_a_name_that_is_not_ours_reads_nothing(server: Server, path: str) -> None:
    """An attacker's name that resolves to loopback would be of one origin with what it reads."""
    status, _, text = server.ask("GET", path, None, {"Host": "attacker.example:3000"})
    assert status == 421
    assert "MILEPOST_UI_HOSTS" in text


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:3000", "127.0.0.1:9", "[::1]:3000", "office", "Reports.Example"],
)
def test_loopback_and_configured_names_read(server: Server, host: str) -> None:
    assert server.ask("GET", "/server_info", None, {"Host": host})[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_what_is_no_reading_and_no_post_is_turned_away(server: Server, method: str) -> None:
    assert server.ask(method, "/graphql", "{}", JSON)[0] == 405


def _opens(server: Server, **headers: str) -> bool:
    origin = headers.pop("Origin", None)
    try:
        with connect(
            f"ws://127.0.0.1:{server.port}/graphql",
            origin=origin,  # type: ignore[arg-type]
            subprotocols=["graphql-ws"],  # type: ignore[list-item]
            additional_headers=headers,
            proxy=None,
        ) as socket:
            socket.send(json.dumps({"type": "connection_init"}))
            answer: str = json.loads(socket.recv())["type"]
            return answer == "connection_ack"
    except InvalidStatus:
        return False


def test_a_websocket_opens_for_its_own_pages_alone(server: Server) -> None:
    assert _opens(server)
    assert _opens(server, Origin=server.own)
    assert not _opens(server, Origin=ATTACKER)
    assert not _opens(server, Origin="null")
    assert not _opens(server, **{"Sec-Fetch-Site": "cross-site"})


def test_the_analysts_change_nothing(servers: dict[str, Server]) -> None:
    analysts = servers["analysts"]
    _, text = analysts.graphql(PAUSE, {"Origin": analysts.own})
    assert not json.loads(text).get("data")
    assert not servers["operator"].paused
    status, _, _ = analysts.ask("POST", "/report_asset_materialization/raw/leads", "{}", JSON)
    assert status == 401


@pytest.mark.parametrize("path", ["/", "/assets", "/graphql", "/server_info", "/artifacts/none"])
def test_nothing_is_framed_or_read_by_another_page(server: Server, path: str) -> None:
    _, headers, _ = server.ask("GET", path, None, {"Accept": "text/html"})
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"localhost"), (b"host", b"attacker.example")],
        [(b"host", b"localhost:x/@attacker.example")],
        [(b"host", b"[::1")],
        [(b"host", b"")],
        [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1"), (b"origin", b"null")],
    ],
)
def test_what_is_doubled_or_malformed_is_turned_away(headers: list[tuple[bytes, bytes]]) -> None:
    assert refused({"type": "http", "method": "POST", "path": "/", "headers": headers})


def test_a_host_setting_that_is_no_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MILEPOST_UI_HOSTS"):
        load_settings(tmp_path, {"MILEPOST_UI_HOSTS": "*"})
