-- The newest "units available" typed on a booking, per unit type: a snapshot, never a sum. Beside
-- it how fast units go: the mean of net units of the last three whole months.
with bookings as (

    select bookings.*, tenants.month_start
    from {{ ref('int_bookings') }} as bookings
    inner join {{ ref('stg_tenants') }} as tenants on bookings.tenant_id = tenants.tenant_id

),

snapshots as (

    select
        tenant_id,
        coalesce(unit_type, '(none)') as unit_type,
        units_available,
        booking_date as observed_on,
        row_number() over (
            partition by tenant_id, coalesce(unit_type, '(none)')
            order by booking_date desc, created_at desc nulls last, booking_id desc
        ) as age_rank
    from bookings
    where units_available is not null

),

sold as (

    select
        tenant_id,
        coalesce(unit_type, '(none)') as unit_type,
        sum(case
            when booking_month < month_start and booking_month >= {{ add_months('month_start', -3) }}
                then units_booked else 0 end)
        - sum(case
            when is_cancelled and {{ month_of('cancelled_on') }} < month_start
                and {{ month_of('cancelled_on') }} >= {{ add_months('month_start', -3) }}
                then units_booked else 0 end) as net_units_3_months
    from bookings
    where is_gross
    group by tenant_id, coalesce(unit_type, '(none)')

)

select
    snapshots.tenant_id,
    snapshots.unit_type,
    snapshots.units_available,
    snapshots.observed_on,
    cast(coalesce(sold.net_units_3_months, 0) as bigint) as net_units_3_months,
    {{ rate('snapshots.units_available * 3', 'sold.net_units_3_months') }} as months_of_inventory
from snapshots
left join sold
    on snapshots.tenant_id = sold.tenant_id
    and snapshots.unit_type = sold.unit_type
where snapshots.age_rank = 1
