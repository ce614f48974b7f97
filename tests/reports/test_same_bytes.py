"""The same build gives the same payload and the same files: in another process, with another time
zone, locale, hash seed and set of fonts.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pipeline.config.settings import REPOSITORY
from pipeline.config.workspace import Workspace
from tests.reports.conftest import DASHBOARD
from tests.reports.making import payload_of, render_in_worker

LEAD = "SKY-L-000274"
SCRIPT = """
import json, sys
from pathlib import Path
from pipeline.config.workspace import Workspace
from tests.reports.test_same_bytes import REPORTS, hashes
print(json.dumps(hashes(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), REPORTS)))
"""
ELSEWHERE = {
    "TZ": "America/St_Johns",
    "LC_ALL": "C",
    "LANG": "pt_BR.UTF-8",
    "PYTHONHASHSEED": "4242",
    "FONTCONFIG_PATH": "/nonexistent",
    "XDG_DATA_HOME": "/nonexistent",
}
REPORTS: Mapping[str, tuple[str, ...]] = {
    "daily_summary": ("html", "text", "pdf"),
    "lead_timeline": ("html", "pdf"),
    DASHBOARD: ("html",),
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hashes(ws: Workspace, folder: Path, reports: Iterable[str]) -> dict[str, str]:
    """Of the payload and of each file of skyline's reports."""
    found = {}
    for report in reports:
        more = {"lead": LEAD} if report == "lead_timeline" else {}
        payload = payload_of(ws, "skyline", report, **more)
        found[report] = sha256(payload.to_json())
        for name, data in render_in_worker(payload, folder, *REPORTS[report]).items():
            found[f"{report} {name}"] = sha256(data)
    return found


def test_the_same_bytes_elsewhere(
    organisations: Workspace, dashboard_of: Callable[[str], Path], tmp_path: Path
) -> None:
    here = hashes(organisations, tmp_path, ["daily_summary", "lead_timeline"])
    drawn = dashboard_of("skyline")
    here[DASHBOARD] = sha256((drawn / "payload.json").read_bytes())
    here[f"{DASHBOARD} html"] = sha256((drawn / f"{DASHBOARD}.html").read_bytes())
    assert len(here) == 9
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(organisations.root), str(tmp_path / "elsewhere")],
        env={**os.environ, **ELSEWHERE},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == here
