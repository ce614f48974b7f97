"""A workspace with two tenants whose inboxes are filled and ingested, and what landed as frames."""

import gzip
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.landing.batches.batches import CONTRACT_BATCH
from pipeline.landing.ingest import ingest
from pipeline.landing.result import IngestResult, RowCounts

TENANTS = {
    "skyline": "name: Skyline Homes\n",
    "tidewater": "name: Tidewater\ntimezone: Europe/London\ncurrency: GBP\nlocale: en_GB\n",
}
# When and where rows landed: of no account when two runs are compared.
CIRCUMSTANCES = ["source_system", "source_file", "source_row", "batch_id", "ingested_at"]


@dataclass
class House:
    """`put` files, `ingest`, and look at `raw` and `quarantine`. Each ingest is an hour later."""

    ws: Workspace
    now: datetime
    hours: Iterable[int] = field(default_factory=itertools.count)

    def tenant(self, name: str, text: str) -> None:
        (self.ws.tenants_dir / f"{name}.yaml").write_text(text)

    def put(self, name: str, *lines: str | bytes) -> Path:
        """Lines of text, or bytes as they are."""
        path = self.ws.inbox_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = (line if isinstance(line, bytes) else f"{line}\n".encode() for line in lines)
        content = b"".join(parts)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def ingest(self, **options: Any) -> IngestResult:
        now = self.now + timedelta(hours=next(iter(self.hours)))
        return ingest(self.ws, load_registry(self.ws), **{"now": now, **options})

    def counts(self, **options: Any) -> dict[tuple[str, str], RowCounts]:
        return self.ingest(**options).counts

    def raw(self, entity: str) -> pl.DataFrame:
        return self._rows(self.ws.raw(entity)).sort("batch_id", "source_file", "source_row")

    def quarantine(self, entity: str) -> pl.DataFrame:
        return self._rows(self.ws.quarantine(entity)).sort("batch_id", "source_file", "source_row")

    def newest(self, entity: str) -> pl.DataFrame:
        """What staging makes of raw: the newest version of each row, without its circumstances."""
        rows = self.raw(entity).sort("batch_id").unique(["tenant_id", "id"], keep="last")
        return rows.drop(CIRCUMSTANCES).sort("tenant_id", "id")

    @staticmethod
    def _rows(folder: Path) -> pl.DataFrame:
        return pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])

    def batches(self, entity: str) -> list[str]:
        stems = sorted(path.stem for path in self.ws.raw(entity).glob("*.parquet"))
        return [stem for stem in stems if stem != CONTRACT_BATCH]


@pytest.fixture
def house(workspace: Workspace, now: datetime) -> House:
    house = House(workspace, now)
    # What the tests put there has settled.
    workspace.sources_file.write_text("inbox: {settle_seconds: 0}\n")
    for name, text in TENANTS.items():
        house.tenant(name, text)
    return house
