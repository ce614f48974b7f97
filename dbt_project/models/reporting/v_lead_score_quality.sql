-- What the scores of 90 days before the as-of day promised, and what became of those leads by it.
with scored as (

    select *, {{ score_band('booking_probability', 'arrived_share') }} as band
    from {{ ref('int_lead_scores') }}
    where not is_now and booking_probability is not null

),

bands as (

    select
        tenant_id,
        scored_on,
        band,
        count(*) as leads,
        -- Of whole millionths: a sum of fractions would depend on their order.
        cast(sum(cast(floor(1000000 * booking_probability + 0.5) as bigint)) as double precision)
            / 1000000 as expected_bookings,
        count(booked_date) as booked_leads
    from scored
    group by tenant_id, scored_on, band

)

select
    tenant_id,
    scored_on,
    band,
    leads,
    expected_bookings,
    booked_leads,
    {{ rate('expected_bookings', 'leads') }} as expected_rate,
    {{ rate('booked_leads', 'leads') }} as booked_rate
from bands
