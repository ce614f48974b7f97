"""What Dagster stores of an error: message, stack and causes, without the secrets in them.

Dagster makes its record of an exception in one place and offers no hook there; the version is
pinned, and a test holds that a planted secret is not in the stored events.
"""

from dataclasses import dataclass
from traceback import TracebackException
from typing import Any

from dagster_shared.error import SerializableErrorInfo

from pipeline.config.settings import hide_secrets
from pipeline.core.redaction import redact


@dataclass(frozen=True)
class _Redacting:
    """The original way to make the record, and then without secrets."""

    make: Any

    def __call__(self, error: TracebackException) -> SerializableErrorInfo:
        return _redacted(self.make(error))


def install() -> None:
    """From now on, in this process."""
    hide_secrets()
    if not isinstance(SerializableErrorInfo.__dict__.get("from_traceback"), staticmethod):
        make = SerializableErrorInfo.from_traceback
        setattr(SerializableErrorInfo, "from_traceback", staticmethod(_Redacting(make)))  # noqa: B010


def _redacted(info: SerializableErrorInfo) -> SerializableErrorInfo:
    return SerializableErrorInfo(
        message=redact(info.message),
        stack=[redact(line) for line in info.stack],
        cls_name=info.cls_name,
        cause=_redacted(info.cause) if info.cause else None,
        context=_redacted(info.context) if info.context else None,
    )
