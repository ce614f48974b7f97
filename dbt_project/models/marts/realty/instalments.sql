{{ config(materialized='view') }}

-- A view: the rows are in intermediate already.
select
    tenant_id, instalment_id, booking_id, customer_id, project_id, number, label,
    stage_id, stage_name, stage_planned_date, stage_completed_date, kind, state,
    amount, tax_amount, total, tds_amount, ledger_amount, received_cash, received_tds,
    received_base, open_cash, open_tds,
    expected_date, due_days, demand_date, due_date, demand_voucher, waived_on, days_overdue, ageing_bucket
from {{ ref('int_instalment_states') }}
