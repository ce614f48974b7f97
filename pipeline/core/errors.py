"""The errors that a person reads.

Each message says what happened, where, and what to do. Anything else that is raised is a bug and
shows its traceback.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class MilepostError(Exception):
    """A problem that the message explains; the CLI prints it without a traceback and exits 1."""

    exit_code = 1


class ConfigError(MilepostError):
    """Settings, a tenant file or a command's arguments are wrong; the CLI exits 2."""

    exit_code = 2


class BuildError(MilepostError):
    """The models could not be built: a structural failure that stops every tenant."""


class BusyError(MilepostError):
    """Another process holds the workspace's refresh lock."""


def did_you_mean(words: Iterable[str], known: Collection[str]) -> str:
    """ " (did you mean x?)" for words that are near a known one, or nothing."""
    lower = {name.lower(): name for name in sorted(known)}
    near = [
        lower[match]
        for word in words
        for match in get_close_matches(word.strip().lower(), lower, n=1, cutoff=0.75)
    ]
    return f" (did you mean {', '.join(dict.fromkeys(near))}?)" if near else ""
