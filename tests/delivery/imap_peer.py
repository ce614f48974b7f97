"""A real IMAP server (Dovecot) on a Maildir in a temporary folder, as an ordinary user."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Dovecot gives nobody's mail to root.
_USER = "nobody"
_CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=right
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server: the user is `milepost`, the password `right`."""

    port: int
    tls_port: int
    certificate: Path
    maildir: Path

    def files(self) -> set[str]:
        """Every mail's file; a mark on a mail is in its name."""
        return {path.name for sub in ("new", "cur") for path in (self.maildir / sub).iterdir()}


@contextmanager
def dovecot(certificate: Path, key: Path, mails: Sequence[bytes]) -> Iterator[Dovecot]:
    """A server whose INBOX holds the mails, in this order."""
    user = _USER if os.geteuid() == 0 else getpass.getuser()
    who = pwd.getpwnam(user)
    folder = Path(tempfile.mkdtemp(prefix="milepost-imap-"))
    maildir = folder / "mail"
    for sub in ("cur", "new", "tmp"):
        (maildir / sub).mkdir(parents=True)
    for number, mail in enumerate(mails):
        (maildir / "new" / f"{1_775_000_000 + number}.M{number}.host").write_bytes(mail)
    peer = Dovecot(_free_port(), _free_port(), certificate, maildir)
    (folder / "dovecot.conf").write_text(
        _CONFIG.format(
            folder=folder,
            certificate=certificate,
            key=key,
            user=user,
            uid=who.pw_uid,
            gid=who.pw_gid,
            group=grp.getgrgid(who.pw_gid).gr_name,
            port=peer.port,
            tls_port=peer.tls_port,
        )
    )
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid)
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    command = [program, "-F", "-c", str(folder / "dovecot.conf")]
    with subprocess.Popen(command) as server:
        try:
            _wait(server, peer.tls_port, folder / "log")
            yield peer
        finally:
            server.terminate()
            server.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"dovecot: {log.read_text() if log.exists() else server.returncode}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
