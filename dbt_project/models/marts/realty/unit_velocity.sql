-- How fast the units of each project and type go, and how long what is unsold would last: by the last
-- three whole months. A transfer is no sale.
with units as (select * from {{ ref('units') }}),

sales as (

    select
        bookings.tenant_id,
        coalesce(units.project_id, '(none)') as project_id,
        coalesce(units.unit_type, bookings.unit_type, '(none)') as unit_type,
        bookings.booking_month,
        case when bookings.is_cancelled then {{ month_of('bookings.cancelled_on') }} end as cancelled_month,
        case when units.unit_id is null then coalesce(bookings.units_booked, 1) else 1 end as units
    from {{ ref('int_bookings') }} as bookings
    left join units on bookings.tenant_id = units.tenant_id and bookings.unit_id = units.unit_id
    where bookings.is_gross and bookings.tenant_id in (select tenant_id from units)

),

movements as (

    select tenant_id, project_id, unit_type, booking_month as month, units from sales
    union all
    select tenant_id, project_id, unit_type, cancelled_month as month, -units from sales
    where cancelled_month is not null

),

sold as (

    select movements.tenant_id, movements.project_id, movements.unit_type, sum(movements.units) as net_units
    from movements
    inner join {{ ref('stg_tenants') }} as tenants on movements.tenant_id = tenants.tenant_id
    where
        movements.month < tenants.month_start
        and movements.month >= {{ add_months('tenants.month_start', -3) }}
    group by movements.tenant_id, movements.project_id, movements.unit_type

),

stock as (

    select tenant_id, project_id, coalesce(unit_type, '(none)') as unit_type,
        count(case when status in ('available', 'blocked') then 1 end) as unsold_units,
        sum(case when status in ('available', 'blocked') then unit_value else 0 end) as unsold_value
    from units
    group by tenant_id, project_id, coalesce(unit_type, '(none)')

),

kinds as (

    select tenant_id, project_id, unit_type from sold
    union
    select tenant_id, project_id, unit_type from stock

)

select
    kinds.tenant_id, kinds.project_id, kinds.unit_type,
    cast(coalesce(stock.unsold_units, 0) as bigint) as unsold_units,
    {{ money('coalesce(stock.unsold_value, 0)') }} as unsold_value,
    cast(coalesce(sold.net_units, 0) as bigint) as net_units_3_months,
    {{ rate('coalesce(sold.net_units, 0)', '3') }} as units_per_month,
    {{ rate('stock.unsold_units * 3', 'greatest(sold.net_units, 0)') }} as months_of_inventory,
    {{ rate('stock.unsold_units', 'greatest(sold.net_units, 0)') }} as quarters_of_inventory
from kinds
left join sold
    on kinds.tenant_id = sold.tenant_id and kinds.project_id = sold.project_id
    and kinds.unit_type = sold.unit_type
left join stock
    on kinds.tenant_id = stock.tenant_id and kinds.project_id = stock.project_id
    and kinds.unit_type = stock.unit_type
