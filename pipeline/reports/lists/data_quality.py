"""Data quality: what the checks found, what lies in quarantine, when each source last delivered.

For whoever mends it: every finding says who, with examples. The figures are those of
`figures.quality`, as in the daily summary and on the dashboard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
from pipeline.reports.figures.quality import Quality, read_quality
from pipeline.reports.payload import Frozen, Payload
from pipeline.reports.report import Inputs, Key, ReportModule


class Quarantined(Frozen):
    """Rows of one file in quarantine, for one entity."""

    entity: str
    source_file: str | None
    rows: int
    first_seen: datetime | None
    last_seen: datetime | None
    top_reason: str | None


class DataQuality(Frozen):
    trust: Quality
    quarantine: tuple[Quarantined, ...]


class DataQualityList(ReportModule[DataQuality]):
    """One list per tenant."""

    schema = "data_quality/1"
    content = DataQuality

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, DataQuality]]:
        rows = inputs.published.rows(
            'select entity, source_file, "rows", first_seen, last_seen, top_reason'
            ' from quarantine_summary order by "rows" desc, entity, source_file'
        )
        quarantine = tuple(Quarantined.model_validate(row) for row in rows)
        yield (), DataQuality(trust=read_quality(inputs.published), quarantine=quarantine)

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        trust = content.trust
        yield Sheet(
            "Checks",
            (
                SheetColumn("Check"),
                SheetColumn("Weight"),
                SheetColumn("Holds reports", "flag"),
                SheetColumn("Findings", "number"),
                SheetColumn("Examples"),
                SheetColumn("Who mends it"),
                SheetColumn("What it means"),
            ),
            [
                (
                    check.name,
                    check.severity,
                    check.blocking,
                    check.failures,
                    check.sample,
                    check.owner,
                    check.description,
                )
                for check in (*trust.checks, *trust.notes)
            ],
            note=f"{trust.passed} of {len(trust.checks)} checks passed.",
        )
        yield Sheet(
            "Quarantine",
            (
                SheetColumn("Entity"),
                SheetColumn("File"),
                SheetColumn("Rows", "number"),
                SheetColumn("First seen", "moment"),
                SheetColumn("Last seen", "moment"),
                SheetColumn("Top reason"),
            ),
            [tuple(row.model_dump().values()) for row in content.quarantine],
            note="These rows are in no figure. `milepost quarantine` lists them one by one.",
        )
        yield Sheet(
            "Sources",
            (
                SheetColumn("Entity"),
                SheetColumn("Source"),
                SheetColumn("Last delivered", "moment"),
                SheetColumn("Newest record", "moment"),
                SheetColumn("Rows", "number"),
            ),
            [tuple(row.model_dump().values()) for row in payload.envelope.freshness],
        )
