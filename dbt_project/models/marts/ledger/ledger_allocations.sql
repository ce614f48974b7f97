{{ config(
    materialized='incremental', on_schema_change='fail', pre_hook="{{ forget_touched('touched_customers') }}"
) }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
with allocations as (

    select *, 'explicit' as method from {{ ref('int_allocations_by_name') }}
    union all
    select *, 'explicit' as method from {{ ref('int_allocations_by_document') }}
    union all
    select *, 'derived' as method from {{ ref('int_allocations_by_age') }}

)

select
    tenant_id,
    customer_id,
    credit_entry_id,
    debit_entry_id,
    credit_date,
    method,
    {{ money('sum(amount)') }} as amount
from allocations
where {{ is_touched('allocations', 'touched_customers') }}
group by tenant_id, customer_id, credit_entry_id, debit_entry_id, credit_date, method
