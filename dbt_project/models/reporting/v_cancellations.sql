-- Cancellations by the month in which they happened and the reason given.
with cancelled as (

    select
        *,
        {{ month_of('cancelled_on') }} as cancellation_month,
        coalesce(nullif(trim(cancellation_reason), ''), '(none)') as reason,
        {{ days_between('booking_date', 'cancelled_on') }} as days_held
    from {{ ref('int_bookings') }}
    where is_cancelled

)

select
    tenant_id,
    cancellation_month as month,
    reason,
    count(*) as cancelled_count,
    {{ money_sum('sum(booking_amount)') }} as cancelled_amount,
    cast(coalesce(sum(units_booked), 0) as bigint) as cancelled_units,
    {{ money_sum('coalesce(sum(cancellation_refund_amount), 0)') }} as refunds_promised,
    count(cancellation_refund_amount) as refunds_stated,
    {{ median('days_held') }} as median_days_held
from cancelled
group by tenant_id, cancellation_month, reason
