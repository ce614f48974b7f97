"""How a build's folder comes to its place and leaves it: files and folders there can be read only.

Whoever wants to change what lies there, be it the owner, has to ask for the right to it first.
"""

import shutil
from pathlib import Path

from pipeline.publish import layout


def replace_files(folder: Path, build: Path) -> None:
    """The current build's damaged files, each by a good one; the manifest last."""
    unlock(build)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.name == layout.MANIFEST):
        place = build / path.relative_to(folder)
        place.parent.mkdir(exist_ok=True)
        path.replace(place)


def replace_build(folder: Path, target: Path, aside: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        # Of an older as-of run, or of a run that died before the sync: same content, maybe cut.
        unlock(target)
        target.rename(aside)
    folder.rename(target)


def lock_up(build: Path) -> None:
    """Nobody writes below the build: neither into a file nor a file beside it."""
    for path in build.rglob("*"):
        if path.is_file():
            path.chmod(0o444 if path.stat().st_mode & 0o044 else 0o400)
    for path in (*(path for path in build.rglob("*") if path.is_dir()), build):
        path.chmod(0o555 if path.stat().st_mode & 0o055 else 0o500)


def unlock(build: Path) -> None:
    """Let the owner change the folders of a build, whose files lie there to be read only."""
    for path in (build, *build.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o700)


def remove_builds(folder: Path) -> None:
    """Remove a folder with builds somewhere below it; nothing if there is none."""
    if folder.is_dir():
        unlock(folder)
        shutil.rmtree(folder, ignore_errors=True)
