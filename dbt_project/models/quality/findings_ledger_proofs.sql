-- One row a broken proof of the ledger: figures of an account that must agree and do not.
with entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective

),

summary as (

    select * from {{ ref('v_customer_ledger_summary') }}

),

months as (

    select tenant_id, customer_id, {{ month_of('ledger_date') }} as month,
        sum(movement) as movement,
        max(entry_order) as last_entry
    from entries
    group by tenant_id, customer_id, {{ month_of('ledger_date') }}

),

chained as (

    select months.tenant_id, months.customer_id, months.month, months.movement,
        last_entries.running_balance as closing,
        coalesce(lag(last_entries.running_balance) over (
            partition by months.tenant_id, months.customer_id order by months.month
        ), 0) as opening
    from months
    inner join entries as last_entries
        on months.tenant_id = last_entries.tenant_id
        and months.customer_id = last_entries.customer_id
        and months.last_entry = last_entries.entry_order

),

last_balances as (

    select entries.tenant_id, entries.customer_id, entries.running_balance
    from entries
    inner join (
        select tenant_id, customer_id, max(entry_order) as entry_order
        from entries
        group by tenant_id, customer_id
    ) as lasts
        on entries.tenant_id = lasts.tenant_id
        and entries.customer_id = lasts.customer_id
        and entries.entry_order = lasts.entry_order

)

select states.tenant_id, 'ledger_states_end_in_ledger' as check_name, states.entry_id as record_key
from (
    select *, lead(state_number) over (
        partition by tenant_id, entry_id, customer_id order by state_number
    ) is null as is_last
    from {{ ref('ledger_entry_states') }}
) as states
left join {{ ref('int_ledger_entries') }} as recorded
    on states.tenant_id = recorded.tenant_id
    and states.entry_id = recorded.entry_id
    and states.customer_id = recorded.customer_id
inner join {{ ref('stg_tenants') }} as tenants on states.tenant_id = tenants.tenant_id
where
    states.is_last and states.ledger_date <= tenants.as_of_date
    and states.movement <> coalesce(recorded.movement, 0)
union all
select tenant_id, 'ledger_ageing_is_closing' as check_name, customer_id as record_key
from summary
where outstanding_balance <> {{ ageing_buckets() | join(' + ') }}
union all
select summary.tenant_id, 'ledger_running_balance_is_closing' as check_name, summary.customer_id as record_key
from summary
left join last_balances
    on summary.tenant_id = last_balances.tenant_id and summary.customer_id = last_balances.customer_id
where summary.outstanding_balance <> coalesce(last_balances.running_balance, 0)
union all
select tenant_id, 'ledger_periods_chain' as check_name, customer_id as record_key
from chained
where opening + movement <> closing
union all
select tenant_id, 'ledger_allocation_within_entries' as check_name, entry_id as record_key
from {{ ref('ledger_open_items') }}
where allocated_amount > abs(original_amount) or allocated_amount < 0
