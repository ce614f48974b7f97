-- By how much each figure of bookings, ledger, customers and engagement changes on each day.
with bookings as (

    select * from {{ ref('int_bookings') }}
    where is_gross

),

entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective

),

active_states as (

    select
        days.tenant_id,
        days.customer_id,
        days.day,
        case when days.live_bookings > 0 or days.balance <> 0 then 1 else 0 end as is_active
    from {{ ref('int_customer_days') }} as days
    inner join {{ ref('stg_customers') }} as customers
        on days.tenant_id = customers.tenant_id
        and days.customer_id = customers.customer_id
    where customers.status = 'active'

),

changes as (

    select tenant_id, day, 'active_customers' as figure,
        is_active - coalesce(lag(is_active) over (partition by tenant_id, customer_id order by day), 0)
            as change
    from active_states
    union all
    select tenant_id, booking_date as day, 'total_bookings' as figure, 1 as change
    from bookings
    union all
    select tenant_id, booking_date as day, 'booked_amount' as figure, booking_amount as change
    from bookings
    union all
    select tenant_id, cancelled_on as day, 'bookings_cancelled' as figure, 1 as change
    from bookings
    where is_cancelled
    union all
    select tenant_id, cancelled_on as day, 'cancelled_amount' as figure, booking_amount as change
    from bookings
    where is_cancelled
    union all
    select tenant_id, ledger_date as day, 'outstanding_balance' as figure, movement as change
    from entries
    union all
    select tenant_id, ledger_date as day, 'receipts' as figure, -movement as change
    from entries
    where transaction_type = 'payment'
    union all
    select tenant_id, ledger_date as day, 'invoiced' as figure, movement as change
    from entries
    where transaction_type = 'invoice'
    union all
    select tenant_id, day, 'engagement_completed' as figure, completed_count as change
    from {{ ref('int_engagement_days') }}
    union all
    select tenant_id, milestone_date as day, 'site_visits' as figure, 1 as change
    from {{ ref('int_milestones') }}
    where milestone_type in ('site_visit', 'revisit')

)

select tenant_id, day, figure, cast(sum(change) as decimal(18, 2)) as change
from changes
group by tenant_id, day, figure
