"""What an area of `milepost doctor` is given, and what it says."""

from dataclasses import dataclass
from enum import IntEnum

from pipeline.config.registry import Registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace


class Gravity(IntEnum):
    """In order of gravity. A warning leaves the exit code alone."""

    OK = 0
    WARNING = 1
    FAILED = 2


@dataclass(frozen=True)
class Patient:
    """The installation that is examined."""

    ws: Workspace
    registry: Registry
    settings: Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what to do if it is not well."""

    check: str
    state: Gravity
    says: str
    mend: str = ""


def well(check: str, says: str) -> Finding:
    return Finding(check, Gravity.OK, says)


def warning(check: str, says: str, mend: str) -> Finding:
    return Finding(check, Gravity.WARNING, says, mend)


def failed(check: str, says: str, mend: str) -> Finding:
    return Finding(check, Gravity.FAILED, says, mend)
