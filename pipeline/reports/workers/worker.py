"""One worker process: reads jobs on standard input, writes renderings on standard output.

    python -m pipeline.reports.workers.worker [REPORT]

With the name of a report it gets ready for that one's PDFs before the first job is there.
A job is a line of JSON `{"report", "formats", "size", "megabytes", "overrides"}`, then `size`
bytes of payload.json; the answer is a line `{"files": [[name, format, size], …]}` or `{"reason":
text}`, then the files' bytes in that order. A worker sees the one payload and the templates, no
workspace, no environment of the parent, and may use so much memory. `worker_process`
starts workers, sets their time limit and outlives them.
"""

from __future__ import annotations

import ctypes.util
import gc
import json
import os
import resource
import sys
from typing import Any, BinaryIO

from pipeline.core.errors import MilepostError
from pipeline.reports.catalogue import find_report
from pipeline.reports.drawing.chart_switch import DRAWN
from pipeline.reports.report import File
from pipeline.reports.workers.rendering import get_ready, render_files


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until the parent closes the pipe."""
    # A layout makes and drops hundreds of thousands of objects in cycles: collected once a job,
    # with what the caches hold set aside, that costs a twentieth of the time instead of a sixth.
    gc.disable()
    while line := jobs.readline():
        header = json.loads(line)
        payload = jobs.read(header["size"])
        if len(payload) < header["size"]:
            return
        _limit_memory(header["megabytes"])
        _answer(answers, *_attempt(header, payload))
        gc.collect()
        gc.freeze()


def _attempt(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[File]]:
    DRAWN.set(header.get("charts", True))
    try:
        overrides = tuple((name, text) for name, text in header.get("overrides", ()))
        files = render_files(find_report(header["report"]), payload, header["formats"], overrides)
    except MemoryError:
        return {"reason": "it needs more memory than a worker may use", "fatal": True}, []
    except SystemError as error:
        # A library that gets no memory may fail without saying why; nothing after it is sure.
        return {"reason": f"a library failed, as for want of memory ({error})", "fatal": True}, []
    except RecursionError:
        return {"reason": "its template or data is nested too deeply"}, []
    except MilepostError as error:
        return {"reason": str(error)}, []
    except Exception as error:  # noqa: BLE001 - one payload's fault is not the next one's
        return {"reason": f"{type(error).__name__}: {error}"}, []
    return {"files": [[file.name, file.format, len(file.data)] for file in files]}, files


def _answer(answers: BinaryIO, header: dict[str, Any], files: list[File]) -> None:
    answers.write(json.dumps(header).encode() + b"\n")
    for file in files:
        answers.write(file.data)
    answers.flush()


def _limit_memory(megabytes: int) -> None:
    # Data and not address space: the JavaScript engine that draws charts reserves gigabytes it
    # never uses.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024, hard))


def _leave_libraries_to_the_loader() -> None:
    """WeasyPrint asks for each library by several names, and cffi asks compiler and linker where
    one of them might be: a third of the time it takes to start. The loader knows the last of them.
    """
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _leave_libraries_to_the_loader()
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for name in sys.argv[1:]:
        get_ready(find_report(name))
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
