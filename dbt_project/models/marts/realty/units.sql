-- Units as they stand on the as-of day. A live booking outweighs the record; of two on one unit the
-- earlier one is shown, and the others are named.
with bookings as (

    select
        tenant_id, unit_id, booking_id, booking_code, customer_name, booking_date, booking_amount,
        agreement_date, possession_date,
        row_number() over (partition by tenant_id, unit_id order by booking_date, booking_id) as place
    from {{ ref('bookings') }}
    where is_live and unit_id is not null

),

others as (

    select tenant_id, unit_id, count(*) as live_bookings,
        string_agg(case when place > 1 then booking_id end, ', ' order by place) as other_booking_ids
    from bookings
    group by tenant_id, unit_id

)

select
    units.tenant_id, units.unit_id, units.project_id, projects.project_name, units.tower,
    cast(units.floor as integer) as floor, units.unit_number, units.unit_type,
    units.carpet_sqft, units.saleable_sqft, units.list_price,
    case
        when bookings.possession_date <= tenants.as_of_date then 'handed_over'
        when bookings.agreement_date <= tenants.as_of_date then 'agreed'
        when bookings.booking_id is not null then 'booked'
        else units.status
    end as status,
    units.status as record_status,
    {{ money('coalesce(bookings.booking_amount, units.list_price)') }} as unit_value,
    bookings.booking_id, bookings.booking_code, bookings.customer_name, bookings.booking_date,
    cast(coalesce(others.live_bookings, 0) as bigint) as live_bookings,
    others.other_booking_ids,
    units.blocked_until,
    coalesce(
        bookings.booking_id is null and units.status = 'blocked'
        and units.blocked_until < tenants.as_of_date, false
    ) as is_block_expired
from {{ ref('stg_units') }} as units
inner join {{ ref('stg_tenants') }} as tenants on units.tenant_id = tenants.tenant_id
left join {{ ref('stg_projects') }} as projects
    on units.tenant_id = projects.tenant_id and units.project_id = projects.project_id
left join bookings
    on units.tenant_id = bookings.tenant_id and units.unit_id = bookings.unit_id and bookings.place = 1
left join others on units.tenant_id = others.tenant_id and units.unit_id = others.unit_id
