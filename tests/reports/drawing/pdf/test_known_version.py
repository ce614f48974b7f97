"""Another WeasyPrint than the caches were written for: the same pages, only slower, and said."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.config.settings import REPOSITORY, child_environment
from pipeline.doctor.machine import _pages
from pipeline.reports.customer_statement.account import assemble
from pipeline.reports.drawing.fonts import fontconfig_file
from pipeline.reports.drawing.pdf import known_version
from pipeline.reports.workers import pool
from tests.reports.customer_statement.test_pages import YEAR, many, payload

# Another version, in which nothing is where the caches look for it.
DRAW = """
import sys
from pathlib import Path
from pipeline.reports.drawing.pdf import known_version
if sys.argv[2] == "another":
    known_version.version = lambda name: "71.0"
    for name in ("style_cache", "line_cache", "row_borders", "shaping", "long_document"):
        sys.modules[f"pipeline.reports.drawing.pdf.{name}"] = None
from pipeline.reports.catalogue import find_report
from pipeline.reports.workers import rendering
rendering.LONG = 20
report = find_report("customer_statement")
for file in rendering.render_files(report, sys.stdin.buffer.read(), ["pdf"]):
    (Path(sys.argv[1]) / f"{sys.argv[2]}.pdf").write_bytes(file.data)
"""


@pytest.mark.browser
def test_another_version_draws_the_same_text_by_the_interface_alone(tmp_path: Path) -> None:
    content = payload(assemble("skyline", many(60), YEAR)).to_json()
    environment = child_environment() | {"FONTCONFIG_FILE": str(fontconfig_file(tmp_path))}
    texts = []
    for which in ("known", "another"):
        subprocess.run(
            [sys.executable, "-c", DRAW, tmp_path, which],
            input=content,
            env=environment,
            cwd=REPOSITORY,
            check=True,
        )
        read = ["pdftotext", "-layout", f"{which}.pdf", "-"]
        texts.append(subprocess.run(read, cwd=tmp_path, check=True, capture_output=True).stdout)
    assert texts[0] == texts[1]
    assert len(texts[0]) > 2_000


def test_another_version_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert _pages().state.name == "OK"
    pool._warn.cache_clear()
    with caplog.at_level(logging.WARNING):
        list(pool.render_all([], workers=1, cache_dir=tmp_path))
        assert caplog.records == []
        monkeypatch.setattr(known_version, "version", lambda _: "71.2")
        pool._warn.cache_clear()
        for _ in range(2):
            list(pool.render_all([], workers=1, cache_dir=tmp_path))
    pool._warn.cache_clear()
    (said,) = [record.message for record in caplog.records]
    assert said.startswith("WeasyPrint 71.2 is not 70.x")
    assert "twice as long" in said
    finding = _pages()
    assert finding.state.name == "WARNING"
    assert finding.says == said
    assert finding.mend == 'pip install "weasyprint~=70.0"'
