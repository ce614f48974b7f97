{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- The account of each customer from each day on which it changes: live bookings and balance.
with changes as (

    select tenant_id, customer_id, booking_date as day, 1 as bookings, 0 as movement
    from {{ ref('int_bookings') }}
    where status <> 'pending' and {{ is_touched('int_bookings', 'touched_customers') }}
    union all
    select tenant_id, customer_id, coalesce(cancelled_on, transferred_on) as day, -1 as bookings,
        0 as movement
    from {{ ref('int_bookings') }}
    where status <> 'pending' and (is_cancelled or is_transferred)
        and {{ is_touched('int_bookings', 'touched_customers') }}
    union all
    select tenant_id, customer_id, ledger_date as day, 0 as bookings, movement
    from {{ ref('int_ledger_entries') }}
    where is_effective and {{ is_touched('int_ledger_entries', 'touched_customers') }}

),

accounts as (

    select
        tenant_id,
        customer_id,
        day,
        cast(sum(sum(bookings)) over account as bigint) as live_bookings,
        {{ money_sum('sum(sum(movement)) over account') }} as balance
    from changes
    group by tenant_id, customer_id, day
    window account as (
        partition by tenant_id, customer_id order by day
        rows between unbounded preceding and current row
    )

),

states as (

    select *, case when live_bookings > 0 or balance <> 0 then 1 else 0 end as is_in_use
    from accounts

)

select
    tenant_id,
    customer_id,
    day,
    lead(day) over account is null as is_last,
    live_bookings,
    balance,
    is_in_use - coalesce(lag(is_in_use) over account, 0) as in_use_change
from states
window account as (partition by tenant_id, customer_id order by day)
