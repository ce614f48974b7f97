-- Bookings up to the as-of day, and what each was worth on that day: a booking cancelled later is
-- live, and nothing of it is told. One without a date is of the record's last change, and none is before
-- the booking. A transfer is neither a sale nor a cancellation: the booking that took another over is
-- not gross, and the other is not live from that day on.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

successors as (

    select tenant_id, transferred_from as booking_id, min(booking_date) as taken_over_on
    from {{ ref('stg_bookings') }}
    where transferred_from is not null and status <> 'pending'
    group by tenant_id, transferred_from

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
        end as cancelled_on,
        case
            when stg_bookings.status not in ('cancelled', 'pending')
                and (stg_bookings.status = 'transferred' or successors.booking_id is not null)
                then greatest(
                    stg_bookings.booking_date,
                    coalesce(
                        successors.taken_over_on,
                        stg_bookings.cancellation_date,
                        {{ local_date('stg_bookings.updated_at', 'tenants.timezone') }},
                        stg_bookings.booking_date
                    )
                )
        end as transferred_on
    from {{ ref('stg_bookings') }} as stg_bookings
    inner join tenants
        on stg_bookings.tenant_id = tenants.tenant_id
        and stg_bookings.booking_date <= tenants.as_of_date
    left join successors
        on stg_bookings.tenant_id = successors.tenant_id
        and stg_bookings.booking_id = successors.booking_id

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
    unit_type, unit_count,
    units_booked,
    units_available,
    delivery_date,
    case
        when cancelled_on > as_of_date then 'confirmed'
        when status = 'transferred' and transferred_on > as_of_date then 'confirmed'
        else status
    end as status,
    case
        when cancelled_on > as_of_date then 'confirmed'
        when transferred_on <= as_of_date then 'transferred'
        when status = 'transferred' then 'confirmed'
        else status
    end as status_asof,
    status <> 'pending' and transferred_from is null as is_gross,
    status <> 'pending' and transferred_from is null
    and (cancelled_on is null or cancelled_on > as_of_date) as is_net,
    status <> 'pending' and (cancelled_on is null or cancelled_on > as_of_date)
    and (transferred_on is null or transferred_on > as_of_date) as is_live,
    case when cancelled_on <= as_of_date then cancelled_on end as cancelled_on,
    cancelled_on is not null and cancelled_on <= as_of_date as is_cancelled,
    transferred_on,
    transferred_on is not null and transferred_on <= as_of_date as is_transferred,
    transferred_from,
    {%- for column in ['cancellation_date', 'cancellation_reason', 'cancellation_refund_amount'] %}
    case when coalesce(cancelled_on, cancellation_date, booking_date) <= as_of_date then {{ column }} end
        as {{ column }},
    {%- endfor %}
    unit_id, agreement_date, possession_date, stamp_value, interest_percent, pay_to_account, lender,
    channel_partner_id, brokerage_percent,
    quality_flags,
    created_at
from bookings
