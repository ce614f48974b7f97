"""The quality of a tenant's data as reports show it: checks that failed, rows in quarantine.

The models check (`data_checks`, `quarantine_summary`); this module reads their findings and puts
the worst first. How old the data is stands in the payload's envelope (`freshness`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.reports.payload import Frozen

if TYPE_CHECKING:
    from pipeline.publish.reader import Published


class QualityCheck(Frozen):
    """One check of the models over this tenant's data. `failures` 0: passed."""

    name: str
    severity: str
    blocking: bool
    failures: int
    sample: str | None
    owner: str | None
    description: str | None


class QuarantinedFile(Frozen):
    """Rows of one file that broke a hard rule and are not in any figure."""

    entity: str
    source_file: str | None
    rows: int
    top_reason: str | None


class Quality(Frozen):
    """`checks` that can fail, worst first; `notes` are counts to know about, not to mend."""

    checks: tuple[QualityCheck, ...]
    notes: tuple[QualityCheck, ...]
    quarantine: tuple[QuarantinedFile, ...]
    passed: int
    quarantined_rows: int

    @property
    def failed(self) -> tuple[QualityCheck, ...]:
        return tuple(check for check in self.checks if check.failures)


def read_quality(published: Published) -> Quality:
    rows = published.rows(
        "SELECT check_name, severity, is_blocking, failures, sample, owner_hint, description"
        " FROM data_checks ORDER BY failures > 0 DESC, is_blocking DESC, severity = 'error' DESC,"
        " failures DESC, check_name"
    )
    checks = [
        QualityCheck(
            name=row["check_name"],
            severity=row["severity"],
            blocking=bool(row["is_blocking"]),
            failures=row["failures"],
            sample=row["sample"],
            owner=row["owner_hint"],
            description=row["description"],
        )
        for row in rows
    ]
    quarantine = _read_quarantine(published)
    judged = tuple(check for check in checks if check.severity != "info")
    return Quality(
        checks=judged,
        notes=tuple(check for check in checks if check.severity == "info"),
        quarantine=quarantine,
        passed=sum(not check.failures for check in judged),
        quarantined_rows=sum(file.rows for file in quarantine),
    )


def _read_quarantine(published: Published) -> tuple[QuarantinedFile, ...]:
    rows = published.rows(
        'SELECT entity, source_file, "rows", top_reason FROM quarantine_summary'
        ' ORDER BY "rows" DESC, entity, source_file'
    )
    return tuple(QuarantinedFile.model_validate(row) for row in rows)
