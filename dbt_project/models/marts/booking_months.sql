-- Every month from the tenant's first booking to the as-of month: what was booked in it, what was
-- cancelled in it (by the day of the cancellation), and the difference.
with bookings as (

    select * from {{ ref('int_bookings') }}
    where is_gross

),

movements as (

    select tenant_id, booking_month as month, 1 as gross, 0 as cancelled, booking_amount,
        coalesce(units_booked, 0) as units, 0 as refund
    from bookings
    union all
    select tenant_id, {{ month_of('cancelled_on') }} as month, 0 as gross, 1 as cancelled, booking_amount,
        coalesce(units_booked, 0) as units, coalesce(cancellation_refund_amount, 0) as refund
    from bookings
    where is_cancelled

),

months as (

    select
        tenants.tenant_id,
        {{ add_months('tenants.month_start', '-numbers.months_back') }} as month
    from {{ ref('stg_tenants') }} as tenants
    cross join (select distinct days_back as months_back from {{ ref('int_tenant_days') }}) as numbers
    inner join (select tenant_id, min(month) as first_month from movements group by tenant_id) as spans
        on tenants.tenant_id = spans.tenant_id
    where {{ add_months('tenants.month_start', '-numbers.months_back') }} >= spans.first_month

)

select
    months.tenant_id,
    months.month,
    cast(coalesce(sum(movements.gross), 0) as bigint) as gross_count,
    {{ money('coalesce(sum(movements.gross * movements.booking_amount), 0)') }} as gross_amount,
    cast(coalesce(sum(movements.cancelled), 0) as bigint) as cancelled_count,
    {{ money('coalesce(sum(movements.cancelled * movements.booking_amount), 0)') }} as cancelled_amount,
    cast(coalesce(sum(movements.gross - movements.cancelled), 0) as bigint) as net_count,
    {{ money('coalesce(sum((movements.gross - movements.cancelled) * movements.booking_amount), 0)') }}
        as net_amount,
    cast(coalesce(sum(movements.gross * movements.units), 0) as bigint) as units,
    cast(coalesce(sum((movements.gross - movements.cancelled) * movements.units), 0) as bigint) as net_units,
    {{ money('coalesce(sum(movements.refund), 0)') }} as refunds_promised
from months
left join movements
    on months.tenant_id = movements.tenant_id
    and months.month = movements.month
group by months.tenant_id, months.month
