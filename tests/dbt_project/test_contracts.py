"""The project as text: what is published, in which types, and the rules that every model keeps."""

import re
from pathlib import Path

import pytest

from tests.dbt_project.project import MODELS, PUBLISHED, entry_of

FUNNEL = ["lead_generated", "contacted", "site_visit", "demo", "proposal", "negotiation", "booking"]
KPIS = (
    "total_leads new_leads qualified_leads converted_leads conversion_rate active_customers"
    " total_bookings booked_amount outstanding_balance engagement_this_month pending_follow_ups"
)
# metrics.md, "Columns that keep their names".
KEPT = {
    "v_lead_funnel_analysis": "month leads_new leads_contacted leads_qualified leads_negotiation"
    " leads_converted leads_lost total_leads conversion_rate converted_leads mature "
    + " ".join(f"reached_{stage} touched_{stage}" for stage in FUNNEL),
    "v_lead_source_performance": "source_type source_code source_name subsource_name channel"
    " total_leads qualified_leads converted_leads lost_leads conversion_rate booked_value"
    " median_days_to_booking",
    "v_campaign_performance": "campaign_id campaign_code campaign_name campaign_type total_leads"
    " qualified_leads converted_customers lost_leads conversion_rate budget expected_roi spend"
    " cost_per_lead cost_per_site_visit cost_per_booking booked_value net_booked_value roas roi_pct"
    " roi_on_budget_pct",
    "v_booking_summary": "booking_month status unit_type booking_count total_booking_amount"
    " avg_booking_amount total_units_booked",
    "v_customer_ledger_summary": "customer_id customer_code customer_name total_invoiced"
    " total_debit_notes total_paid total_credit_notes total_adjustments outstanding_balance"
    " outstanding_balance_legacy total_transactions not_due days_1_30 days_31_60 days_61_90"
    " days_91_120 days_over_120 unapplied_credit last_payment_date last_payment_amount",
    "v_lead_milestone_timeline": "lead_id first_name last_name email milestone_id milestone_type"
    " milestone_date milestone_time notes status_before status_after next_milestone_date"
    " days_to_next_milestone stage_rank attempt days_since_lead",
    "v_engagement_stats": "lead_id engagement_type engagement_count responses_received"
    " response_rate avg_duration_seconds last_engagement",
    "v_kpi_dashboard": f"as_of_date {KPIS} "
    + " ".join(f"{kpi}_previous_day {kpi}_same_weekday_last_week" for kpi in KPIS.split())
    + " new_leads_mtd new_leads_mtd_last_month engagement_this_month_mtd"
    " engagement_this_month_mtd_last_month",
    "v_kpi_daily": f"date {KPIS}",
}
ALSO = (
    "leads customers milestones engagement bookings ledger_entries ledger_open_items follow_ups"
    " unit_availability data_checks quarantine_summary tenants daily_activity booking_months"
    " ledger_allocations receivables lead_conversion_exceptions source_freshness"
    " booking_unit_months engagement_months v_time_in_stage v_first_response"
    " v_owner_performance v_cancellations v_lead_scores v_lead_score_quality"
)
MONEY = re.compile(
    r"(amount|balance|value|spend|budget|receipts|invoiced|paid|receivable|credits|closing"
    r"|not_due|days_\d+_\d+$|over_120|overdue_total|unapplied|credit_limit|cost_per|refunds)"
)
NOT_MONEY = re.compile(r"(customers_|refunds_stated|_rate|_pct|_flags|days_overdue|.*_date|is_)")


def contract_of(name: str) -> dict[str, str]:
    """Column -> type, as the YAML beside the model declares it."""
    return {column["name"]: column["data_type"] for column in entry_of(name)["columns"]}


def test_the_names_that_users_know_are_kept() -> None:
    for model, columns in KEPT.items():
        assert set(columns.split()) <= set(contract_of(model)), model


def test_all_promised_tables_are_published() -> None:
    assert set(ALSO.split()) | set(KEPT) <= set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_money_is_decimal_and_the_tenant_comes_first(name: str) -> None:
    contract = contract_of(name)
    assert next(iter(contract)) == "tenant_id"
    for column, kind in contract.items():
        if MONEY.search(column) and not NOT_MONEY.search(column):
            # Sums are wider: a billion of the largest amounts fit.
            assert kind in ("decimal(18,2)", "decimal(38,2)"), column


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_what_it_is(name: str) -> None:
    model = entry_of(name)
    assert "Grain: one row per" in model["description"]
    columns = model.get("columns", [])
    assert name not in PUBLISHED or columns
    assert all(column["description"] for column in columns)


@pytest.mark.parametrize("path", MODELS.values(), ids=MODELS)
def test_models_are_short_and_never_read_the_clock(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 102
    assert not re.search(r"current_date|current_timestamp|now\(\)|today\(\)", text)


def code_of(path: Path) -> str:
    """The SQL without comments, and with macros kept as they are written."""
    return re.sub(r"--[^\n]*", "", path.read_text())


@pytest.mark.parametrize("path", MODELS.values(), ids=MODELS)
def test_every_join_window_and_group_carries_the_tenant(path: Path) -> None:
    code = code_of(path)
    for clause in re.findall(
        r"\bjoin\b.*?\bon\b(.*?)(?=\b(?:join|where|group|union)\b|\)\s|$)", code, re.S
    ):
        # Versions are looked for by the hash of tenant and id; zones are nobody's.
        of_no_tenant = "key_hash" in clause or path.stem == "stg_tenants"
        assert of_no_tenant or "tenant_id" in clause, f"join on {clause.strip()[:80]}"
    for clause in re.findall(r"partition by(.*?)(?:order by|\))", code, re.S):
        assert re.match(r"\s*(?:\w+\.)?tenant_id", clause), f"partition by {clause.strip()[:80]}"
    for clause in re.findall(r"group by(.*?)(?:\)|having|union|$)", code, re.S):
        # A batch brings rows of many tenants.
        of_no_tenant = path.stem == "int_batch_parts"
        assert of_no_tenant or re.match(r"\s*(?:\w+\.)?(?:tenant_id|\{\{)", clause), (
            f"group by {clause.strip()[:80]}"
        )
