"""The same build gives the same payload and the same files: in another process, with another time
zone, locale, hash seed and set of fonts.
"""

import json
import os
import subprocess
import sys

import pytest

from pipeline.settings import REPOSITORY

SCRIPT = """
import hashlib, json, sys
from pathlib import Path
from tests.reports.making import payload_of, render_in_worker
from pipeline.workspace import Workspace

ws, folder = Workspace(Path(sys.argv[1])), Path(sys.argv[2])
hashes = {}
for report, formats, more in (
    ("daily_summary", ("html", "text", "pdf"), {}),
    ("sales_dashboard", ("html",), {}),
    ("lead_timeline", ("html", "pdf"), {"lead": "SKY-L-000274"}),
):
    payload = payload_of(ws, "skyline", report, **more)
    hashes[report] = hashlib.sha256(payload.to_json()).hexdigest()
    for name, data in render_in_worker(payload, folder, *formats).items():
        hashes[f"{report} {name}"] = hashlib.sha256(data).hexdigest()
print(json.dumps(hashes))
"""
ELSEWHERE = {
    "TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "pt_BR.UTF-8", "PYTHONHASHSEED": "4242",
    "FONTCONFIG_PATH": "/nonexistent", "XDG_DATA_HOME": "/nonexistent",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(organisations, tmp_path_factory):
    def run(**environment: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("elsewhere")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(organisations.root), str(folder)],
            env={**os.environ, **environment}, cwd=REPOSITORY, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        hashes: dict[str, str] = json.loads(done.stdout)
        return hashes

    return run


def test_the_same_bytes_elsewhere(made):
    here = made(TZ="Asia/Kolkata", PYTHONHASHSEED="1")
    assert len(here) == 9
    assert made(**ELSEWHERE) == here
