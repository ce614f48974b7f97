with bookings as (

    select * from {{ ref('bookings') }}
    -- One that took another over is no booking more.
    where transferred_from is null

)

select
    tenant_id,
    booking_month,
    status_asof as status,
    coalesce(unit_type, '(none)') as unit_type,
    count(*) as booking_count,
    {{ money_sum('sum(booking_amount)') }} as total_booking_amount,
    {{ money_each('sum(booking_amount)', 'count(*)') }} as avg_booking_amount,
    cast(coalesce(sum(units_booked), 0) as bigint) as total_units_booked
from bookings
group by tenant_id, booking_month, status_asof, coalesce(unit_type, '(none)')
