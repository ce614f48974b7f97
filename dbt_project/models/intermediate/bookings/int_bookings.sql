-- Bookings up to the as-of day, and what each was worth on that day: a booking cancelled later is
-- still live, and nothing of its cancellation is told. A cancellation without a date is taken from the
-- record's last change, and none takes effect before the booking itself.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

bookings as (

    select
        stg_bookings.*,
        tenants.as_of_date,
        case
            when stg_bookings.status = 'cancelled' then greatest(
                stg_bookings.booking_date,
                coalesce(
                    stg_bookings.cancellation_date,
                    {{ local_date('stg_bookings.updated_at', 'tenants.timezone') }},
                    stg_bookings.booking_date
                )
            )
        end as cancelled_on
    from {{ ref('stg_bookings') }} as stg_bookings
    inner join tenants
        on stg_bookings.tenant_id = tenants.tenant_id
        and stg_bookings.booking_date <= tenants.as_of_date

)

select
    tenant_id,
    booking_id,
    booking_code,
    customer_id,
    lead_id,
    booking_date,
    {{ month_of('booking_date') }} as booking_month,
    booking_amount,
    unit_type,
    unit_count,
    units_booked,
    units_available,
    delivery_date,
    case when cancelled_on > as_of_date then 'confirmed' else status end as status,
    case when cancelled_on > as_of_date then 'confirmed' else status end as status_asof,
    status <> 'pending' as is_gross,
    status <> 'pending' and (cancelled_on is null or cancelled_on > as_of_date) as is_live,
    case when cancelled_on <= as_of_date then cancelled_on end as cancelled_on,
    cancelled_on is not null and cancelled_on <= as_of_date as is_cancelled,
    {%- for column in ['cancellation_date', 'cancellation_reason', 'cancellation_refund_amount'] %}
    case when coalesce(cancelled_on, cancellation_date, booking_date) <= as_of_date then {{ column }} end
        as {{ column }},
    {%- endfor %}
    quality_flags,
    created_at
from bookings
