"""Rules of instalments and interest that a tenant never chose, and that no law gives.

Only of tenants of which instalments landed: the others have no use for them.
"""

from collections.abc import Iterator

import polars as pl

from pipeline.doctor.finding import Finding, Patient, warning, well


def examine(patient: Patient) -> Iterator[Finding]:
    for tenant_id in sorted(_with_instalments(patient) & set(patient.registry.tenants)):
        unset = ", ".join(patient.registry.tenants[tenant_id].realty.never_set())
        check = f"realty rules of {tenant_id}"
        if unset:
            mend = f"ask finance, then set them under `realty` in tenants/{tenant_id}.yaml"
            yield warning(check, f"Milepost's own defaults stand for {unset}", mend)
        else:
            yield well(check, "all are set")


def _with_instalments(patient: Patient) -> set[str]:
    files = sorted(patient.ws.raw("instalments").glob("*.parquet"))
    if not files:
        return set()
    rows = pl.scan_parquet(files).select("tenant_id").unique().collect()
    return set(rows["tenant_id"])
