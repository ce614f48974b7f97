{{ config(
    materialized='incremental', on_schema_change='fail', pre_hook="{{ forget_touched('touched_customers') }}"
) }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
select
    tenant_id,
    customer_id,
    credit_entry_id,
    debit_entry_id,
    credit_date,
    method,
    {{ money('sum(amount)') }} as amount
from {{ ref('int_allocations') }}
where {{ is_touched('int_allocations', 'touched_customers') }}
group by tenant_id, customer_id, credit_entry_id, debit_entry_id, credit_date, method
