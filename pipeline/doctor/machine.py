"""The machine: Python, the libraries of the system, fonts, disk, and folders that can be written.

Each library is loaded, as the work would load it; that a package is installed says little.
"""

import ctypes.util
import os
import shutil
import sys
from collections.abc import Iterator

from pipeline.config.settings import TEMPLATES_DIR
from pipeline.core.private_files import open_to_others
from pipeline.doctor.finding import Finding, Patient, failed, warning, well
from pipeline.reports.drawing.pdf.known_version import WRITTEN_FOR, what_is_lost

_OLDEST_PYTHON = (3, 11)
_LITTLE = 2 << 30
_VERY_LITTLE = 200 << 20
# Library, the package that holds it on Debian and Ubuntu, and what is lost without it.
_LIBRARIES = (
    ("pango-1.0", "libpango-1.0-0", "no PDF can be made"),
    ("pangoft2-1.0", "libpangoft2-1.0-0", "no PDF can be made"),
)
_QUICK_PDF = ("harfbuzz-subset", "libharfbuzz-subset0")


def examine(patient: Patient) -> Iterator[Finding]:
    yield _python()
    yield from _libraries()
    yield _pages()
    yield _fonts()
    yield _disk(patient)
    yield from _folders(patient)
    yield _private(patient)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        return failed("python", f"Python {found}", "install Python 3.11 or newer, run `make setup`")
    return well("python", f"Python {found}")


def _libraries() -> Iterator[Finding]:
    for name, package, loss in _LIBRARIES:
        if ctypes.util.find_library(name) is None:
            yield failed(name, f"is missing: {loss}", f"apt-get install {package}")
        else:
            yield well(name, "is installed")
    name, package = _QUICK_PDF
    if ctypes.util.find_library(name) is None:
        mend = f"apt-get install {package}"
        yield warning(name, "is missing: each PDF takes four times as long", mend)
    else:
        yield well(name, "is installed")


def _pages() -> Finding:
    lost = what_is_lost()
    if lost is not None:
        mend = f'pip install "weasyprint~={WRITTEN_FOR}0"'
        return warning("weasyprint", lost, mend)
    return well("weasyprint", f"is {WRITTEN_FOR}x, which the caches were written for")


def _fonts() -> Finding:
    fonts = sorted((TEMPLATES_DIR / "fonts").glob("*.ttf"))
    if not fonts:
        return failed("fonts", f"none in {TEMPLATES_DIR / 'fonts'}", "restore them from the source")
    return well("fonts", f"{len(fonts)} in reports_templates/fonts")


def _disk(patient: Patient) -> Finding:
    free = shutil.disk_usage(patient.ws.root).free
    says = f"{free / (1 << 30):.1f} GiB free for {patient.ws.root}"
    mend = "free some, or move the workspace to another disk and name it with MILEPOST_HOME"
    if free < _VERY_LITTLE:
        return failed("disk", says, mend)
    return warning("disk", says, mend) if free < _LITTLE else well("disk", says)


def _private(patient: Patient) -> Finding:
    open_ = list(open_to_others(patient.ws.root))
    if not open_:
        return well("private", "nobody else on this machine can read the workspace")
    first = open_[0].relative_to(patient.ws.root.parent)
    return warning(
        "private",
        f"others on this machine can read or enter {len(open_):,} files and folders, {first} first",
        f"chmod -R go= {patient.ws.root} (leave inbox/ to who delivers there)",
    )


def _folders(patient: Patient) -> Iterator[Finding]:
    ws = patient.ws
    for folder in (ws.root, ws.raw_root, ws.quarantine_root, ws.published_root, ws.state):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            yield failed(
                "folder",
                f"{folder} cannot be written",
                f"chown it to the user with id {os.geteuid()}",
            )
    if not os.access(ws.inbox_root, os.R_OK) and ws.inbox_root.exists():
        yield failed("folder", f"{ws.inbox_root} cannot be read", "let this user read it")
