"""A failed job in a few lines: which step or model, why, and what next. The traceback is in a file.

What a `MilepostError` says is for people already and passes as it is.
"""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.config.workspace import Workspace
from pipeline.core.atomic_files import write_text
from pipeline.core.errors import BuildError, MilepostError

LOG = "last_failure.log"
_MODEL = re.compile(
    r"(?:Failure|Error) in (?:model|test|seed) (\S+).*?\n\s*(.+?)(?=\n\s*\n|\Z)", re.DOTALL
)
_LONGEST = 400
_MOST = 3


@contextmanager
def in_words(ws: Workspace, job: str) -> Iterator[None]:
    """Raise what is no message for people as one, and keep the traceback."""
    try:
        yield
    except MilepostError:
        raise
    except Exception as error:  # noqa: BLE001 - the end of the line: it becomes a message
        path = write_text(ws.path("state", LOG), "".join(traceback.format_exception(error)))
        says = [f"The {job} failed{_where(error)}.", *_why(error), f"The traceback is in {path}."]
        says.append(
            "What was published before stays as it is. Run it again; if it fails again, run"
            " `milepost doctor`, and report it with that file."
        )
        raise BuildError("\n".join(says)) from None


def _where(error: BaseException) -> str:
    step = getattr(error, "op_name", None) or getattr(error, "step_key", None)
    return f" in the step {step}" if step else ""


def _why(error: BaseException) -> list[str]:
    """The models that failed, or what was raised first."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    models = _MODEL.findall(str(cause))
    if models:
        return [f"Model {name}: {_short(text)}" for name, text in models[:_MOST]]
    return [f"{type(cause).__name__}: {_short(str(cause))}"]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
