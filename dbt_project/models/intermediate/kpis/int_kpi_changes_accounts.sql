-- By how much each figure of bookings, ledger, customers and engagement changes on each day.
with bookings as (

    select * from {{ ref('int_bookings') }}
    where is_gross

),

entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective

),

changes as (

    select days.tenant_id, days.day, 'active_customers' as figure, days.in_use_change as change
    from {{ ref('int_customer_days') }} as days
    inner join {{ ref('stg_customers') }} as customers
        on days.tenant_id = customers.tenant_id
        and days.customer_id = customers.customer_id
    where days.in_use_change <> 0 and customers.status = 'active'
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

select tenant_id, day, figure, cast(sum(change) as decimal(38, 2)) as change
from changes
group by tenant_id, day, figure
