-- The bookings of each lead: when, how many live, and what they are worth.
select
    tenant_id,
    lead_id,
    min(booking_date) as first_booking_date,
    max(booking_date) as last_booking_date,
    {{ money_sum('sum(booking_amount)') }} as booked_value,
    {{ money_sum('sum(case when is_net then booking_amount else 0 end)') }} as net_booked_value,
    count(case when is_net then 1 end) as net_bookings,
    max(customer_id) as customer_id
from {{ ref('int_bookings') }}
where is_gross and lead_id is not null
group by tenant_id, lead_id
