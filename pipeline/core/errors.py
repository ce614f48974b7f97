"""The errors that a person reads.

Each message says what happened, where, and what to do. Anything else that is raised is a bug and
shows its traceback.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from pipeline.core.redaction import redact


class MilepostError(Exception):
    """A problem that the message explains; the CLI prints it without a traceback and exits 1.

    No secret that this process knows is in the message.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(redact(str(message)))


class ConfigError(MilepostError):
    """Settings, a tenant file or a command's arguments are wrong; the CLI exits 2."""

    exit_code = 2


class BuildError(MilepostError):
    """The models could not be built: a structural failure that stops every tenant."""


class BusyError(MilepostError):
    """Another process holds the workspace's refresh lock."""


@contextmanager
def contained(what: str) -> Iterator[None]:
    """Make of whatever is raised a MilepostError about `what`: one tenant's report, mail or row.

    For a loop over tenants: a bug or a library's complaint over one of them is said and held there,
    and the others go on. What is explained already passes as it is.
    """
    try:
        yield
    except (MilepostError, OSError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:500]
        raise MilepostError(f"{what}: {type(error).__name__}: {said}") from error


def did_you_mean(words: Iterable[str], known: Collection[str]) -> str:
    """ " (did you mean x?)" for words that are near a known one, or nothing."""
    lower = {name.lower(): name for name in sorted(known)}
    near = [
        lower[match]
        for word in words
        for match in get_close_matches(word.strip().lower(), lower, n=1, cutoff=0.75)
    ]
    return f" (did you mean {', '.join(dict.fromkeys(near))}?)" if near else ""
