{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- The open amount of each debit and each credit that counts; settled entries are left out.
with entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective and movement <> 0 and {{ is_touched('int_ledger_entries', 'touched_customers') }}

),

allocations as (

    select * from {{ ref('int_allocations') }}
    where {{ is_touched('int_allocations', 'touched_customers') }}

),

allocated as (

    {{ allocated_amounts(['allocations']) }}

),

open_items as (

    select
        entries.*,
        coalesce(allocated.amount, 0) as allocated_amount,
        case
            when entries.movement > 0 then entries.movement - coalesce(allocated.amount, 0)
            else entries.movement + coalesce(allocated.amount, 0)
        end as open_amount
    from entries
    left join allocated
        on entries.tenant_id = allocated.tenant_id
        and entries.entry_id = allocated.entry_id

)

select
    tenant_id,
    customer_id,
    entry_id,
    ledger_code,
    ledger_date,
    due_date,
    transaction_type,
    movement,
    {{ money('allocated_amount') }} as allocated_amount,
    {{ money('open_amount') }} as open_amount
from open_items
where open_amount <> 0
