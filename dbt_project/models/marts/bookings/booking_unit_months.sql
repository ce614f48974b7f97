-- What was booked and what was cancelled (by the day of the cancellation) in each month, by unit
-- type. Net units of a month are its absorption. Months without either are not here.
with bookings as (

    select *, coalesce(unit_type, '(none)') as unit_kind
    from {{ ref('int_bookings') }}
    where is_gross

),

movements as (

    select tenant_id, booking_month as month, unit_kind, 1 as gross, 0 as cancelled, booking_amount,
        coalesce(units_booked, 0) as units, 0 as refund,
        case when is_cancelled then 1 else 0 end as since_cancelled
    from bookings
    union all
    select tenant_id, {{ month_of('cancelled_on') }} as month, unit_kind, 0 as gross, 1 as cancelled,
        booking_amount, coalesce(units_booked, 0) as units,
        coalesce(cancellation_refund_amount, 0) as refund, 0 as since_cancelled
    from bookings
    where is_cancelled

)

select
    tenant_id,
    month,
    unit_kind as unit_type,
    cast(sum(gross) as bigint) as gross_count,
    {{ money_sum('sum(gross * booking_amount)') }} as gross_amount,
    cast(sum(cancelled) as bigint) as cancelled_count,
    {{ money_sum('sum(cancelled * booking_amount)') }} as cancelled_amount,
    cast(sum(gross - cancelled) as bigint) as net_count,
    {{ money_sum('sum((gross - cancelled) * booking_amount)') }} as net_amount,
    cast(sum(gross * units) as bigint) as units,
    cast(sum((gross - cancelled) * units) as bigint) as net_units,
    {{ money_sum('sum(refund)') }} as refunds_promised,
    cast(sum(since_cancelled) as bigint) as since_cancelled_count
from movements
group by tenant_id, month, unit_kind
