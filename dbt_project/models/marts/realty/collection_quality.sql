-- What the forecast of twelve weeks ago was worth: each of its weeks beside what came of its items.
-- It is made with today's records: what came by that day, and what was planned, built and demanded.
with items as (

    {{ forecast_items(12) }}

),

{{ forecast_weeks('items') }},

receipts as (

    select tenant_id, instalment_id as item_id, value_date, amount
    from {{ ref('int_instalment_receipts') }}
    where settles_by = 'cash'
    union all
    select allocations.tenant_id, allocations.debit_entry_id as item_id, credit.value_date, allocations.amount
    from {{ ref('ledger_allocations') }} as allocations
    inner join {{ ref('int_ledger_entries') }} as credit
        on allocations.tenant_id = credit.tenant_id
        and allocations.credit_entry_id = credit.entry_id
        and credit.transaction_type = 'payment'
    inner join items
        on allocations.tenant_id = items.tenant_id
        and allocations.debit_entry_id = items.item_id
        and items.kind = 'interest'

),

came as (

    select by_week.tenant_id, by_week.project_id, by_week.week, sum(receipts.amount) as amount
    from by_week
    inner join items
        on by_week.tenant_id = items.tenant_id and by_week.project_id = coalesce(items.project_id, '(none)')
    inner join receipts
        on items.tenant_id = receipts.tenant_id and items.item_id = receipts.item_id
        and receipts.value_date between by_week.from_date and by_week.to_date
    group by by_week.tenant_id, by_week.project_id, by_week.week

)

select
    by_week.tenant_id, by_week.project_id, cast(by_week.week as integer) as week,
    by_week.from_date, by_week.to_date,
    {{ money('by_week.falling_due_amount') }} as falling_due_amount,
    {{ money('by_week.expected_amount') }} as expected_amount,
    {{ money('coalesce(came.amount, 0)') }} as received_amount
from by_week
left join came
    on by_week.tenant_id = came.tenant_id and by_week.project_id = came.project_id
    and by_week.week = came.week
