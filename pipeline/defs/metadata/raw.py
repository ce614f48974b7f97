"""What an ingest tells Dagster: metadata and checks of the raw assets. Counts only, no names."""

from dataclasses import asdict

import dagster as dg

from pipeline.landing.result import IngestResult
from pipeline.landing.sidecars.file_states import state_of

QUARANTINE = dg.AssetKey(["raw", "quarantine"])
CONTROL_TOTALS = "control_totals"
NOTHING_OPEN = "nothing_open"
SOURCES_READ = "sources_read"


def entity_metadata(result: IngestResult, entity: str) -> dict[str, dg.MetadataValue]:
    """What landed by tenant; it is this entity's part of the run's result."""
    landed = [
        {"tenant": tenant, "entity": entity, **asdict(counts)}
        for (tenant, name), counts in sorted(result.counts.items())
        if name == entity
    ]
    differences = [
        {
            "tenant": total.tenant,
            "entity": entity,
            "source": total.source,
            "rows": total.difference,
            **total.money,
        }
        for total in result.totals
        if total.entity == entity and not total.agrees
    ]
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(sum(row["landed"] for row in landed)),
        "quarantined": dg.MetadataValue.int(sum(row["quarantined"] for row in landed)),
        "files_read": dg.MetadataValue.int(
            sum(file.entity == entity for file in result.with_status("landed"))
        ),
        "result": dg.MetadataValue.json({"landed": landed, "source_differences": differences}),
    }
    if entity in result.batches:
        metadata["batch"] = dg.MetadataValue.text(result.batches[entity])
    if landed:
        metadata["landed"] = dg.MetadataValue.table([dg.TableRecord(row) for row in landed])
    new = sorted(
        {name for file in result.files if file.entity == entity for name in file.unknown_columns}
    )
    if new:
        metadata["unknown_columns"] = dg.MetadataValue.text(", ".join(new))
    return metadata


def control_totals(result: IngestResult, entity: str) -> dg.AssetCheckResult:
    """Whether warehouse and quarantine account for every row and sum that the sources count."""
    totals = [total for total in result.totals if total.entity == entity]
    wrong = [total for total in totals if not total.agrees]
    return dg.AssetCheckResult(
        asset_key=["raw", entity],
        check_name=CONTROL_TOTALS,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "tenants_compared": len(totals),
            "tenants_that_differ": len(wrong),
            "rows_missing": sum(abs(total.difference) for total in wrong),
        },
    )


def nothing_open(open_rows: dict[str, int]) -> dg.AssetCheckResult:
    """Whether quarantine is empty; `open_rows` counts by tenant."""
    return dg.AssetCheckResult(
        asset_key=QUARANTINE,
        check_name=NOTHING_OPEN,
        passed=not open_rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={f"open/{tenant}": rows for tenant, rows in sorted(open_rows.items())},
    )


def sources_read(result: IngestResult) -> dg.AssetCheckResult:
    """Whether every database was read; the tenants of one that was not are stale."""
    down = [state for state in result.sources if state.trouble]
    return dg.AssetCheckResult(
        asset_key=QUARANTINE,
        check_name=SOURCES_READ,
        passed=not down,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            state.source: f"{len(state.tenants)} tenants: {'; '.join(state.trouble)}"
            for state in down
        },
    )


def trouble_metadata(result: IngestResult) -> dict[str, dg.MetadataValue]:
    """Rows quarantined, and what was not read and why."""
    files = [
        {"tenant": file.tenant, "file": file.path, "status": state, "message": file.message}
        for file in result.files
        if (state := state_of(file))
    ]
    sources = [asdict(state) for state in result.sources if state.trouble]
    drift = [
        {
            "tenant": file.tenant,
            "file": file.path,
            "new_kept_as_extra": ", ".join(file.new_columns),
            "gone_now_empty": ", ".join(file.gone_columns),
        }
        for file in result.files
        if file.new_columns or file.gone_columns
    ]
    quarantined = sum(counts.quarantined for counts in result.counts.values())
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(quarantined),
        "result": dg.MetadataValue.json(
            {
                "files_not_read": files,
                "sources_not_read": sources,
                "columns": drift,
                # How many of them are more than a file that is being written to.
                "unread": result.unread,
            }
        ),
    }
    if drift:
        metadata["columns"] = dg.MetadataValue.table([dg.TableRecord(row) for row in drift])
    if files:
        metadata["files_not_read"] = dg.MetadataValue.table([dg.TableRecord(row) for row in files])
    return metadata
