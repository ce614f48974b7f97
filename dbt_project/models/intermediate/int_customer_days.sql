-- The account of each customer from each day on which it changes: live bookings and balance.
with changes as (

    select tenant_id, customer_id, booking_date as day, 1 as bookings, 0 as movement
    from {{ ref('int_bookings') }}
    where is_gross
    union all
    select tenant_id, customer_id, cancelled_on as day, -1 as bookings, 0 as movement
    from {{ ref('int_bookings') }}
    where is_gross and is_cancelled
    union all
    select tenant_id, customer_id, ledger_date as day, 0 as bookings, movement
    from {{ ref('int_ledger_entries') }}
    where is_effective

),

days as (

    select tenant_id, customer_id, day, sum(bookings) as bookings, sum(movement) as movement
    from changes
    group by tenant_id, customer_id, day

)

select
    tenant_id,
    customer_id,
    day,
    row_number() over (partition by tenant_id, customer_id order by day desc) = 1 as is_last,
    sum(bookings) over (
        partition by tenant_id, customer_id order by day
        rows between unbounded preceding and current row
    ) as live_bookings,
    {{ money("sum(movement) over (
        partition by tenant_id, customer_id order by day
        rows between unbounded preceding and current row
    )") }} as balance
from days
