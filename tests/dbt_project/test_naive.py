"""Funnel, ageing and the eleven figures against a second implementation, on random histories."""

from functools import cache

import pytest

from tests.dbt_project import naive_ledger
from tests.dbt_project.conftest import Query, Rows
from tests.dbt_project.naive import STAGES, Tenant
from tests.dbt_project.random_histories import busy_day, random_tables, with_versions
from tests.dbt_project.scenario import Scenario

SEEDS, ALL_SEEDS = 60, 1000
ZONES = ("Asia/Kolkata", "America/Sao_Paulo", "UTC")
BUCKETS = (
    "not_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_120",
    "days_over_120",
    "unapplied_credit",
)


@cache
def random_scenarios(full: bool) -> dict[str, Scenario]:
    return {
        f"naive_{seed}": Scenario(
            # Rows of the future are there too, and rows of the day itself.
            busy_day(f"naive_{seed}", seed + 3),
            [with_versions(f"naive_{seed}", random_tables(f"naive_{seed}"))],
            ZONES[seed % len(ZONES)],
        )
        for seed in range(ALL_SEEDS if full else SEEDS)
    }


@pytest.fixture(scope="module")
def tenants(full: bool) -> dict[str, Tenant]:
    """Name -> the naive calculation of that tenant."""
    return {
        name: Tenant(told.batches[0], told.as_of, told.zone)
        for name, told in random_scenarios(full).items()
    }


def grouped(rows: Rows) -> dict[str, Rows]:
    """Rows by tenant."""
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(row["tenant_id"], []).append(row)
    return found


def test_the_eleven_figures(query: Query, tenants: dict[str, Tenant]) -> None:
    rows = grouped(query("select * from v_kpi_dashboard where tenant_id like 'naive%'"))
    for name, tenant in tenants.items():
        expected = tenant.kpis()
        (row,) = rows[name]
        assert {kpi: row[kpi] for kpi in expected} == expected, name


def test_funnel(query: Query, tenants: dict[str, Tenant]) -> None:
    rows = grouped(query("select * from v_lead_funnel_analysis where tenant_id like 'naive%'"))
    for name, tenant in tenants.items():
        expected = tenant.funnel()
        found = {row["month"]: row for row in rows[name] if row["total_leads"]}
        assert found.keys() == expected.keys(), name
        for month, counts in expected.items():
            assert {key: found[month][key] for key in counts} == counts, (name, month)
            assert found[month][f"reached_{STAGES[0]}"] <= counts["total_leads"]


def test_ageing(query: Query, tenants: dict[str, Tenant]) -> None:
    rows = grouped(query("select * from v_customer_ledger_summary where tenant_id like 'naive%'"))
    for name, tenant in tenants.items():
        expected = naive_ledger.accounts(tenant.tables, tenant.as_of)
        found = {
            row["customer_id"]: {
                figure: row[figure] for figure in ("outstanding_balance", *BUCKETS) if row[figure]
            }
            for row in rows[name]
        }
        assert found == expected, name
