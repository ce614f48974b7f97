"""Real database servers for tests: in temporary folders, on free ports, gone at the end.

PostgreSQL and MariaDB come from the system's packages. As root they run as their own users, because
PostgreSQL refuses root. A test that needs one skips, saying so, where the package is not installed.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

_PATIENCE = 60.0
# Nothing of a test survives it, so nothing needs to reach the disk.
_POSTGRES_OPTIONS = (
    "-F",
    "-c",
    "full_page_writes=off",
    "-c",
    "max_connections=60",
    "-c",
    "shared_buffers=64MB",
    "-c",
    "timezone=UTC",
)
_MARIADB_OPTIONS = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--character-set-server=utf8mb4",
    "--max-connections=60",
)


@dataclass
class Server:
    """One running server. `stop(crash=True)` ends it as a power loss would."""

    kind: str
    folder: Path
    port: int
    command: tuple[str, ...]
    user: str | None
    connectable: Callable[[Server], bool]
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = "crm") -> str:
        """postgresql://… or mysql://…, for the superuser without a password."""
        return f"{self.kind}://milepost@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.folder, **_as_user(self.user)
            )
        deadline = time.monotonic() + _PATIENCE
        while not self.connectable(self):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop(crash=True)
                raise RuntimeError(
                    f"{self.command[0]} did not start:\n{(self.folder / 'log').read_text()[-3000:]}"
                )
            time.sleep(0.05)

    def stop(self, *, crash: bool = False) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            fast = signal.SIGINT if self.kind == "postgresql" else signal.SIGTERM
            immediate = signal.SIGQUIT if self.kind == "postgresql" else signal.SIGKILL
            self.process.send_signal(immediate if crash else fast)
            try:
                self.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def restart(self, *, crash: bool = True) -> None:
        self.stop(crash=crash)
        with suppress(FileNotFoundError):
            (self.folder / "data" / "postmaster.pid").unlink()
        self.start()


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL with the superuser `milepost` and an empty database `crm`."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    found = shutil.which("postgres")
    if not folders and not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    programs = folders[-1] if folders else Path(str(found)).parent
    with _folder("postgres") as (folder, user):
        _run(
            user,
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "milepost",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        port = _free_port()
        command = (
            str(programs / "postgres"),
            "-D",
            str(folder / "data"),
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            str(folder),
            *_POSTGRES_OPTIONS,
        )
        server = Server("postgresql", folder, port, command, user, _postgres_answers)
        with _running(server):
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE crm")
            yield server


@contextmanager
def mariadb_server() -> Iterator[Server]:
    """A MariaDB with the superuser `milepost` and an empty database `crm`."""
    program = shutil.which("mariadbd", path=f"/usr/sbin:{os.defpath}")
    if program is None:
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    with _folder("mysql") as (folder, user):
        _run(
            user,
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )
        first = folder / "first.sql"
        first.write_text(
            "CREATE USER IF NOT EXISTS milepost@'%';\n"
            "GRANT ALL ON *.* TO milepost@'%' WITH GRANT OPTION;\n"
            "CREATE DATABASE IF NOT EXISTS crm;\n"
        )
        first.chmod(0o644)
        port = _free_port()
        command = (
            program,
            *_MARIADB_OPTIONS,
            f"--datadir={folder / 'data'}",
            f"--port={port}",
            f"--socket={folder / 'socket'}",
            f"--init-file={first}",
            f"--tmpdir={folder}",
        )
        server = Server("mysql", folder, port, command, user, _mariadb_answers)
        with _running(server):
            yield server


@contextmanager
def _running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, str | None]]:
    """A folder that the server's user can write, and that user if we are root."""
    folder = Path(tempfile.mkdtemp(prefix=f"milepost-{user}-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        else:
            user = ""
        yield folder, user or None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(user: str | None) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _run(user: str | None, *command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **_as_user(user),
    )
    if done.returncode:
        raise RuntimeError(f"as {user or getpass.getuser()}: {done.stdout}\n{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _mariadb_answers(server: Server) -> bool:
    try:
        mysql_connection(server).close()
    except pymysql.err.OperationalError:
        return False
    return True


def mysql_connection(server: Server, database: str = "crm") -> pymysql.Connection:
    """A connection that commits each statement."""
    return pymysql.connect(
        host="127.0.0.1",
        port=server.port,
        user="milepost",
        database=database,
        autocommit=True,
        charset="utf8mb4",
        connect_timeout=2,
    )
