"""A file to read, and how it reads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.registry import FileSource
from pipeline.sources.files.delimited import DelimitedFile
from pipeline.sources.parsed import Parsed

Read = Callable[..., list[Parsed]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to a file and read all its pieces."""

    def read(
        content: bytes, name: str = "leads.csv", *, finished: bool = False, **options: Any
    ) -> list[Parsed]:
        path = tmp_path / name
        path.write_bytes(content)
        with DelimitedFile(path, FileSource(**options), finished=finished) as file:
            return [file.parse(piece) for piece in file.pieces()]

    return read
