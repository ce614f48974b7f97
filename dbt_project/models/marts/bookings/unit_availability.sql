-- The newest "units available" typed on a booking, per unit type: a snapshot, never a sum, and null
-- where nobody has said. Where there are units, it is those unsold on the as-of day. Beside it how fast
-- units go: the mean of the last three whole months.
with snapshots as (

    select
        tenant_id,
        coalesce(unit_type, '(none)') as unit_type,
        units_available,
        booking_date as observed_on,
        row_number() over (
            partition by tenant_id, coalesce(unit_type, '(none)')
            order by booking_date desc, created_at desc nulls last, booking_id desc
        ) as age_rank
    from {{ ref('int_bookings') }}
    where units_available is not null and is_gross
        and tenant_id not in (select tenant_id from {{ ref('units') }})
    union all
    select
        units.tenant_id,
        coalesce(units.unit_type, '(none)') as unit_type,
        cast(count(case when units.status in ('available', 'blocked') then 1 end) as integer)
            as units_available,
        max(tenants.as_of_date) as observed_on,
        1 as age_rank
    from {{ ref('units') }} as units
    inner join {{ ref('stg_tenants') }} as tenants on units.tenant_id = tenants.tenant_id
    group by units.tenant_id, coalesce(units.unit_type, '(none)')

),

sold as (

    select
        months.tenant_id,
        months.unit_type,
        sum(months.net_units) as net_units,
        sum(case
            when months.month < tenants.month_start
                and months.month >= {{ add_months('tenants.month_start', -3) }}
                then months.net_units else 0 end) as net_units_3_months
    from {{ ref('booking_unit_months') }} as months
    inner join {{ ref('stg_tenants') }} as tenants on months.tenant_id = tenants.tenant_id
    group by months.tenant_id, months.unit_type

),

unit_types as (

    select tenant_id, unit_type from snapshots
    union
    select tenant_id, unit_type from sold

)

select
    unit_types.tenant_id,
    unit_types.unit_type,
    snapshots.units_available,
    snapshots.observed_on,
    cast(coalesce(sold.net_units, 0) as bigint) as net_units,
    cast(coalesce(sold.net_units_3_months, 0) as bigint) as net_units_3_months,
    {{ rate('sold.net_units_3_months', '3') }} as absorption_per_month,
    {{ rate('cast(snapshots.units_available as bigint) * 3', 'greatest(sold.net_units_3_months, 0)') }}
        as months_of_inventory
from unit_types
left join snapshots
    on unit_types.tenant_id = snapshots.tenant_id
    and unit_types.unit_type = snapshots.unit_type
    and snapshots.age_rank = 1
left join sold
    on unit_types.tenant_id = sold.tenant_id
    and unit_types.unit_type = sold.unit_type
