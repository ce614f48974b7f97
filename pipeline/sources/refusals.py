"""Why a file is not landed: a person must mend it, or it is not complete yet.

What a library raises over one file is that file's refusal as well: it must not end the reading of
any other.
"""

import logging

from polars.exceptions import PanicException

from pipeline.core.errors import MilepostError

# Readers are other people's libraries, and what they raise over strange input is no closed list.
# A panic of polars is not even an Exception.
LIBRARY_ERRORS: tuple[type[BaseException], ...] = (Exception, PanicException)
_LONGEST = 200


class Refused(MilepostError):
    """The file cannot be landed as it is; the message says what to change."""


class Waiting(MilepostError):
    """The file looks unfinished; it is tried again at the next refresh."""


def refusal(error: BaseException, name: str) -> Refused | Waiting:
    """The refusal of what `name` stands for; the traceback goes to the log."""
    if isinstance(error, Refused | Waiting):
        return error
    if isinstance(error, OSError) and error.strerror:
        return Refused(f"cannot be read: {error.strerror}")
    logging.getLogger(__name__).warning("%s cannot be read", name, exc_info=error)
    says = " ".join(str(error).split())[:_LONGEST]
    return Refused(
        f"cannot be read ({type(error).__name__}{f': {says}' if says else ''}): export it anew, in"
        " another format if that does not help"
    )
