"""Why a file is not landed: a person must mend it, or it is not complete yet."""

from pipeline.core.errors import MilepostError


class Refused(MilepostError):
    """The file cannot be landed as it is; the message says what to change."""


class Waiting(MilepostError):
    """The file looks unfinished; it is tried again at the next refresh."""
